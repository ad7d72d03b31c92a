using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetViz.Kernels;

namespace NetViz.Engine;

/// <summary>What one layer kept, in the form that no back-end owns.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Bits">One bit an output, row-major, lowest bit first; empty if it keeps none.</param>
/// <param name="Switches">One switch an output, row-major, kh * KW + kw, -1 for none; empty if it keeps none.</param>
/// <param name="Input">The input's numbers, row-major; empty if it keeps none.</param>
/// <param name="Output">The output's numbers, row-major; empty if it keeps none.</param>
public sealed record PortableLayer(string Layer, byte[] Bits, int[] Switches, double[] Input, double[] Output);

/// <summary>
/// A forward record that no back-end owns: bits, switches, scores, and the hashes of model and input. Two back-ends can
/// be compared from the same bits, and a backward pass repeated elsewhere. As a file it is a zip archive: record.json
/// with hashes, shapes and layer names, and one little-endian binary entry for each kept array.
/// </summary>
/// <param name="ModelSha256">SHA-256 of the model file.</param>
/// <param name="InputSha256">SHA-256 of the input's numbers.</param>
/// <param name="InputShape">The input's shape.</param>
/// <param name="Scores">Class scores, row-major [N, classes].</param>
/// <param name="Layers">What each layer kept, layers that keep nothing left out.</param>
public sealed record PortableRecord(string ModelSha256, string InputSha256, Shape InputShape, double[] Scores, IReadOnlyList<PortableLayer> Layers)
{
    private const string Format = "netviz-record-1";

    /// <summary>Writes it as a zip archive.</summary>
    public void Save(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (Stream header = zip.CreateEntry("record.json").Open())
            JsonSerializer.Serialize(header, new Header(Format, ModelSha256, InputSha256, InputShape.Lengths.ToArray(), [.. Layers.Select(l => l.Layer)]));
        Write(zip, "scores.f64", Scores);
        for (int i = 0; i < Layers.Count; i++)
        {
            Write(zip, $"{i}.bits", Layers[i].Bits);
            Write(zip, $"{i}.switches.i32", Layers[i].Switches);
            Write(zip, $"{i}.input.f64", Layers[i].Input);
            Write(zip, $"{i}.output.f64", Layers[i].Output);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="NetVizException">The stream holds no such record.</exception>
    public static PortableRecord Load(Stream stream)
    {
        try
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            Header? header;
            using (Stream entry = (zip.GetEntry("record.json") ?? throw new InvalidDataException("record.json is missing")).Open())
                header = JsonSerializer.Deserialize<Header>(entry);
            if (header is not { Format: Format }) throw new InvalidDataException($"its format is '{header?.Format}', not '{Format}'");
            var layers = header.Layers.Select((name, i) => new PortableLayer(name,
                Read<byte>(zip, $"{i}.bits"), Read<int>(zip, $"{i}.switches.i32"), Read<double>(zip, $"{i}.input.f64"), Read<double>(zip, $"{i}.output.f64"))).ToArray();
            return new PortableRecord(header.ModelSha256, header.InputSha256, new Shape(header.InputShape), Read<double>(zip, "scores.f64"), layers);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or ArgumentException)
        {
            throw new NetVizException($"this is no forward record: {e.Message}", inner: e);
        }
    }

    internal static PortableRecord Download(ForwardRecord record)
    {
        IKernels kernels = record.Prepared.Kernels;
        var layers = new List<PortableLayer>();
        foreach (Node node in record.Prepared.Network.Nodes)
        {
            Kept kept = record.KeptBy(node);
            var bits = new byte[kept.Bits?.PackedBytes ?? 0];
            var switches = new int[kept.Switches?.Geometry.Output.Count ?? 0];
            if (kept.Bits is not null) kernels.Download(kept.Bits, bits);
            if (kept.Switches is not null) kernels.Download(kept.Switches, switches);
            if (node.Layer.Keeps != Keep.Nothing) layers.Add(new PortableLayer(node.Name, bits, switches, Numbers(kernels, kept.Input), Numbers(kernels, kept.Output)));
        }

        return new PortableRecord(record.Prepared.Network.Sha256, record.InputSha256, record.InputShape, [.. record.ScoresInDouble], layers);
    }

    internal ForwardRecord Upload(PreparedNetwork prepared)
    {
        Network network = prepared.Network;
        IKernels kernels = prepared.Kernels;
        if (network.Sha256 != ModelSha256)
            throw new NetVizException($"the record belongs to a model with SHA-256 {ModelSha256}, network '{network.Name}' has {network.Sha256}");
        var record = new ForwardRecord(prepared, prepared.PlanFor(InputShape)) { InputSha256 = InputSha256 };
        try
        {
            if (Scores.Length != record.ShapeOf(network.ScoreTensor).Count) throw Damaged("scores");
            record.SetScores([.. Scores]);
            Dictionary<string, PortableLayer> byName = Layers.ToDictionary(layer => layer.Layer);
            foreach (Node node in network.Nodes.Where(node => node.Layer.Keeps != Keep.Nothing))
            {
                if (!byName.TryGetValue(node.Name, out PortableLayer? layer)) throw Damaged(node.Name);
                Kept kept = record.KeptBy(node);
                if (layer.Bits.Length != (kept.Bits?.PackedBytes ?? 0) || layer.Switches.Length != (kept.Switches?.Geometry.Output.Count ?? 0)
                    || layer.Input.Length != (kept.Input?.Shape.Count ?? 0) || layer.Output.Length != (kept.Output?.Shape.Count ?? 0)
                    || layer.Switches.Any(s => s < Switches.None || s >= kept.Switches!.Geometry.Window.Area)) throw Damaged(node.Name);
                if (kept.Bits is not null) kernels.Upload(layer.Bits, kept.Bits);
                if (kept.Switches is not null) kernels.Upload(layer.Switches, kept.Switches);
                if (kept.Input is not null) kernels.Upload(layer.Input, kept.Input);
                if (kept.Output is not null) kernels.Upload(layer.Output, kept.Output);
            }

            return record;
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    private static NetVizException Damaged(string what) => new($"the record is damaged: '{what}' is missing or has the wrong size");

    private static double[] Numbers(IKernels kernels, DeviceTensor? tensor)
    {
        if (tensor is null) return [];
        var values = new double[tensor.Shape.Count];
        kernels.Download(tensor, values);
        return values;
    }

    private static void Write<T>(ZipArchive zip, string name, T[] values)
        where T : unmanaged
    {
        if (values.Length == 0) return;
        using Stream entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
        entry.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static T[] Read<T>(ZipArchive zip, string name)
        where T : unmanaged
    {
        if (zip.GetEntry(name) is not ZipArchiveEntry entry) return [];
        var values = new T[entry.Length / Marshal.SizeOf<T>()];
        using Stream stream = entry.Open();
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private sealed record Header(string Format, string ModelSha256, string InputSha256, int[] InputShape, string[] Layers);
}
