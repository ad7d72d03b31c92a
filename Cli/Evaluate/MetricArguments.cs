using System.CommandLine;
using NetViz.Procedures;
using NetViz.Visualisation.Maps;

namespace NetViz.Cli.Evaluate;

/// <summary>The constants of single metrics on the command line, with the marks of where their defaults come from.</summary>
internal static class MetricArguments
{
    private static readonly Option<double?> ToleranceOption = new("--tolerance")
    {
        Description = "pointing-game: pixels of the network's input that the maximum may lie beside the box. Default: 15 at 224 "
            + "columns [secondary], the same share of other inputs.",
        HelpName = "PIXELS",
    };

    private static readonly Option<int> StepsOption = new("--steps")
    {
        Description = "deletion, insertion: points of a curve after the first [ours].",
        HelpName = "N",
        DefaultValueFactory = _ => 32,
    };

    private static readonly Option<double?> BlurOption = new("--blur")
    {
        Description = "insertion: deviation of the Gaussian that blurs the picture at the beginning, in pixels of the network's "
            + "input. Default: a sixteenth of its columns [ours].",
        HelpName = "PIXELS",
    };

    private static readonly Option<int> SeedOption = new("--seed")
    {
        Description = "What random places, orders and parameters are drawn from; the same seed gives the same numbers.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string?> BaselineOption = new("--baseline")
    {
        Description = "deletion, insertion: what stands in a pixel's place: blur, mean (colour of the picture), black, or road (noisy linear "
            + "imputation from the other pixels [Rong et al. 2022]). Default: mean for deletion, blur for insertion.",
        HelpName = "blur|mean|black|road",
    };

    private static readonly Option<int> GridOption = new("--grid")
    {
        Description = "grid-pointing-game: pictures in a row of the mosaic.",
        HelpName = "2|3",
        DefaultValueFactory = _ => 2,
    };

    private static readonly Option<string> MosaicOption = new("--mosaic")
    {
        Description = "grid-pointing-game: slide: the mosaic has as many of the network's inputs beside each other, and fully connected "
            + "layers slide over it as convolutions; scale: the mosaic is scaled to the network's input.",
        HelpName = "slide|scale",
        DefaultValueFactory = _ => "slide",
    };

    private static readonly Option<double> ConfidenceOption = new("--confidence")
    {
        Description = "grid-pointing-game: the least probability of its class with which a picture is in a mosaic [ours].",
        HelpName = "P",
        DefaultValueFactory = _ => 0.9,
    };

    private static readonly Option<string?> MasksOption = new("--masks")
    {
        Description = "relevance-mass, relevance-rank: a folder with a .png for each picture, by its name in the set, white where the object "
            + "is. Default: the set's path with .masks behind it.",
        HelpName = "DIR",
    };

    private static readonly Option<int> SamplesOption = new("--samples")
    {
        Description = "smoothgrad: noisy copies [Smilkov et al. 2017].",
        HelpName = "N",
        DefaultValueFactory = _ => SmoothGrad.DefaultSamples,
    };

    private static readonly Option<int> PointsOption = new("--points")
    {
        Description = "integrated-gradients: points of the way [Sundararajan et al. 2017].",
        HelpName = "N",
        DefaultValueFactory = _ => IntegratedGradients.DefaultSteps,
    };

    private static readonly Option<string?> ReferenceOption = new("--reference")
    {
        Description = "integrated-gradients, deep-lift: where the way begins; expected-gradients: a folder of pictures. [default: zero]",
        HelpName = ReferenceImage.Names,
    };

    /// <summary>The options, for the command.</summary>
    public static IReadOnlyList<Option> All { get; } = [ToleranceOption, StepsOption, BaselineOption, BlurOption, GridOption, MosaicOption, ConfidenceOption, MasksOption, SamplesOption,
            PointsOption, ReferenceOption, SeedOption];

    /// <summary>What the command line says of maps.</summary>
    public static MapSettings MapsOf(ParseResult parsed) => new()
    {
        Samples = parsed.GetValue(SamplesOption),
        Steps = parsed.GetValue(PointsOption),
        Baseline = parsed.GetValue(ReferenceOption),
        NoiseSeed = unchecked((ulong)parsed.GetValue(SeedOption)),
    };

    /// <summary>What the command line says.</summary>
    public static MetricOptions Of(ParseResult parsed, int batch) => new()
    {
        Tolerance = parsed.GetValue(ToleranceOption),
        Steps = parsed.GetValue(StepsOption),
        Blur = parsed.GetValue(BlurOption),
        Baseline = parsed.GetValue(BaselineOption)?.ToLowerInvariant(),
        Grid = parsed.GetValue(GridOption),
        Mosaic = parsed.GetValue(MosaicOption)!.ToLowerInvariant(),
        Confidence = parsed.GetValue(ConfidenceOption),
        Masks = parsed.GetValue(MasksOption),
        Seed = parsed.GetValue(SeedOption),
        Batch = batch,
    };
}
