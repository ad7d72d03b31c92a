using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.Export;
using NetViz.Weights.Import;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx;

namespace NetViz.Weights;

/// <summary>
/// A network loaded from an ONNX file, with what belongs to it: preprocessing and class names. Its weights lie in the
/// file's bytes; after <see cref="Dispose"/> the network must not be used any more.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly OnnxFile _file;
    private readonly bool _sizeIsOpen;

    private OnnxModel(OnnxFile file, Network network, bool sizeIsOpen) =>
        (_file, Network, _sizeIsOpen) = (file, network, sizeIsOpen);

    /// <summary>The network; immutable.</summary>
    public Network Network { get; }

    /// <summary>The file's path as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>The file's length in bytes, external data not counted.</summary>
    public long FileBytes => _file.Length;

    /// <summary>
    /// SHA-256 of the file in lower-case hexadecimal. Computed when first asked for: about half a second for 500 MB.
    /// </summary>
    public string Sha256 => _file.Sha256;

    /// <summary>Begins to compute <see cref="Sha256"/> while cores are idle, for who will ask for it.</summary>
    public void BeginSha256() => _file.BeginSha256();

    /// <summary>
    /// SHA-256 of each external data file, by the location that the model gives. Computed when first asked for.
    /// </summary>
    public IReadOnlyDictionary<string, string> ExternalSha256 => _file.ExternalSha256;

    /// <summary>The version of ONNX's operators that the file speaks.</summary>
    public int Opset => _file.Opset;

    /// <summary>The program that wrote the file, as it calls itself; may be empty.</summary>
    public string Producer => $"{_file.Model.ProducerName} {_file.Model.ProducerVersion}".Trim();

    /// <summary>From a photograph to the network's input; null where it is not known, or the input is no image.</summary>
    public Preprocessing? Preprocessing { get; private init; }

    /// <summary>What is suspicious about the model and the options, a line each; mostly empty.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The names of the classes; null where they are not known.</summary>
    public Labels? Labels { get; private init; }

    /// <summary>The mean of the training set; null where the file carries none.</summary>
    public TrainingMean? TrainingMean => Metadata.TrainingMean;

    /// <summary>
    /// What an export writes beside the network: preprocessing, labels and mean as far as they are known, wherever from. That a
    /// network of 1000 classes means ImageNet's is a guess and not written.
    /// </summary>
    public ModelMetadata Metadata { get; private init; } = new();

    /// <summary>The outputs that the file declares, in its order.</summary>
    public IReadOnlyList<string> Outputs => [.. _file.Model.Graph.Output.Select(output => output.Name)];

    /// <summary>
    /// The output that was taken; null where the file declares one alone and the options name none, so that there was no choice.
    /// </summary>
    public string? Head { get; private init; }

    /// <summary>
    /// The declared outputs on which no other depends: where there are several, which one is taken is a choice.
    /// </summary>
    public IReadOnlyList<string> Heads { get; private init; } = [];

    /// <summary>The number of classes: scores of one image.</summary>
    public int ClassCount { get; private init; }

    /// <summary>
    /// Whether scores have probabilities: a softmax over several of them, or a sigmoid at the network's end.
    /// </summary>
    public bool HasProbabilities => ClassCount > 1 || Network.FinalSigmoid is not null;

    /// <summary>The input's shape for a batch.</summary>
    public Shape InputShape(int batch) => Network.Input.ShapeFor(batch);

    /// <summary>Loads an ONNX file, with the data beside it.</summary>
    /// <param name="path">The .onnx file. A side-car MODEL.netviz.json beside it is read too.</param>
    /// <param name="options">What the user says about it.</param>
    /// <exception cref="NetVizException">The file or the options are wrong, or the network holds something that is not
    /// supported.</exception>
    public static OnnxModel Load(string path, OnnxOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(OnnxFile.Open(path), options ?? new OnnxOptions());
    }

    /// <summary>Loads a model from its bytes, which are copied.</summary>
    /// <param name="bytes">The bytes of an .onnx file that keeps all its values inside.</param>
    /// <param name="options">What the user says about it.</param>
    /// <param name="name">What messages and reports call it.</param>
    /// <exception cref="NetVizException">The bytes or the options are wrong, or the network holds something that is not
    /// supported.</exception>
    public static OnnxModel Load(ReadOnlySpan<byte> bytes, OnnxOptions? options = null, string name = "model.onnx")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Load(OnnxFile.Open(LoadedFile.Of(name, bytes)), options ?? new OnnxOptions());
    }

    /// <summary>Loads a model from a stream, which is read to its end and not closed.</summary>
    /// <param name="stream">An .onnx file that keeps all its values inside.</param>
    /// <param name="options">What the user says about it.</param>
    /// <param name="name">What messages and reports call it.</param>
    /// <exception cref="NetVizException">The bytes or the options are wrong, there are more than 2 GB, or the network holds
    /// something that is not supported.</exception>
    public static OnnxModel Load(Stream stream, OnnxOptions? options = null, string name = "model.onnx")
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        var part = new byte[1 << 16];
        for (int read; (read = stream.Read(part)) > 0;)
        {
            if (bytes.Length + read > FileKind.Model.MaxBytes)
                throw new NetVizException($"{name} has more than {FileKind.Model.MaxBytes} bytes", FileKind.Model.Hint);
            bytes.Write(part.AsSpan(0, read));
        }

        return Load(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), options, name);
    }

    private static OnnxModel Load(OnnxFile file, OnnxOptions options)
    {
        string path = file.Path;
        try
        {
            ModelKnowledge knowledge = ModelKnowledge.Gather(file, options);
            NodeOrder.Sort(file.Model.Graph);
            GraphInput input = GraphInput.Find(file, [.. options.BindInputs.Keys], options.Size, knowledge.Preprocessing?.Size);
            ResourceLimits usual = ResourceLimits.ForFile(file.TotalLength);
            var limits = new ResourceLimits(options.MemoryLimit ?? usual.Bytes, options.OperationLimit ?? usual.Operations);
            Network network = GraphImporter.Import(file, input, options, limits);
            Shape scores = network.InferShapes(input.ShapeAt(input.Batch))[network.ScoreTensor];
            int classes = checked((int)(scores.Count / input.Batch));
            TrainingMean? mean = ModelMetadata.TrainingMeanOf(file.Model, path, input.Image?.Channels ?? 0);
            return new OnnxModel(file, network, input.SizeIsOpen)
            {
                ClassCount = classes,
                Heads = GraphOutput.Heads(file.Model.Graph),
                Head = options.Output is null && file.Model.Graph.Output.Count == 1
                    ? null
                    : GraphOutput.Choose(file, options.Output),
                Preprocessing = knowledge.PreprocessingFor(input),
                Warnings = knowledge.WarningsFor(input),
                Labels = knowledge.LabelsFor(classes, path, isHeadChosen: options.Output is not null),
                Metadata = knowledge.ForExport(classes, mean),
            };
        }
        catch (OverflowException e)
        {
            file.Dispose();
            throw new NetVizException($"{path}: a number in it is larger than anything it could mean", inner: e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The preprocessing, which has to be known.</summary>
    /// <exception cref="NetVizException">It is not; the message tells how to give it.</exception>
    public Preprocessing RequirePreprocessing() => Preprocessing ?? throw (TakesPhotographs
        ? new NetVizException($"{Path}: how photographs are prepared for this network is not known",
            $"give `Preprocess` with one of {string.Join(", ", PreprocessingPresets.Names)},"
            + $" or a file {System.IO.Path.GetFileName(ModelFacts.SideCarOf(Path))} beside it")
        : new NetVizException($"{Path}: the network's input is {Network.Input}, which no photograph can become",
            "give a .npy file instead"));

    private bool TakesPhotographs => Network.Input is { Dimensions: [_, 1 or 3, _, _], Layout: ImageLayout.Nchw }
        or { Dimensions: [_, _, _, 1 or 3], Layout: ImageLayout.Nhwc };

    /// <summary>
    /// The number of a class given by its name, a part of it, or its number; by number alone where no names are known.
    /// </summary>
    /// <exception cref="NetVizException">No class, or more than one, is meant.</exception>
    public int FindClass(string text)
    {
        if (Labels is not null) return Labels.Find(text);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < ClassCount
            ? index
            : throw new NetVizException(
                $"there is no class '{text}'; the classes of {Path} have no names and are numbered 0 to {ClassCount - 1}",
                "give names with `Labels`");
    }

    /// <summary>A class's name, or its number as text where no names are known.</summary>
    public string ClassName(int index) => Labels is null ? index.ToString(CultureInfo.InvariantCulture) : Labels[index];

    /// <summary>
    /// Writes the model as one ONNX file, with <see cref="Metadata"/> beside the network and the outputs that the original
    /// declares; see <see cref="OnnxExport.Write"/>.
    /// </summary>
    /// <param name="path">The file; it may be the model's own.</param>
    /// <param name="options">How it is written; null for the model's own metadata.</param>
    /// <exception cref="NetVizException">The file cannot be written, or would exceed 2 GB; or the metadata do not fit
    /// the network.</exception>
    public void Export(string path, ExportOptions? options = null)
    {
        // Of the outputs those that the network holds, in the file's order. What it puts out may be none of them
        // (OnnxOptions.Output).
        string own = Network.Nodes[Network.OutputTensor - 1].OutputName;
        int[] outputs = [.. _file.Model.Graph.Output.Select(output => output.Name).Append(own).Distinct()
            .Join(Network.Nodes, name => name, node => node.OutputName, (_, node) => node.Output)];
        options ??= new ExportOptions { Metadata = Metadata };
        OnnxExport.Write(Network, path, options with { OpenSize = _sizeIsOpen, Outputs = outputs });
    }

    /// <summary>Frees the file's bytes.</summary>
    public void Dispose() => _file.Dispose();
}
