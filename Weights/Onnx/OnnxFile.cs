using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Onnx;

/// <summary>An ONNX file taken apart: its graph, and its initializers with their values in memory.</summary>
internal sealed class OnnxFile : IDisposable
{
    private readonly LoadedFile _file;
    private readonly ExternalFiles _external;

    private OnnxFile(LoadedFile file, ExternalFiles external, ModelProto model, IReadOnlyList<OnnxTensor> initializers)
    {
        _file = file;
        _external = external;
        Model = model;
        Initializers = initializers;
    }

    /// <summary>The file's path.</summary>
    public string Path => _file.Path;

    /// <summary>Whether it was given in memory: nothing lies beside it.</summary>
    public bool IsInMemory => _file.IsInMemory;

    /// <summary>The file's length in bytes, without external data.</summary>
    public long Length => _file.Length;

    /// <summary>The file's length with that of its external data.</summary>
    public long TotalLength => _file.Length + _external.Files.Values.Distinct().Sum(file => file.Length);

    /// <summary>Everything but the initializers' values.</summary>
    public ModelProto Model { get; }

    /// <summary>The initializers in the file's order.</summary>
    public IReadOnlyList<OnnxTensor> Initializers { get; }

    /// <summary>The version of ONNX's own operators that the file speaks; 1 in files from before versions were written.</summary>
    public int Opset { get; private init; }

    /// <summary>SHA-256 of the file, computed when first asked for.</summary>
    public string Sha256 => _file.Sha256;

    /// <summary>Begins to compute it while cores are idle, for who will ask for it.</summary>
    public void BeginSha256() => _file.BeginSha256();

    /// <summary>SHA-256 of each external data file by its location, computed when first asked for.</summary>
    public IReadOnlyDictionary<string, string> ExternalSha256 =>
        _external.Files.ToDictionary(pair => pair.Key, pair => pair.Value.Sha256);

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <exception cref="NetVizException">The file is missing, is not an ONNX file, is cut short, or is inconsistent.</exception>
    public static OnnxFile Open(string path) => Open(LoadedFile.Open(path, FileKind.Model));

    /// <summary>Checks a file.</summary>
    /// <param name="file">The file, which this owns from now on.</param>
    /// <exception cref="NetVizException">It is not an ONNX file, is cut short, or is inconsistent.</exception>
    public static OnnxFile Open(LoadedFile file)
    {
        string path = file.Path;
        var external = new ExternalFiles(path, file.IsInMemory);
        try
        {
            (ModelProto model, List<TensorPlace> places) = Parse(file);
            int opset = FindOpset(model, path);
            if (model.Graph.SparseInitializer.Count > 0)
            {
                string? sparse = model.Graph.SparseInitializer[0].Values?.Name;
                throw new NetVizException($"{path}: initializer '{sparse}' is sparse; only dense ones are supported");
            }

            if (model.Graph.Initializer.CountBy(header => header.Name).FirstOrDefault(pair => pair.Value > 1)
                is { Value: > 1 } twice)
                throw new NetVizException($"{path}: {twice.Value} initializers have the name '{twice.Key}'; each needs its own");
            var tensors = new OnnxTensor[places.Count];
            Int128 claimed = 0;
            for (int i = 0; i < tensors.Length; i++)
            {
                tensors[i] = TensorReader.Read(model.Graph.Initializer[i], places[i], file, external);
                claimed += (Int128)tensors[i].Count * tensors[i].Type.Size();
                // A thousand float16 tensors may all name the same stretch of an external file, and each is converted.
                if (claimed > 4 * ((Int128)file.Length + external.TotalLength) + 1_000_000)
                    throw new NetVizException($"{path}: its initializers up to '{tensors[i].Name}' claim {claimed} bytes, "
                        + "more than four times what the files hold",
                        "their places overlap; export the file again");
            }

            return new OnnxFile(file, external, model, tensors) { Opset = opset };
        }
        catch
        {
            file.Dispose();
            external.Dispose();
            throw;
        }
    }

    /// <summary>Refuses NaN and infinities among initializers.</summary>
    /// <param name="names">The names of those that are read; a number that nothing reads does no harm.</param>
    /// <exception cref="NetVizException">There is one; the first is named.</exception>
    public void RequireFinite(IReadOnlySet<string> names) =>
        FiniteCheck.Require(Path, Initializers.Where(tensor => names.Contains(tensor.Name)));

    /// <summary>Frees the file and its external data; the initializers' values are gone.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _external.Dispose();
    }

    private static (ModelProto Model, List<TensorPlace> Places) Parse(LoadedFile file)
    {
        ReadOnlySpan<byte> bytes = file.Bytes(0, (int)file.Length);
        bool sawVersion = false;
        try
        {
            List<TensorPlace> places = TensorLocator.Locate(bytes, out sawVersion);
            ModelProto model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
            if (!sawVersion || model.Graph is null) throw NotOnnx(file, bytes);
            return (model, places);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or InvalidProtocolBufferException)
        {
            if (!sawVersion) throw NotOnnx(file, bytes, e);
            throw new NetVizException(
                e is EndOfStreamException
                    ? $"{file.Path} is cut short: {e.Message}"
                    : $"{file.Path} is a damaged ONNX file: {e.Message}",
                "fetch or export the file again", e);
        }
    }

    private static NetVizException NotOnnx(LoadedFile file, ReadOnlySpan<byte> bytes, Exception? inner = null) => new(
        $"{file.Path} is not an ONNX file",
        bytes.StartsWith("version https://git-lfs"u8) ? "it is Git LFS's note of where the file is; run 'git lfs pull'" : null,
        inner);

    private static int FindOpset(ModelProto model, string path)
    {
        if (model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx") is { } found)
        {
            return found.Version is >= 1 and <= int.MaxValue
                ? (int)found.Version
                : throw new NetVizException($"{path} speaks version {found.Version} of ONNX's operators; versions begin at 1");
        }

        // IR versions 1 and 2 did not write the version yet.
        return model.IrVersion < 3 ? 1 : throw new NetVizException(
            $"{path} does not say which version of ONNX's operators it speaks; it may be cut short",
            "fetch or export the file again");
    }
}
