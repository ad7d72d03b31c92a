using System.CommandLine;
using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Cli.Models;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli.Common;

/// <summary>A model that the command line named, on the device that it named.</summary>
internal sealed class LoadedModel : IDisposable
{
    private const int ListedOutputs = 10;

    private readonly bool _quiet;
    private readonly long? _maxPixels;
    private readonly double? _maxBytes;
    private readonly List<string> _inputWarnings = [];
    private BackwardRule[] _rules = [];

    private LoadedModel(OnnxModel model, PreparedNetwork prepared, double loadMilliseconds, ParseResult parsed)
    {
        (Model, Prepared, LoadMilliseconds) = (model, prepared, loadMilliseconds);
        _quiet = parsed.GetValue(CommonOptions.Quiet);
        bool hasLimit = parsed.CommandResult.Command.Options.Contains(CommonOptions.MaxPixels);
        _maxPixels = hasLimit ? parsed.GetValue(CommonOptions.MaxPixels) : null;
        _maxBytes = parsed.GetValue(CommonOptions.MaxMemory) * 1e9;
        if (_maxPixels < 1) throw new NetVizException($"--max-pixels {_maxPixels}; at least 1 is supported");
    }

    public OnnxModel Model { get; }

    public PreparedNetwork Prepared { get; }

    /// <summary>What must be known of the rules that signals follow; null if nothing: <see cref="LrnNote"/>.</summary>
    public string? RuleNote { get; private set; }

    /// <summary>Takes note of rules that signals follow.</summary>
    public void NoteRules(params BackwardRule[] rules) => RuleNote = LrnNote.Of(_rules = [.. _rules, .. rules], Network);

    /// <summary>Prints <see cref="RuleNote"/> for people, if there is one.</summary>
    public void PrintRuleNote()
    {
        if (RuleNote is not null) Console.WriteLine(Printable.Line(RuleNote));
    }

    /// <summary>Milliseconds from opening the file to weights ready for the device, without compilation of kernels.</summary>
    public double LoadMilliseconds { get; }

    /// <summary>How long a GPU's kernels were compiled so far, and how many; null where none are compiled at run time.</summary>
    public CompiledKernels? Compiled => Prepared.Kernels is GpuKernels gpu
        ? new CompiledKernels(gpu.Accelerator.CompiledKernels, gpu.Accelerator.CompileTime.TotalMilliseconds)
        : null;

    public Network Network => Model.Network;

