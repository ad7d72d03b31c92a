using System.CommandLine;
using System.Globalization;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Visualisation.Maps;

namespace NetViz.Cli.Maps;

/// <summary>The maps that <c>netviz saliency --map</c> knows.</summary>
internal enum MapKind
{
    Signal,
    SmoothGrad,
    InputXGradient,
    IntegratedGradients,
    Occlusion,
    GradCam,
    HiResCam,
    LayerCam,
    GuidedGradCam,
    DeepLift,
    ExpectedGradients,
    FullGrad,
}

/// <summary>What is chosen of the maps and their constants.</summary>
internal sealed record MapSettings(IReadOnlyList<MapKind> Kinds, bool TenCrops, int? CropsFrom, int Samples, double Noise,
    ulong Seed, int Steps, (int Side, int Stride)? Square)
{
    /// <summary>Integrated gradients' baseline, as the command line names it.</summary>
    public string Baseline { get; init; } = ReferenceImage.Zero;

    /// <summary>The layer of class activation maps; null for the last convolution that has rows and columns.</summary>
    public string? CamLayer { get; init; }

    /// <summary>Where DeepLIFT's max-pools send.</summary>
    public DeepLiftPools LiftPools { get; init; }

    /// <summary>Whether class activation maps keep what speaks against the class.</summary>
    public bool IsCamSigned { get; init; }

    /// <summary>Whether some map looks at a layer's activations.</summary>
    public bool HasCam => Kinds.Any(MapOptions.IsCam);

    /// <summary>What occlusion's square is filled with, as the command line names it.</summary>
    public string Fill { get; init; } = ReferenceImage.Grey;
}

