using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Procedures;
using NetViz.Weights;
using NetViz.Weights.Export;

namespace NetViz.Cli.Export;

/// <summary><c>netviz export</c>: a network with its preprocessing and class names in one ONNX file.</summary>
internal static class ExportCommand
{
    private static readonly Option<string> OutputPath = new("--output", "-o")
    {
        Description = "The ONNX file to write; an earlier one of netviz is replaced once the new one is whole.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string> Storage = new("--storage")
    {
        Description = "How weights are stored: float32, or float16 with a Cast behind each, for half the size; arithmetic is in "
            + "float32 either way.",
        HelpName = "float32|float16",
        DefaultValueFactory = _ => "float32",
    };

    public static Command Create() => CommonOptions.Create("export",
        "Writes the network as one ONNX file and, in its metadata, what is known of its preprocessing and "
        + "class names: from --preprocess, --labels, the side-car, or the table of known files. Such a file needs no side-car.",
        [OutputPath, Storage], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet);
        string path = ResultFiles.CheckFile("Output", parsed.GetValue(OutputPath)!);
        OutputFile.Check(path, ResultKind.Model, makeFolder: false);
        bool half = CommonOptions.ParseChoice<StorageType>("--storage", parsed.GetValue(Storage)!) == StorageType.Float16;
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        using OnnxModel model = Explainer.OpenModel(CommonOptions.ModelOf(parsed), console);
        console.Do($"writing {Path.GetFileName(path)}", 1, progress =>
        {
            model.Export(path, new ExportOptions { Metadata = model.Metadata, HalfStorage = half, Progress = new Bar(progress) });
            return true;
        });

        // The output describes the file by what the file itself says.
        using OnnxModel written = OnnxModel.Load(path,
            new OnnxOptions { AllowNonFinite = true, MemoryLimit = double.MaxValue, OperationLimit = double.MaxValue });
        ModelMetadata metadata = written.Metadata;
        string? preprocessing = written.Preprocessing?.Describe() ?? metadata.Preprocessing?.Name;
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new
            {
                Model = model.Path,
                Output = path,
                Bytes = written.FileBytes,
                written.Sha256,
                written.Opset,
                Layers = written.Network.Nodes.Length,
                Parameters = written.Network.ParameterCount,
                Preprocessing = preprocessing,
                Labels = metadata.Labels?.Count,
                TrainingMean = metadata.TrainingMean?.Shape.Lengths.ToArray(),
            });
        }
        else if (!quiet)
        {
            string size = ByteText.Of(written.FileBytes), names = metadata.Labels is { } labels ? $"{labels.Count}" : "none";
            Console.WriteLine($"{path}: {Counted.Of(written.Network.Nodes.Length, "layer")}, opset {written.Opset}, {size}; "
                + $"preprocessing {preprocessing ?? "none"}; labels {names}");
        }

        return 0;
    }

    private enum StorageType
    {
        Float32,
        Float16,
    }

    // Several threads report; the bar shows the last value.
    private sealed class Bar(ConsoleProgress progress) : IProgress<double>
    {
        public void Report(double value) => progress.Advance(value);
    }
}