    /// <summary>Loads the model of --model and prepares it for --device.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="auto">The algorithm that <c>--algorithm auto</c> stands for in this command.</param>
    /// <exception cref="NetVizException">No model was named, or it cannot be loaded.</exception>
    public static LoadedModel Open(ParseResult parsed, ConvAlgorithm auto = ConvAlgorithm.Auto)
    {
        Device device = CommonOptions.DeviceOf(parsed, auto);
        string path = ModelDownload.PathOf(parsed);
        long start = Stopwatch.GetTimestamp();
        OnnxModel model = OpenModel(parsed, path);
        try
        {
            PreparedNetwork prepared =
                JobProgress.Run("preparing weights", 0, parsed.GetValue(CommonOptions.Quiet), _ => model.Network.On(device));
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (prepared.Kernels is GpuKernels gpu) milliseconds -= gpu.Accelerator.CompileTime.TotalMilliseconds;
            DeviceProgress.Follow(device, prepared.Kernels, parsed.GetValue(CommonOptions.Quiet));
            return new LoadedModel(model, prepared, milliseconds, parsed);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Loads the model of --model, for what needs no device.</summary>
    /// <exception cref="NetVizException">No model was named, or it cannot be loaded.</exception>
    public static OnnxModel OpenModel(ParseResult parsed) => OpenModel(parsed, ModelDownload.PathOf(parsed));

    private static OnnxModel OpenModel(ParseResult parsed, string path)
    {
        var options = new OnnxOptions
        {
            Preprocess = parsed.GetValue(CommonOptions.Preprocess),
            Size = parsed.GetValue(CommonOptions.Size) is int size ? SquareOf(size) : null,
            LabelsPath = parsed.GetValue(CommonOptions.Labels),
            Output = parsed.GetValue(CommonOptions.Head),
            AllowNonFinite = parsed.GetValue(CommonOptions.AllowNonFinite),
            MemoryLimit = Positive("--max-memory", parsed.GetValue(CommonOptions.MaxMemory)) * 1e9,
            OperationLimit = Positive("--max-work", parsed.GetValue(CommonOptions.MaxWork)) * 1e9,
        };
        OnnxModel model = JobProgress.Run($"loading {Path.GetFileName(path)}", 0, parsed.GetValue(CommonOptions.Quiet),
            _ => OnnxModel.Load(path, options));
        if (!parsed.GetValue(CommonOptions.Quiet))
        {
            foreach (string warning in model.Warnings) Output.Warn($"{path}: {warning}");
            if (model.Head is { } head && (options.Output is not null || model.Heads.Count > 1))
            {
                string outputs = string.Join(", ", model.Outputs.Take(ListedOutputs));
                Output.Note($"{path}: output '{head}' is taken; it has {Counted.Of(model.Outputs.Count, "output")} "
                    + $"({outputs}{(model.Outputs.Count > ListedOutputs ? ", ..." : "")})"
                    + (options.Output is null ? "; --head takes another" : ""));
            }
        }

        return model;
    }

    /// <summary>The input's preprocessing.</summary>
    /// <exception cref="NetVizException">Nothing is known of it, and no option names it.</exception>
    public Preprocessing Preprocessing => Model.RequirePreprocessing();

    /// <summary>Reads a picture and turns it into the network's input [1, C, H, W], or [1, H, W, C] where it is so.</summary>
    /// <param name="file">The picture.</param>
    /// <param name="other">Another preprocessing than the model's, for example one that leaves more around the centre.</param>
    public (Tensor<float> Input, Photo Photo, InputPlacement Placement) ReadPicture(InputFile file, Preprocessing? other = null)
    {
        Preprocessing preprocessing = other ?? Preprocessing;
        (Photo photo, float[] input, InputPlacement placement) = BrokenPictureException.Guard(file, () =>
        {
            Photo read = file.ReadPicture(_maxPixels);
            (float[] values, InputPlacement laid) = preprocessing.Apply(read);
            return (read, values, laid);
        });
        Check(file, input, preprocessing.Channels);
        return (Numbers.Create(input, [.. preprocessing.InputShape.Select(length => (nint)length)]), photo, placement);
    }

    /// <summary>Reads an array that is already preprocessed.</summary>
    public Tensor<float> ReadArray(InputFile file)
    {
        // The shape comes first: numbers of an array that the network refuses, or that does not fit, are not read.
        Tensor<float> array = BrokenPictureException.Guard(file,
            () => file.ReadArray(lengths => Memory.Require($"'{file.Path}'", lengths.Span)));
        var values = new float[array.FlattenedLength];
        array.FlattenTo(values);
        Check(file, values, (int)array.Lengths[Network.Input.Layout == ImageLayout.Nhwc ? array.Rank - 1 : 1]);
        return array;
    }

    /// <summary>What a batch may take.</summary>
    public BatchMemory Memory => field ??= new BatchMemory(this, _maxBytes);

    /// <summary>What was suspicious about the model and about the inputs read since the last call.</summary>
    public IReadOnlyList<string>? TakeWarnings()
    {
        string[] warnings = [.. Model.Warnings, .. _inputWarnings];
        _inputWarnings.Clear();
        return warnings.Length > 0 ? warnings : null;
    }

    /// <summary>Says where scores are NaN or infinite: nothing that follows from them means anything.</summary>
    public void CheckScores(InputFile file, ForwardRecord record)
    {
        if (record.Scores.All(float.IsFinite)) return;
        WarnOfInput(file, "scores are NaN or infinite: weights are no numbers, or activations grew beyond float32");
    }

    private void Check(InputFile file, ReadOnlySpan<float> values, int channels)
    {
        if (InputCheck.Warn(values, channels, Model.Preprocessing) is { } warning) WarnOfInput(file, warning);
    }

    private void WarnOfInput(InputFile file, string warning)
    {
        _inputWarnings.Add(warning);
        Warn($"{file.Path}: {warning}");
    }

    private void Warn(string warning)
    {
        if (!_quiet) Output.Warn(warning);
    }

    private static (int, int) SquareOf(int size) =>
        size > 0 ? (size, size) : throw new NetVizException($"--size {size}; at least 1 is supported");

    private static double? Positive(string option, double? given) =>
        given is null or > 0 ? given : throw new NetVizException($"{option} {given}; a positive number is wanted");

    public void Dispose()
    {
        Prepared.Dispose();
        Model.Dispose();
    }
}

/// <summary>A GPU's kernels compiled in this process, and the milliseconds that took; they are no part of other times.</summary>
internal sealed record CompiledKernels(int Kernels, double Milliseconds);
