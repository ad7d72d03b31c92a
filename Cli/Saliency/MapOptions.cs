using System.CommandLine;
using System.Globalization;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Procedures;
using NetViz.Visualisation.Maps;

namespace NetViz.Cli.Saliency;

/// <summary>The options of <c>netviz saliency</c> on further maps.</summary>
internal static class MapOptions
{
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
        HelpName = string.Join('|', MapNames.All.Keys),
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

    /// <summary>The constants that a figure's maps have.</summary>
    public static IReadOnlyList<Option> OfFigure { get; } = [Samples, Noise, NoiseSeed, Steps, Square, Baseline, Fill];

    /// <summary>Those constants.</summary>
    public static MapSettings OfFigureOptions(ParseResult parsed) => new()
    {
        Samples = parsed.GetValue(Samples),
        Noise = parsed.GetValue(Noise),
        NoiseSeed = parsed.GetValue(NoiseSeed),
        Steps = parsed.GetValue(Steps),
        Square = SquareOf(parsed.GetValue(Square)),
        Baseline = parsed.GetValue(Baseline),
        Fill = parsed.GetValue(Fill),
    };

    public static IReadOnlyList<Option> All { get; } =
        [Map, Crops, CropsFrom, Samples, Noise, NoiseSeed, Steps, Square, Baseline, Fill, Signed, LiftPools];

    /// <summary>What the command line says of maps.</summary>
    /// <exception cref="NetVizException">A map is unknown, or a number cannot be read.</exception>
    public static MapSettings Of(ParseResult parsed)
    {
        int crops = parsed.GetValue(Crops);
        if (crops is not (1 or 10)) throw new NetVizException($"--crops {crops}; 1 and 10 are supported");
        return new MapSettings
        {
            Kinds = [.. (parsed.GetValue(Map) is { Length: > 0 } names ? names : ["signal"]).Select(MapNames.Find).Distinct()],
            TenCrops = crops == 10,
            CropsFrom = parsed.GetValue(CropsFrom),
            Samples = parsed.GetValue(Samples),
            Noise = parsed.GetValue(Noise),
            NoiseSeed = parsed.GetValue(NoiseSeed),
            Steps = parsed.GetValue(Steps),
            Square = SquareOf(parsed.GetValue(Square)),
            Baseline = parsed.GetValue(Baseline),
            Fill = parsed.GetValue(Fill),
            LiftPools = CommonOptions.ParseChoice<DeepLiftPools>("--lift-pools", parsed.GetValue(LiftPools)!),
            IsCamSigned = parsed.GetValue(Signed),
        };
    }

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
}
