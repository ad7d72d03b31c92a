using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>What one layer kept, in the form that no back-end owns.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Bits">One bit an output, row-major, lowest bit first; empty if it keeps none.</param>
/// <param name="Switches">One switch an output, row-major, kh * KW + kw, -1 for none; empty if it keeps none.</param>
/// <param name="Input">The input's numbers, row-major; empty if it keeps none.</param>
/// <param name="Output">The output's numbers, row-major; empty if it keeps none.</param>
public sealed record PortableLayer(string Layer, byte[] Bits, int[] Switches, double[] Input, double[] Output)
{
    /// <summary>The second input's numbers, row-major; empty if it keeps none.</summary>
    public double[] SecondInput { get; init; } = [];

    /// <summary>The bit of one output of a rectifier, numbered row-major: whether f' took its upper value there.</summary>
    public bool IsActive(long element) => (Bits[element >> 3] >> (int)(element & 7) & 1) != 0;
}

/// <summary>
/// A forward record that no back-end owns: bits, switches, scores, and the hashes of model and input. Two back-ends can
/// be compared from the same bits, and a backward pass repeated elsewhere. As a file it is a zip archive: record.json
/// with hashes, shapes and layer names, one little-endian binary entry for each kept array, and the SHA-256 of all of it.
/// </summary>
/// <param name="ModelSha256">SHA-256 of the model file.</param>
/// <param name="InputSha256">SHA-256 of the input's numbers.</param>
/// <param name="InputShape">The input's shape.</param>
/// <param name="Scores">Class scores, row-major [N, classes].</param>
/// <param name="Layers">What each layer kept, layers that keep nothing left out.</param>
public sealed record PortableRecord(string ModelSha256, string InputSha256, Shape InputShape, double[] Scores,
    IReadOnlyList<PortableLayer> Layers)
{
    private const string Format = "netviz-record-1";

    /// <summary>Writes it as a zip archive.</summary>
    public void Save(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Write<T>(string name, T[] values)
            where T : unmanaged
        {
            if (values.Length == 0) return;
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
            Add(hash, name, bytes);
            ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.Fastest);
            // The same record gives the same bytes, whenever it is written.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream content = entry.Open();
            content.Write(bytes);
        }

        var header = new Header(Format, ModelSha256, InputSha256, InputShape.Lengths.ToArray(), [.. Layers.Select(l => l.Layer)]);
        Write("record.json", JsonSerializer.SerializeToUtf8Bytes(header, EngineJson.Default.Header));
        Write("scores.f64", Scores);
        for (int i = 0; i < Layers.Count; i++)
        {
            Write($"{i}.bits", Layers[i].Bits);
            Write($"{i}.switches.i32", Layers[i].Switches);
            Write($"{i}.input.f64", Layers[i].Input);
            Write($"{i}.output.f64", Layers[i].Output);
            Write($"{i}.second.f64", Layers[i].SecondInput);
        }

        Write("sha256", hash.GetHashAndReset());
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="NetVizException">The stream holds no such record, or a damaged one.</exception>
    public static PortableRecord Load(Stream stream)
    {
        try
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            T[] Read<T>(string name)
                where T : unmanaged
            {
                byte[] bytes = ReadEntry(zip, name);
                if (bytes.Length > 0) Add(hash, name, bytes);
                return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
            }

            byte[] json = Read<byte>("record.json");
            if (json.Length == 0) throw new InvalidDataException("record.json is missing");
            if (JsonSerializer.Deserialize(json, EngineJson.Default.Header) is not { Format: Format, ModelSha256: not null, InputSha256: not null,
                InputShape: not null, Layers: not null } header)
                throw new InvalidDataException($"record.json is not of the format '{Format}'");
            double[] scores = Read<double>("scores.f64");
            PortableLayer[] layers = [.. header.Layers.Select((name, i) => new PortableLayer(name,
                Read<byte>($"{i}.bits"), Read<int>($"{i}.switches.i32"), Read<double>($"{i}.input.f64"),
                Read<double>($"{i}.output.f64")) { SecondInput = Read<double>($"{i}.second.f64") })];

            // The zip format's own checksums are not checked by all readers of it.
            if (!hash.GetHashAndReset().AsSpan().SequenceEqual(ReadEntry(zip, "sha256")))
                throw new InvalidDataException("it is damaged: its SHA-256 differs");
            return new PortableRecord(header.ModelSha256, header.InputSha256, new Shape(header.InputShape), scores, layers);
        }
        catch (Exception e)
            when (e is InvalidDataException or JsonException or ArgumentException or IOException or NotSupportedException)
        {
            throw new NetVizException($"this is no forward record: {e.Message}", inner: e);
        }
    }

    internal static PortableRecord Download(Pass pass)
    {
        ForwardRecord record = pass.Record!;
        PortableLayer[] layers = [.. record.Prepared.Network.Nodes.Where(node => node.Layer.Keeps != Keep.Nothing)
            .Select(node => Download(pass, node))];
        return new PortableRecord(record.Prepared.Network.Sha256, record.InputSha256, record.InputShape,
            [.. record.ScoresInDouble], layers);
    }

    internal static PortableLayer Download(Pass pass, Node node)
    {
        pass.Look();
        IKernels kernels = pass.Kernels;
        Kept kept = pass.Record!.KeptBy(node);
        var bits = new byte[kept.Bits?.PackedBytes ?? 0];
        var switches = new int[kept.Switches?.Geometry.Output.Count ?? 0];
        if (kept.Bits is not null) kernels.Download(kept.Bits, bits);
        if (kept.Switches is not null) kernels.Download(kept.Switches, switches);
        return new PortableLayer(node.Name, bits, switches, Numbers(kernels, kept.Input), Numbers(kernels, kept.Output))
        {
            SecondInput = Numbers(kernels, kept.SecondInput),
        };
    }

    internal ForwardRecord Upload(Pass pass)
    {
        PreparedNetwork prepared = pass.Prepared;
        Network network = prepared.Network;
        IKernels kernels = pass.Kernels;
        if (network.Sha256 != ModelSha256)
        {
            throw new NetVizException(
                $"the record belongs to a model with SHA-256 {ModelSha256}, network '{network.Name}' has {network.Sha256}");
        }
        var record = new ForwardRecord(prepared, pass.PlanCache.ShapesFor(InputShape)) { InputSha256 = InputSha256 };
        try
        {
            if (Scores.Length != record.ShapeOf(network.ScoreTensor).Count) throw Damaged("scores");
            record.SetScores([.. Scores]);
            Node[] keeping = [.. network.Nodes.Where(node => node.Layer.Keeps != Keep.Nothing)];
            if (Layers.Count != keeping.Length) throw Damaged("layers");
            Dictionary<string, PortableLayer> byName = Layers.DistinctBy(layer => layer.Layer).ToDictionary(layer => layer.Layer);
            foreach (Node node in keeping)
            {
                if (!byName.TryGetValue(node.Name, out PortableLayer? layer)) throw Damaged(node.Name);
                Kept kept = record.KeptBy(node);
                if (layer.Bits.Length != (kept.Bits?.PackedBytes ?? 0)
                    || layer.Switches.Length != (kept.Switches?.Geometry.Output.Count ?? 0)
                    || layer.Input.Length != (kept.Input?.Shape.Count ?? 0)
                    || layer.Output.Length != (kept.Output?.Shape.Count ?? 0)
                    || layer.SecondInput.Length != (kept.SecondInput?.Shape.Count ?? 0))
                {
                    throw Damaged(node.Name);
                }
                if (kept.Switches is not null) RequireInside(node.Name, layer.Switches, kept.Switches.Geometry);
                if (kept.Bits is not null) kernels.Upload(layer.Bits, kept.Bits);
                if (kept.Switches is not null) kernels.Upload(layer.Switches, kept.Switches);
                if (kept.Input is not null) kernels.Upload(layer.Input, kept.Input);
                if (kept.Output is not null) kernels.Upload(layer.Output, kept.Output);
                if (kept.SecondInput is not null) kernels.Upload(layer.SecondInput, kept.SecondInput);
            }

            return record;
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a switch that points outside its plane: a back-end adds the signal there without looking.</summary>
    private static void RequireInside(string layer, int[] switches, PoolGeometry g)
    {
        for (int p = 0; p < switches.Length; p++)
        {
            (int oh, int ow) = Math.DivRem(p % (g.OH * g.OW), g.OW);
            if (switches[p] != Switches.None && !g.Reaches(oh, ow, switches[p]))
                throw new NetVizException($"the record is damaged: a switch of '{layer}' points outside its plane");
        }
    }

    private static NetVizException Damaged(string what) =>
        new($"the record is damaged: '{what}' is missing or has the wrong size");

    private static double[] Numbers(IKernels kernels, DeviceTensor? tensor)
    {
        if (tensor is null) return [];
        var values = new double[tensor.Shape.Count];
        kernels.Download(tensor, values);
        return values;
    }

    private static void Add(IncrementalHash hash, string name, ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(name));
        hash.AppendData(bytes);
    }

    /// <summary>An entry's bytes; none where it is not there. What it says of its length is not trusted.</summary>
    private static byte[] ReadEntry(ZipArchive zip, string name)
    {
        if (zip.GetEntry(name) is not ZipArchiveEntry entry) return [];
        using Stream stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    internal sealed record Header(string Format, string ModelSha256, string InputSha256, int[] InputShape, string[] Layers);
}
