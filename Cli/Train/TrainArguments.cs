using System.CommandLine;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Training;

namespace NetViz.Cli.Train;

/// <summary>The options of <c>netviz train</c> that make the configuration: each overrides a member of the file.</summary>
internal static class TrainArguments
{
    private static readonly Option<string?> ConfigFile = new("--config")
    {
        Description = "A JSON file with the configuration: \"architecture\" (stages of convolutions, hidden layers), \"epochs\", "
            + "\"learningRate\", \"augmentation\" and more; the options below override it. The checkpoint holds what was used.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> Width = Number<int?>("--width", "N",
        "Channels of the first stage; makes stages of two 3x3 convolutions down to 4x4 pixels, each twice as wide as the one "
        + "before, up to 8 times. Default: 32.");

    private static readonly Option<int?> InputSize = Number<int?>("--input-size", "PIXELS",
        "Side of the square input; pictures are scaled to it. Default: 64.");

    private static readonly Option<int?> Epochs = Number<int?>("--epochs", "N", "How often each picture is seen. Default: 40.");

    private static readonly Option<int?> Batch = Number<int?>("--batch", "N", "Pictures of a step. Default: 128.");

    private static readonly Option<double?> LearningRate = Number<double?>("--learning-rate", "X",
        "The learning rate after the warm-up, from which it falls along a cosine. Default: 0.05.");

    private static readonly Option<double?> WarmupEpochs = Number<double?>("--warmup-epochs", "X",
        "Epochs over which the learning rate rises. Default: 2.");

    private static readonly Option<double?> WeightDecay = Number<double?>("--weight-decay", "X", "Default: 0.0005.");

    private static readonly Option<double?> LabelSmoothing = Number<double?>("--label-smoothing", "X",
        "The part of a target that is spread over all classes. Default: 0.1.");

    private static readonly Option<double?> Clip = Number<double?>("--clip", "X",
        "The longest gradient; 0 for no clipping. Default: 5.");

    private static readonly Option<double?> Dropout = Number<double?>("--dropout", "X",
        "The part of the hidden fully connected neurons silenced in training. Default: 0.5.");

    private static readonly Option<double?> Mixup = Number<double?>("--mixup", "X",
        "Mixes pictures and targets in pairs, by a number of Beta(X, X). Default: 0, no mixing.");

    private static readonly Option<double?> AverageDecay = Number<double?>("--average-decay", "X",
        "Keeps a moving average of the weights, which is then the result. Default: 0, none.");

    private static readonly Option<ulong?> Seed = Number<ulong?>("--seed", "N",
        "Decides weights, order, variations and dropout. Default: 1.");

    private static readonly Option<int?> HeldOut = Number<int?>("--held-out", "N",
        "Holds pictures out of the training set, of each class alike, and evaluates on them after each epoch. With 0, the "
        + "default, the validation set is evaluated, once, at the end.");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        ConfigFile, Width, InputSize, Epochs, Batch, LearningRate, WarmupEpochs, WeightDecay, LabelSmoothing, Clip, Dropout,
        Mixup, AverageDecay, Seed, HeldOut,
    ];

    /// <summary>The configuration that file and options make.</summary>
    /// <exception cref="NetVizException">The file cannot be read, or a number is out of its range.</exception>
    public static TrainingConfig ConfigOf(ParseResult parsed)
    {
        TrainingConfig config = parsed.GetValue(ConfigFile) is { } path ? Read(path) : new TrainingConfig();
        VggArchitecture architecture = config.Architecture;
        int size = parsed.GetValue(InputSize) ?? architecture.InputSize;
        if (parsed.GetValue(Width) is { } width)
        {
            VggArchitecture plain = VggArchitecture.OfWidth(width, size);
            architecture = architecture with { Stages = plain.Stages, Hidden = plain.Hidden };
        }

        architecture = architecture with { InputSize = size, Dropout = parsed.GetValue(Dropout) ?? architecture.Dropout };
        int epochs = parsed.GetValue(Epochs) ?? config.Epochs;
        double rate = parsed.GetValue(LearningRate) ?? config.LearningRate;
        return (config with
        {
            Architecture = architecture,
            Epochs = epochs,
            Batch = parsed.GetValue(Batch) ?? config.Batch,
            LearningRate = rate,
            FinalLearningRate = Math.Min(config.FinalLearningRate, Math.Max(0, rate)),
            WarmupEpochs = parsed.GetValue(WarmupEpochs) ?? Math.Min(config.WarmupEpochs, Math.Max(0, epochs)),
            WeightDecay = parsed.GetValue(WeightDecay) ?? config.WeightDecay,
            LabelSmoothing = parsed.GetValue(LabelSmoothing) ?? config.LabelSmoothing,
            Clip = parsed.GetValue(Clip) ?? config.Clip,
            Mixup = parsed.GetValue(Mixup) ?? config.Mixup,
            AverageDecay = parsed.GetValue(AverageDecay) ?? config.AverageDecay,
            Seed = parsed.GetValue(Seed) ?? config.Seed,
            HeldOut = parsed.GetValue(HeldOut) ?? config.HeldOut,
        }).Validated();
    }

    private static TrainingConfig Read(string path)
    {
        try
        {
            return TrainingConfig.Parse(UntrustedFile.ReadText(path, FileKind.Config), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the configuration {path} cannot be read: {e.Message}", inner: e);
        }
    }

    private static Option<T> Number<T>(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName };
}
