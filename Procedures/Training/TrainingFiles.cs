using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Training;
using NetViz.Visualisation.Plots;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.Export;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>The files of a training: the model, and beside it, by other extensions, checkpoint, log and plot.</summary>
public sealed class TrainingFiles
{
    // As ResultFiles.JsonOptions, but one object a line.
    private static readonly JsonSerializerOptions LineOptions = new()
    {
        TypeInfoResolver = JsonReflection.Resolver,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = PlainEncoder.Instance,
    };

    /// <summary>Names the files.</summary>
    /// <param name="model">The ONNX file.</param>
    public TrainingFiles(string model)
    {
        if (!Path.GetExtension(model).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new NetVizException($"`Output` {model} must end in .onnx", "the files beside it have the same name otherwise");
        if (Directory.Exists(model)) throw new NetVizException($"`Output` {model} is a folder");
        Model = model;
        Checkpoint = Path.ChangeExtension(model, ".checkpoint");
        Log = Path.ChangeExtension(model, ".training.jsonl");
        Plot = Path.ChangeExtension(model, ".training.png");
    }

    /// <summary>The ONNX file.</summary>
    public string Model { get; }

    /// <summary>The path of the checkpoint.</summary>
    public string Checkpoint { get; }

    /// <summary>The log: one JSON object an epoch.</summary>
    public string Log { get; }

    /// <summary>The picture of loss and accuracy over the epochs.</summary>
    public string Plot { get; }

    /// <summary>Whether there is a checkpoint.</summary>
    public bool HasCheckpoint => File.Exists(Checkpoint);

    /// <summary>
    /// Makes the folder, and refuses to write over the work of an earlier training unasked, or over a file of somebody else.
    /// </summary>
    /// <exception cref="NetVizException">There is a checkpoint, and it is not to be resumed; or a file cannot be written, or
    /// must not be.</exception>
    internal void RequireFree(bool resume)
    {
        if (!resume && HasCheckpoint)
        {
            throw new NetVizException($"{Checkpoint} is there already",
                "`Resume` goes on from it; delete it or choose another `Output` to train anew");
        }

        OutputFile.Check(Model, ResultKind.Model);
        OutputFile.Check(Checkpoint, ResultKind.Checkpoint);
        OutputFile.Check(Log, ResultKind.TrainingLog);
        OutputFile.Check(Plot, ResultKind.Picture);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Model))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the folder of {Model} cannot be made: {e.Message}", inner: e);
        }
    }

    /// <summary>Writes log and plot of all epochs so far.</summary>
    internal void WriteLog(IReadOnlyList<EpochLog> log)
    {
        if (log.Count > 0) TrainingPlot.WritePng(log, Plot);
        var lines = new StringBuilder();
        foreach (EpochLog epoch in log) lines.Append(JsonSerializer.Serialize(epoch, LineOptions)).Append('\n');
        OutputFile.Write(Log, ResultKind.TrainingLog, Encoding.UTF8.GetBytes(lines.ToString()), again: true);
    }

    /// <summary>Writes the model, with preprocessing, class names and the mean of the training pictures.</summary>
    internal void WriteModel(Network network, Trainer trainer)
    {
        int size = trainer.Config.Architecture.InputSize;
        var metadata = new ModelMetadata
        {
            Preprocessing = new PreprocessingSettings
            {
                Order = ChannelOrder.Rgb,
                Mean = [.. trainer.Augmentation.Mean],
                Deviation = [.. trainer.Augmentation.Deviation],
                ResizeTo = (size, size),
            },
            Labels = Labels.Of(trainer.ClassNames, "the training set"),
            TrainingMean = new TrainingMean([.. trainer.Augmentation.Mean.Select(mean => 255 * mean)], new Shape(3)),
        };
        OnnxExport.Write(network, Model, new ExportOptions { Metadata = metadata });
    }
}
