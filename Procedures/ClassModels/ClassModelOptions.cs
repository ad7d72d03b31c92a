using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;

namespace NetViz.Procedures;

/// <summary>What an ascent raises.</summary>
public enum ClassModelTarget
{
    /// <summary>The score before the softmax [paper].</summary>
    Score,

    /// <summary>The softmax, which can rise by lowering the other scores.</summary>
    Posterior,

    /// <summary>Both, one after the other.</summary>
    Both,
}

/// <summary>What <see cref="Explainer.ClassModels"/> draws, and by which procedures.</summary>
public sealed record ClassModelOptions
{
    /// <summary>The classes by number or name; none for some of the network that ships with NetViz.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What is raised instead of classes: LAYER:c,y,x, LAYER:c, or LAYER; null for classes.</summary>
    public string? Layer { get; init; }

    /// <summary>The procedures by name; see <see cref="ClassModelPresets"/>.</summary>
    public IReadOnlyList<string> Presets { get; init; } = ["paper", "netviz"];

    /// <summary>Constants of the procedures that are changed, by name, for example lambda.</summary>
    public IReadOnlyDictionary<string, double> Constants { get; init; } = new Dictionary<string, double>();

    /// <summary>What is raised of a class.</summary>
    public ClassModelTarget Target { get; init; } = ClassModelTarget.Score;

    /// <summary>The norm of the image for which lambda is searched, in the network's units; null for lambda as it is.</summary>
    public double? Norm { get; init; }

    /// <summary>The seed of random views and noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A preset is unknown, a number is out of range, or settings contradict each other.
    /// </exception>
    public void Check()
    {
        ClassModelSettings[] settings = Settings;
        if (Norm is { } norm)
        {
            if (!(norm > 0 && double.IsFinite(norm)))
                throw new NetVizException($"`{nameof(Norm)}` {norm}; a positive number is supported");
            if (Constants.ContainsKey("lambda"))
                throw new NetVizException("`Norm` and `lambda` do not go together: lambda is searched for the norm");
            if (settings.All(preset => preset["lambda"] == 0))
            {
                throw new NetVizException($"`Norm` needs a preset with a lambda, and {settings[0].Preset} has none",
                    "take `Preset` paper or cs231n");
            }
        }

        if (Layer is not null && (Target != ClassModelTarget.Score || Classes.Count > 0))
            throw new NetVizException("`Layer` raises a layer and no class", "leave out `Classes`, `Target` and `Compare`");
    }

    /// <summary>The procedures with the changed constants.</summary>
    internal ClassModelSettings[] Settings =>
        [.. Presets.Select(name => Changed(ClassModelPresets.Find(name))).DistinctBy(preset => preset.Preset)];

    private ClassModelSettings Changed(ClassModelSettings preset)
    {
        foreach ((string name, double value) in Constants)
            preset = preset.With(name, value, Origin.Given, Meanings.GetValueOrDefault(name, ""));
        return preset;
    }

    /// <summary>What the constants mean that a caller may change.</summary>
    public static IReadOnlyDictionary<string, string> Meanings { get; } = new Dictionary<string, string>
    {
        ["lambda"] = "lambda of lambda ||I||^2, for torchvision's units at 224x224; scaled to the model's [ours].",
        ["steps"] = "Passes forward and backward.",
        ["rate"] = "Length of a step, for torchvision's units at 224x224 and scaled [ours]; with paper of the first; with lucid "
            + "and netviz Adam's rate.",
        ["jitter"] = "Largest random shift, in pixels of 224, scaled to the input's side [ours].",
        ["blur"] = "Sigma of the blur in pixels of the input.",
        ["blur-every"] = "Steps from one blur to the next.",
        ["decay"] = "Share of the image lost at each step.",
        ["tv"] = "Weight of the total variation, for torchvision's units at 224x224; scaled [ours]. In no preset.",
        ["pad"] = "Border around the image, in pixels of 224.",
        ["scale"] = "Random scaling by 1 - x to 1 + x.",
        ["rotate"] = "Largest random turn in degrees.",
        ["clip-norm"] = "Percent of the pixels, those of the smallest norm, set to 0 at each step.",
        ["clip-contribution"] = "Percent of the pixels, those of the smallest contribution, set to 0 at each step.",
    };
}

public sealed partial class Explainer
{
    /// <summary>
    /// Draws the images that classes stand for: gradient ascent on their scores (arXiv 1312.6034, section 2). The model should
    /// compute plain sums (<see cref="NetViz.Kernels.ConvAlgorithm.Direct"/>): many steps amplify the rounding of others.
    /// </summary>
    /// <param name="options">Which classes, by which procedures; null for the usual.</param>
    /// <param name="progress">Receives an event for each step.</param>
    /// <param name="token">Cancels it between steps.</param>
    /// <exception cref="NetVizException">A class or preset is unknown, or nothing can be drawn.</exception>
    public ClassModelResults ClassModels(ClassModelOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        options ??= new ClassModelOptions();
        options.Check();
        bool[] posterior = options.Target switch
        {
            ClassModelTarget.Score => [false],
            ClassModelTarget.Posterior => [true],
            _ => [false, true],
        };
        if (posterior.Contains(true) && !Model.HasProbabilities)
        {
            throw new NetVizException($"{Model.Path} has one score: its posterior is 1 whatever the image",
                "take `Target` score");
        }

        ClassModelSettings[] settings = options.Settings;
        var job = new ClassModelJob(this, options);
        int[] classes = options.Layer is null ? job.ClassesOf(options.Classes) : [];
        int batches = Math.Max(1, ClassModelJob.Batches(classes).Count());
        double total = settings.Sum(preset => preset.Steps * job.AscentsFor(preset, classes.Length)) * posterior.Length * batches;
        return new ProcedureRun(progress, token).Do("class models", total, bar => options.Layer is { } layer
            ? job.OfLayer(layer, settings, bar.Report)
            : job.OfClasses(classes, settings, posterior, bar.Report));
    }
}
