using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>
/// A network on a device, and the procedures that explain it. Each command of <c>netviz</c> is one method here: it takes an image
/// and an options record and returns what was computed; the result's <c>Save</c> writes the files that the command writes.
/// </summary>
/// <remarks>
/// Every method takes an <see cref="IProgress{T}"/>, which is called on the thread that works, and a
/// <see cref="CancellationToken"/>, which is looked at between layers, images and steps. Any number of threads may call an object at
/// once: the weights are shared, and <see cref="ModelOptions.MaxPasses"/> says how many passes run at once. <see cref="Dispose"/>
/// ends passes under way with <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed partial class Explainer : IDisposable
{
    private const int ListedOutputs = 10;

    private readonly ModelOptions _options;

    private readonly bool _ownsModel;

    private Explainer(OnnxModel model, PreparedNetwork prepared, double loadMilliseconds, ModelOptions options,
        bool ownsModel = true)
    {
        (Model, Prepared, LoadMilliseconds, _options, _ownsModel) = (model, prepared, loadMilliseconds, options, ownsModel);
        prepared.AllowNonFinite = options.AllowNonFinite;
        Memory = new BatchMemory(this, _options.MaxMemory * 1e9);
        if (options.MaxPixels < 1) throw new NetVizException($"`MaxPixels` {options.MaxPixels}; at least 1 is supported");
    }

    /// <summary>The model: network, preprocessing, class names.</summary>
    public OnnxModel Model { get; }

    /// <summary>The network with its weights on the device.</summary>
    public PreparedNetwork Prepared { get; }

    /// <summary>The options that opened it, with whole paths, so that they mean the same in another folder.</summary>
    internal ModelOptions Portable => _options with
    {
        Model = Shards.FullPath(_options.Model),
        Labels = Shards.FullPath(_options.Labels),
        Preprocess = Shards.FullPath(_options.Preprocess),
        From = Shards.FullPath(_options.From),
    };

    /// <summary>Whether it is the network that ships with NetViz.</summary>
    internal bool IsDefault => _options.Model is null or DefaultModel.Name || Model.Path == DefaultModel.Path;

    /// <summary>The network.</summary>
    public Network Network => Model.Network;

    /// <summary>The input's preprocessing.</summary>
    /// <exception cref="NetVizException">Nothing is known of it, and no option names it.</exception>
    public Preprocessing Preprocessing => Model.RequirePreprocessing();

    /// <summary>Milliseconds from opening the file to weights ready for the device, without compilation of kernels.</summary>
    public double LoadMilliseconds { get; }

    /// <summary>How long a GPU's kernels were compiled so far, and how many; null where none are compiled at run time.</summary>
    internal CompiledKernels? Compiled => Prepared.Kernels is ICompilingKernels compiling
        ? new CompiledKernels(compiling.CompiledKernels, compiling.CompileTime.TotalMilliseconds)
        : null;

    /// <summary>What a batch may take.</summary>
    internal BatchMemory Memory { get; }

    /// <summary>Loads a model, which is downloaded where it must be, and prepares its weights for the device.</summary>
    /// <param name="options">Which model and device; null for the network that ships with NetViz on the best device.</param>
    /// <param name="progress">Receives events of downloading, loading and compiling.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">There is no such model or device, or the model cannot be loaded.</exception>
    public static Explainer Open(ModelOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        options ??= new ModelOptions();
        if (options.MaxPasses < 0)
            throw new NetVizException($"MaxPasses is {options.MaxPasses}; at least 1 is supported, or 0 for one a core");
        var run = new ProcedureRun(progress, token);
        Device device = Device.Parse(options.Device, options.Threads, options.Algorithm, options.Precision);
        string path = ModelDownload.PathOf(options, run);
        long start = Stopwatch.GetTimestamp();
        OnnxModel model = OpenModel(options, path, run);
        try
        {
            PreparedNetwork prepared = run.Do("preparing weights", 0, _ => model.Network.On(device, options.MaxPasses));
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (prepared.Kernels is ICompilingKernels compiling) milliseconds -= compiling.CompileTime.TotalMilliseconds;
            DeviceEvents.Follow(device, prepared.Kernels, run);
            return new Explainer(model, prepared, milliseconds, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a model that is loaded, for example from a stream, for a device.</summary>
    /// <param name="model">The model. The caller disposes it, after this.</param>
    /// <param name="options">The device and its threads; what is said of the model's file is not read. Null for the best device.</param>
    /// <exception cref="NetVizException">There is no such device.</exception>
    public static Explainer Of(OnnxModel model, ModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new ModelOptions();
        Device device = Device.Parse(options.Device, options.Threads, options.Algorithm, options.Precision);
        long start = Stopwatch.GetTimestamp();
        PreparedNetwork prepared = model.Network.On(device, options.MaxPasses);
        return new Explainer(model, prepared, Stopwatch.GetElapsedTime(start).TotalMilliseconds, options, ownsModel: false);
    }

    /// <summary>Loads a model for what needs no device.</summary>
    /// <param name="options">Which model.</param>
    /// <param name="progress">Receives events of downloading and loading.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">There is no such model, or it cannot be loaded.</exception>
    public static OnnxModel OpenModel(ModelOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        options ??= new ModelOptions();
        var run = new ProcedureRun(progress, token);
        return OpenModel(options, ModelDownload.PathOf(options, run), run);
    }

    private static OnnxModel OpenModel(ModelOptions given, string path, ProcedureRun run)
    {
        var options = new OnnxOptions
        {
            Preprocess = given.Preprocess,
            Size = given.Size is int size ? SquareOf(size) : null,
            LabelsPath = given.Labels,
            Output = given.Head,
            AllowNonFinite = given.AllowNonFinite,
            MemoryLimit = Positive("`MaxMemory`", given.MaxMemory) * 1e9,
            OperationLimit = Positive("`MaxWork`", given.MaxWork) * 1e9,
        };
        OnnxModel model = run.Do($"loading {Path.GetFileName(path)}", 0, _ => OnnxModel.Load(path, options));
        foreach (string warning in model.Warnings) run.Warn($"{path}: {warning}");
        if (model.Head is { } head && (options.Output is not null || model.Heads.Count > 1))
        {
            string outputs = string.Join(", ", model.Outputs.Take(ListedOutputs));
            run.Note($"{path}: output '{head}' is taken; it has {Counted.Of(model.Outputs.Count, "output")} "
                + $"({outputs}{(model.Outputs.Count > ListedOutputs ? ", ..." : "")})"
                + (options.Output is null ? "; `Head` takes another" : ""));
        }

        return model;
    }

    /// <summary>Rules as people write them, each once: those of a file by their names, or expressions.</summary>
    /// <param name="wanted">The rules that are wanted; none for all of the file, or for <paramref name="otherwise"/>.</param>
    /// <param name="settings">A file of composite rules, and what rules need to know.</param>
    /// <param name="otherwise">What is meant where nothing is named.</param>
    /// <exception cref="NetVizException">A rule is unknown or does not fit the network.</exception>
    internal BackwardRule[] RulesOf(IReadOnlyList<string> wanted, RuleSettings settings,
        params IReadOnlyList<BackwardRule> otherwise)
    {
        IReadOnlyList<BackwardRule> named = Named(settings);
        IEnumerable<BackwardRule> chosen = wanted.Count > 0
            ? wanted.Select(text => RuleOf(text, named)).DistinctBy(rule => rule.Name)
            : named.Count > 0 ? named : otherwise;
        return [.. chosen.Select(rule => settings.Settled(rule, this))];
    }

    /// <summary>One rule: of a file by its name, or as it is written.</summary>
    /// <exception cref="NetVizException">The rule is unknown or does not fit the network.</exception>
    internal BackwardRule RuleOf(string text, RuleSettings settings) =>
        settings.Settled(RuleOf(text, Named(settings)), this);

    private IReadOnlyList<BackwardRule> Named(RuleSettings settings) =>
        settings.RuleFile is null ? [] : RuleExpression.ReadFile(settings.RuleFile, Network);

    private BackwardRule RuleOf(string text, IReadOnlyList<BackwardRule> named) =>
        named.FirstOrDefault(rule => rule.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? RuleExpression.Parse(text, Network);

    /// <summary>Reads a picture and turns it into the network's input [1, C, H, W], or [1, H, W, C] where it is so.</summary>
    /// <param name="file">The picture.</param>
    /// <param name="run">Receives warnings.</param>
    /// <param name="other">Another preprocessing than the model's, for example one that leaves more around the centre.</param>
    internal (Tensor<float> Input, Photo Photo, InputPlacement Placement) ReadPicture(InputFile file, ProcedureRun run,
        Preprocessing? other = null)
    {
        Preprocessing preprocessing = other ?? Preprocessing;
        (Photo photo, float[] input, InputPlacement placement) = BrokenPictureException.Guard(file, () =>
        {
            Photo read = file.ReadPicture(_options.MaxPixels);
            (float[] values, InputPlacement laid) = preprocessing.Apply(read);
            return (read, values, laid);
        });
        Check(file, input, preprocessing.Channels, run);
        return (Numbers.Create(input, [.. preprocessing.InputShape.Select(length => (nint)length)]), photo, placement);
    }

    /// <summary>Reads an array that is already preprocessed.</summary>
    internal Tensor<float> ReadArray(InputFile file, ProcedureRun run)
    {
        // The shape comes first: numbers of an array that the network refuses, or that does not fit, are not read.
        Tensor<float> array = BrokenPictureException.Guard(file,
            () => file.ReadArray(lengths => Memory.Require($"'{file.Path}'", lengths.Span), _options.AllowNonFinite));
        var values = new float[array.FlattenedLength];
        array.FlattenTo(values);
        Check(file, values, (int)array.Lengths[Network.Input.Layout == ImageLayout.Nhwc ? array.Rank - 1 : 1], run);
        return array;
    }

    /// <summary>Says where scores are NaN or infinite: nothing that follows from them means anything.</summary>
    internal static void CheckScores(InputFile file, ForwardRecord record, ProcedureRun run)
    {
        if (record.Scores.All(float.IsFinite)) return;
        run.WarnOfInput(file, "scores are NaN or infinite: weights are no numbers, or activations grew beyond float32");
    }

    private void Check(InputFile file, ReadOnlySpan<float> values, int channels, ProcedureRun run)
    {
        if (InputCheck.Warn(values, channels, Model.Preprocessing) is { } warning) run.WarnOfInput(file, warning);
    }

    private static (int, int) SquareOf(int size) =>
        size > 0 ? (size, size) : throw new NetVizException($"`Size` {size}; at least 1 is supported");

    private static double? Positive(string setting, double? given) =>
        given is null or > 0 ? given : throw new NetVizException($"{setting} {given}; a positive number is wanted");

    /// <summary>Frees the weights and the device.</summary>
    public void Dispose()
    {
        Prepared.Dispose();
        if (_ownsModel) Model.Dispose();
    }
}

/// <summary>A GPU's kernels compiled in this process, and the milliseconds that took; they are no part of other times.</summary>
internal sealed record CompiledKernels(int Kernels, double Milliseconds);
