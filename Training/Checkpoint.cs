using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Training;

/// <summary>
/// All that an interrupted training needs to go on. As a file: "NetVizCk", the version (int32), the length of the head (int32),
/// the head (JSON: configuration, digest of the pictures, log, names and lengths of the tensors), the tensors' numbers (float32),
/// and the SHA-256 of everything before it; all little-endian. A file is replaced at once, by a new one that is already whole on
/// the disk, so that whenever the program is killed there is a checkpoint.
/// </summary>
/// <param name="config">The configuration.</param>
/// <param name="data">The pictures' SHA-256.</param>
/// <param name="log">The epochs that are done.</param>
/// <param name="tensors">Parameters, statistics, momenta and averages.</param>
public sealed class Checkpoint(TrainingConfig config, string data, IReadOnlyList<EpochLog> log,
    IReadOnlyList<(string Name, float[] Values)> tensors)
{
    private const int Version = 1, PrefixLength = 16;

    /// <summary>The configuration.</summary>
    public TrainingConfig Config { get; } = config;

    /// <summary>The SHA-256 of the pictures and their classes, lower-case hexadecimal.</summary>
    public string Data { get; } = data;

    /// <summary>The epochs that are done.</summary>
    public IReadOnlyList<EpochLog> Log { get; } = log;

    /// <summary>Parameters, statistics, momenta and averages.</summary>
    public IReadOnlyList<(string Name, float[] Values)> Tensors { get; } = tensors;

    private static ReadOnlySpan<byte> Magic => "NetVizCk"u8;

    /// <summary>Writes a file; an existing one is replaced once the new one is whole.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NetVizException">It cannot be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] head = JsonSerializer.SerializeToUtf8Bytes(new Head(Config.ToJson(), Data, [.. Log],
            [.. Tensors.Select(tensor => tensor.Name)], [.. Tensors.Select(tensor => tensor.Values.Length)]), TrainingJson.Default.Head);
        byte[] prefix = new byte[PrefixLength];
        Magic.CopyTo(prefix);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), head.Length);
        OutputFile.Write(path, ResultKind.Checkpoint, file =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(prefix);
            Append(head);
            foreach ((_, float[] values) in Tensors) Append(MemoryMarshal.AsBytes<float>(values));
            file.Write(hash.GetHashAndReset());

            void Append(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                file.Write(bytes);
            }
        }, again: true, makeFolder: false);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NetVizException">It is missing, no checkpoint, of another version, or damaged.</exception>
    public static Checkpoint Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] bytes;
        try
        {
            bytes = UntrustedFile.ReadBytes(path, FileKind.Checkpoint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the checkpoint {path} cannot be read: {e.Message}", inner: e);
        }

        if (bytes.Length < PrefixLength || !bytes.AsSpan().StartsWith(Magic))
            throw new NetVizException($"{path} is no checkpoint of netviz train");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (version != Version)
            throw new NetVizException($"{path} is a checkpoint of version {version}; version {Version} is supported");
        int content = bytes.Length - SHA256.HashSizeInBytes;
        if (content < PrefixLength || !SHA256.HashData(bytes.AsSpan(0, content)).AsSpan().SequenceEqual(bytes.AsSpan(content)))
            throw new NetVizException($"{path} is damaged: its SHA-256 is another one", "train anew without `Resume`");
        return Parse(bytes.AsSpan(0, content), path);
    }

    private static Checkpoint Parse(ReadOnlySpan<byte> bytes, string path)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (length < 0 || length > bytes.Length - PrefixLength) throw Damaged("its head is longer than the file");
        Head? head;
        try
        {
            head = JsonSerializer.Deserialize(bytes.Slice(PrefixLength, length), TrainingJson.Default.Head);
        }
        catch (JsonException e)
        {
            throw Damaged(e.Message);
        }

        ReadOnlySpan<byte> numbers = bytes[(PrefixLength + length)..];
        if (head is not { Config: not null, Data: not null, Log: not null, Names: not null, Lengths: not null }
            || head.Names.Length != head.Lengths.Length || head.Names.Contains(null) || head.Log.Contains(null)
            || head.Lengths.Any(count => count < 0)
            || head.Lengths.Sum(count => (long)count) * sizeof(float) != numbers.Length)
            throw Damaged("its head does not describe its content");
        var tensors = new List<(string, float[])>();
        for (int i = 0; i < head.Names.Length; i++)
        {
            int size = head.Lengths[i] * sizeof(float);
            tensors.Add((head.Names[i], MemoryMarshal.Cast<byte, float>(numbers[..size]).ToArray()));
            numbers = numbers[size..];
        }

        return new Checkpoint(TrainingConfig.Parse(head.Config, path), head.Data, head.Log, tensors);

        NetVizException Damaged(string what) => new($"{path} is damaged: {what}", "train anew without `Resume`");
    }

    internal sealed record Head(string Config, string Data, EpochLog[] Log, string[] Names, int[] Lengths);
}