/// <summary>The options of <c>netviz saliency</c> on further maps.</summary>
internal static class MapOptions
{
    private static readonly Dictionary<string, MapKind> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["signal"] = MapKind.Signal,
        ["smoothgrad"] = MapKind.SmoothGrad,
        ["input-x-gradient"] = MapKind.InputXGradient,
        ["integrated-gradients"] = MapKind.IntegratedGradients,
        ["occlusion"] = MapKind.Occlusion,
        ["grad-cam"] = MapKind.GradCam,
        ["hires-cam"] = MapKind.HiResCam,
        ["layer-cam"] = MapKind.LayerCam,
        ["guided-grad-cam"] = MapKind.GuidedGradCam,
        ["deep-lift"] = MapKind.DeepLift,
        ["expected-gradients"] = MapKind.ExpectedGradients,
        ["full-grad"] = MapKind.FullGrad,
    };

    private static readonly Option<string[]> Map = new("--map")
    {
        Description = "Which map. signal: the signal w of each --rule, for gradient the paper's map [paper]. smoothgrad: its "
            + "mean "
            + "over noisy copies [Smilkov et al. 2017], under each --rule. input-x-gradient: image times w, under each --rule. "
            + "integrated-gradients: image minus --baseline, times the mean gradient on the straight way between them, with its "
            + "completeness gap "
            + "[Sundararajan et al. 2017]. occlusion: what a square of --fill takes from score and probability, as a function of "
            + "its place [Zeiler and Fergus 2013, 4.2]. grad-cam, hires-cam, layer-cam: activations of --layer weighted by their "
            + "gradient [Selvaraju et al. 2017, Draelos and Carin 2020, Jiang et al. 2021]. guided-grad-cam: grad-cam, enlarged, "
            + "times the guided signal. deep-lift: the rescale rule from --baseline [Shrikumar et al. 2017]. expected-gradients: "
            + "integrated gradients, their mean over the pictures in the folder --baseline [Erion et al. 2021]. full-grad: input "
            + "and biases times their gradients [Srinivas and Fleuret 2019]. May be repeated. [default: signal]",
        HelpName = string.Join('|', Names.Keys),
    };

    private static readonly Option<int> Crops = new("--crops")
    {
        Description = "10: five crops, the corners and the centre, and their reflections, as for classification, each map mapped "
            + "back and the ten averaged [paper]. A pixel gets the mean over the crops that hold it [ours]. 1: the centre crop.",
        HelpName = "1|10",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int?> CropsFrom = new("--crops-from")
    {
        Description = "Columns to resize to before the ten crops are cut. Default: the model's preprocessing; where that leaves "
            + "nothing around the input, 256/224 of the input [ours, VGG's proportion].",
        HelpName = "PIXELS",
    };

    private static readonly Option<int> Samples = new("--samples")
    {
        Description = "Noisy copies for smoothgrad [secondary: Smilkov et al. 2017].",
        HelpName = "N",
        DefaultValueFactory = _ => SmoothGrad.DefaultSamples,
    };

    private static readonly Option<double> Noise = new("--noise")
    {
        Description = "Standard deviation of smoothgrad's noise as a share of the input's range, largest minus smallest number "
            + "[secondary: Smilkov et al. 2017 recommend 0.1 to 0.2].",
        HelpName = "SHARE",
        DefaultValueFactory = _ => SmoothGrad.DefaultNoise,
    };

    private static readonly Option<ulong> NoiseSeed = new("--seed")
    {
        Description = "Seed of smoothgrad's noise: the same seed gives the same bytes.",
        HelpName = "N",
        DefaultValueFactory = _ => 1UL,
    };

    private static readonly Option<int> Steps = new("--steps")
    {
        Description = "Points on integrated gradients' way, midpoint rule [secondary: Sundararajan et al. 2017 find 20 to "
            + "300 enough].",
        HelpName = "N",
        DefaultValueFactory = _ => IntegratedGradients.DefaultSteps,
    };

    private static readonly Option<string?> Square = new("--square")
    {
        Description = "Occlusion's square: side and stride in input pixels. Default: a seventh of the shorter side and "
            + "a quarter "
            + "of that [ours; the paper gives no numbers]. The side may not exceed the image's; a stride above the side leaves "
            + "pixels that are never hidden.",
        HelpName = "SIDE,STRIDE",
    };

    private static readonly Option<string?> Baseline = new("--baseline")
    {
        Description = $"Where integrated gradients' way begins, and what deep-lift takes differences from; for expected-gradients a "
            + $"folder of pictures: {ReferenceImage.Meaning}. [default: zero]",
        HelpName = ReferenceImage.Names,
    };

    private static readonly Option<string?> Fill = new("--fill")
    {
        Description = "What occlusion's square is filled with: the same names and files as for --baseline. [default: grey]",
        HelpName = ReferenceImage.Names,
    };

    private static readonly Option<bool> Signed = new("--signed")
    {
        Description = "Class activation maps without the rectifier at their end, so that what speaks against the class is seen.",
    };

    private static readonly Option<string> LiftPools = new("--lift-pools")
    {
        Description = "Where deep-lift's max-pools send: own, the image's switches, as the gradient does; both, the image's and the "
            + "baseline's, so that the map adds up to the difference of the scores.",
        HelpName = "own|both",
        DefaultValueFactory = _ => "own",
    };

    public static IReadOnlyList<Option> All { get; } =
        [Map, Crops, CropsFrom, Samples, Noise, NoiseSeed, Steps, Square, Baseline, Fill, Signed, LiftPools];

    /// <summary>Whether a map weighs a layer's activations.</summary>
    public static bool IsCam(MapKind kind) =>
        kind is MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam or MapKind.GuidedGradCam;

    /// <summary>Whether a map's pictures are drawn from the map itself, whose signal has other rows and columns or channels.</summary>
    public static bool IsDrawnFromMap(MapKind kind) =>
        kind is MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam or MapKind.FullGrad;

    private static bool HasBaseline(MapKind kind) =>
        kind is MapKind.IntegratedGradients or MapKind.DeepLift or MapKind.ExpectedGradients;

    /// <summary>A kind's name on the command line.</summary>
    public static string NameOf(MapKind kind) => Names.First(name => name.Value == kind).Key;

    /// <summary>What the command line says of maps.</summary>
    /// <exception cref="NetVizException">A map is unknown, a number makes no sense, or options contradict each other.</exception>
    public static MapSettings Of(ParseResult parsed, bool hasRules, string? layer, bool hasLedger)
    {
        bool isInner = layer is not null;
        string[] names = parsed.GetValue(Map) is { Length: > 0 } given ? given : ["signal"];
        MapKind[] kinds = [.. names.Select(name => Names.TryGetValue(name, out MapKind kind) ? kind
            : throw new NetVizException($"--map '{name}' is unknown", $"there are {string.Join(", ", Names.Keys)}")).Distinct()];
        int crops = parsed.GetValue(Crops);
        if (crops is not (1 or 10)) throw new NetVizException($"--crops {crops}; 1 and 10 are supported");
        var settings = new MapSettings(kinds, crops == 10, parsed.GetValue(CropsFrom), parsed.GetValue(Samples),
            parsed.GetValue(Noise), parsed.GetValue(NoiseSeed), parsed.GetValue(Steps), SquareOf(parsed.GetValue(Square)))
        {
            Baseline = kinds.Any(HasBaseline) ? parsed.GetValue(Baseline) ?? ReferenceImage.Zero
                : Belonging(parsed, Baseline, MapKind.IntegratedGradients, kinds) ?? ReferenceImage.Zero,
            LiftPools = CommonOptions.ParseChoice<DeepLiftPools>("--lift-pools", parsed.GetValue(LiftPools)!),
            CamLayer = layer,
            IsCamSigned = parsed.GetValue(Signed),
            Fill = Belonging(parsed, Fill, MapKind.Occlusion, kinds) ?? ReferenceImage.Grey,
        };
        if (settings.CropsFrom is not null && !settings.TenCrops)
            throw new NetVizException("--crops-from belongs to --crops 10");
        if (settings.TenCrops && kinds.Contains(MapKind.Occlusion))
            throw new NetVizException("--crops 10 and occlusion do not go together", "occlusion looks at the centre crop");
        if (settings.TenCrops && hasLedger) throw new NetVizException("--crops 10 and --ledger do not go together: each crop has "
            + "a score of its own");
        if (settings.IsCamSigned && !kinds.Any(kind => IsCam(kind) && kind != MapKind.GuidedGradCam))
            throw new NetVizException("--signed belongs to --map grad-cam, hires-cam or layer-cam");
        if (settings.TenCrops && kinds.FirstOrDefault(kind => kind >= MapKind.GradCam) is var late and >= MapKind.GradCam)
            throw new NetVizException($"--crops 10 and {NameOf(late)} do not go together", $"{NameOf(late)} looks at the centre crop");
        if (kinds.Contains(MapKind.ExpectedGradients) && !Directory.Exists(settings.Baseline))
        {
            throw new NetVizException(settings.Baseline == ReferenceImage.Zero
                ? "--map expected-gradients needs --baseline DIR, a folder of pictures"
                : $"--baseline '{settings.Baseline}' is no folder; --map expected-gradients takes its baselines from one");
        }

        if (settings.HasCam && kinds.Any(kind => !IsCam(kind)) && isInner)
            throw new NetVizException("--layer names the layer of class activation maps here; other maps go without it");
        if (isInner && !settings.HasCam && (settings.TenCrops || kinds.Any(kind => kind != MapKind.Signal)))
            throw new NetVizException("--layer goes with the map 'signal' of one crop; other maps are of the image");
        if (hasRules && kinds.All(kind => kind is MapKind.IntegratedGradients or MapKind.Occlusion or >= MapKind.GradCam))
        {
            throw new NetVizException($"--rule does not go with the map '{NameOf(kinds[0])}', which "
                + (kinds[0] == MapKind.Occlusion ? "has no backward pass" : "is made of gradients alone"),
                "smoothgrad and input-x-gradient know all rules");
        }

        Require(settings.Samples is >= 1 and <= 100_000, "--samples", settings.Samples, "1 to 100000");
        Require(settings.Noise is >= 0 and <= 10, "--noise", settings.Noise, "0 to 10");
        Require(settings.Steps is >= 1 and <= 100_000, "--steps", settings.Steps, "1 to 100000");
        return settings;
    }

    private static string? Belonging(ParseResult parsed, Option<string?> option, MapKind kind, MapKind[] kinds) =>
        parsed.GetValue(option) is not { } given ? null
        : kinds.Contains(kind) ? given
        : throw new NetVizException($"{option.Name} belongs to --map {NameOf(kind)}");

    private static (int Side, int Stride)? SquareOf(string? text)
    {
        if (text is null) return null;
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers is [> 0 and < 1 << 20, > 0 and < 1 << 20]
            ? (numbers[0], numbers[1])
            : throw new NetVizException($"--square '{text}'; two whole numbers above 0 are wanted, side and stride, such as "
                + $"32,8");
    }

    private static void Require(bool holds, string option, IFormattable value, string supported)
    {
        if (!holds)
            throw new NetVizException($"{option} {value.ToString(null, CultureInfo.InvariantCulture)}; {supported} is supported");
    }
}
