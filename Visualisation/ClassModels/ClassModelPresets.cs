using NetViz.Engine;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// The procedures by name. Constants that were published are for inputs of 224 x 224 in torchvision's units, and are scaled to
/// the model's (<see cref="InputUnits"/>).
/// <para>
/// The constants marked [secondary] were compared with the published sources. cs231n: NetworkVisualization of assignment 3 (100
/// steps in the version for PyTorch, 200 in that for TensorFlow); it starts from noise, here from the zero image as in the paper,
/// and blurs after the first step of ten, here after the tenth. yosinski: doc/running-optimize-image.md and
/// optimize/gradient_optimizer.py of yosinski/deep-visualization-toolbox, which starts from noise of deviation 10 around the mean
/// and blurs after the first step of four.
/// lucid: transform.py (standard_transforms), render.py, param/spatial.py and param/color.py in lucid/optvis of tensorflow/lucid;
/// it draws the scale from eleven steps and the turn from whole degrees with 0 six times as likely, here both are continuous, and
/// it pads with middle grey, here with the mean's colour.
/// </para>
/// </summary>
public static class ClassModelPresets
{
    private const string LambdaMeaning = "lambda of lambda ||I||^2, for torchvision's units and 3 x 224 x 224 numbers";
    private const string RateMeaning = "length ||dI|| of a step, for torchvision's units and 3 x 224 x 224 numbers";
    private const string VariationMeaning = "weight of the total variation, for torchvision's units and 3 x 224 x 224 numbers";
    private const string JitterMeaning = "largest shift of the image, in pixels of 224";

    private static readonly ClassModelSettings[] Presets =
    [
        new("paper", "gradient ascent on S - lambda ||I||^2 from the zero image, the mean added at the end",
            AscentKind.Backtracking,
        [
            Of("lambda", 1e-3, Origin.Ours, LambdaMeaning),
            Of("rate", 10, Origin.Ours, "length ||dI|| of the first step, for torchvision's units and 3 x 224 x 224 numbers"),
            Of("shrink", 0.5, Origin.Ours, "factor of the step where the objective would fall"),
            Of("grow", 1.2, Origin.Ours, "factor of the step where it did not"),
            Of("mix", 0.5, Origin.Ours, "share that the gradient at a rejected step gets in the direction"),
            Of("steps", 151, Origin.Secondary, "passes forward and backward"),
        ]),
        new("cs231n", "steps of one length, jitter, L2, blur, samples kept within 0 .. 255", AscentKind.FixedLength,
        [
            Of("lambda", 1e-3, Origin.Secondary, LambdaMeaning),
            Of("rate", 25, Origin.Secondary, RateMeaning),
            Of("steps", 200, Origin.Secondary, "passes forward and backward (100 to 200)"),
            Of("jitter", 16, Origin.Secondary, JitterMeaning),
            Of("blur", 0.5, Origin.Secondary, "sigma of the blur, in pixels of the input"),
            Of("blur-every", 10, Origin.Secondary, "steps from one blur to the next"),
            Of("clamp", 1, Origin.Secondary, "1: samples are kept within 0 .. 255"),
        ]),
        Yosinski("yosinski", 3, 0.0001, 1.0, 4, 0, 0),
        Yosinski("yosinski-1", 1, 0, 0.5, 4, 50, 0),
        Yosinski("yosinski-2", 2, 0.3, 0, 0, 20, 0),
        Yosinski("yosinski-3", 3, 0.0001, 1.0, 4, 0, 0),
        Yosinski("yosinski-4", 4, 0, 0.5, 4, 0, 90),
        Lucid,
        Changed(Lucid, "netviz", "as lucid, with larger shifts and total variation: for inputs of 64 pixels, chosen by eye",
            ("steps", 384), ("jitter", 32), ("tv", 7e-5)),
    ];

    private static ClassModelSettings Lucid => new("lucid",
        "Adam on the spectrum in decorrelated colours, each step on another view of the image", AscentKind.AdamOnSpectrum,
        [
            Of("rate", 0.05, Origin.Secondary, "Adam's rate, on the spectrum"),
            Of("steps", 512, Origin.Secondary, "passes forward and backward"),
            Of("pad", 12, Origin.Secondary, "border of the mean's colour on each side, in pixels of 224"),
            Of("jitter", 8, Origin.Secondary, "rows and columns cropped at random before scaling, in pixels of 224"),
            Of("scale", 0.1, Origin.Secondary, "scaled by 1 - scale to 1 + scale"),
            Of("rotate", 10, Origin.Secondary, "largest turn, degrees"),
            Of("jitter-after", 4, Origin.Secondary, "rows and columns cropped at random at last, in pixels of 224"),
            Of("noise", 0.01, Origin.Secondary, "standard deviation of the spectrum at the start"),
            Of("beta1", 0.9, Origin.Secondary, "Adam's decay of the mean gradient"),
            Of("beta2", 0.999, Origin.Secondary, "Adam's decay of the mean square"),
            Of("epsilon", 1e-8, Origin.Secondary, "Adam's smallest divisor"),
        ]);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Presets.Select(preset => preset.Preset)];

    /// <summary>All presets.</summary>
    public static IReadOnlyList<ClassModelSettings> All => Presets;

    /// <summary>The preset of a name.</summary>
    /// <exception cref="NetVizException">There is none.</exception>
    public static ClassModelSettings Find(string name) =>
        Presets.FirstOrDefault(preset => preset.Preset.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NetVizException($"there is no preset '{name}'",
            (NearestName.Of(name, Names) is { } meant ? $"did you mean {meant}? " : "") + $"there are {string.Join(", ", Names)}");

    // The four combinations of Yosinski et al. 2015, table 1. Its steps are 100 times the gradient (rows 2 and 3), or as long as
    // raises the score by 2 to first order (1 and 4), 500, 750, 1000 and 1000 of them; ours are all of one length, so that they
    // suit other networks, and fewer.
    private static ClassModelSettings Yosinski(string name, int row, double decay, double blur, int every, double norm,
        double contribution) =>
        new(name, $"steps of one length, decay, blur, clipping, samples kept within 0 .. 255, row {row} of the published table",
            AscentKind.FixedLength,
        [
            Of("rate", 25, Origin.Ours, RateMeaning),
            Of("steps", 200, Origin.Ours, "passes forward and backward"),
            Of("decay", decay, Origin.Secondary, "share of the image lost at each step"),
            Of("blur", blur, Origin.Secondary, "sigma of the blur, in pixels of the input"),
            Of("blur-every", every, Origin.Secondary, "steps from one blur to the next"),
            Of("clip-norm", norm, Origin.Secondary, "percent of the pixels, those of the smallest norm, set to 0 at each step"),
            Of("clip-contribution", contribution, Origin.Secondary,
                "percent of the pixels, those of the smallest contribution to the score, set to 0 at each step"),
            Of("clamp", 1, Origin.Secondary, "1: samples are kept within 0 .. 255"),
        ]);

    private static ClassModelSettings Changed(ClassModelSettings preset, string name, string description,
        params (string Name, double Value)[] ours)
    {
        foreach ((string constant, double value) in ours) preset = preset.With(constant, value, Origin.Ours, VariationMeaning);
        return new ClassModelSettings(name, description, preset.Ascent, preset.Constants);
    }

    private static NamedConstant Of(string name, double value, Origin origin, string meaning) =>
        new(name, value, origin, meaning);
}
