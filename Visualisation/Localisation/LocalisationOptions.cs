using NetViz.Engine;

namespace NetViz.Visualisation.Localisation;

/// <summary>How a mask is made of a saliency map.</summary>
public enum LocalisationMethod
{
    /// <summary>Colour models of salient and of indifferent pixels, and the best cut between them [paper].</summary>
    GraphCut,

    /// <summary>All pixels whose smoothed saliency is at least a share of its maximum [ours]: the simple alternative.</summary>
    Threshold,
}

/// <summary>Which seeds the cut may not overrule [ours: the paper says what seeds teach the colour models, no more].</summary>
public enum HardSeeds
{
    /// <summary>None: seeds teach the colour models, and the cut then decides about all pixels alike.</summary>
    None,

    /// <summary>The seeds of the foreground.</summary>
    Foreground,

    /// <summary>The seeds of foreground and background.</summary>
    Both,
}

/// <summary>
/// The constants of localisation (arXiv 1312.6034, section 3.2), each [paper], [secondary] (OpenCV's GrabCut) or [ours].
/// </summary>
public sealed record LocalisationOptions
{
    /// <summary>How the mask is made.</summary>
    public LocalisationMethod Method { get; init; } = LocalisationMethod.GraphCut;

    /// <summary>Pixels from this quantile of the saliency upwards teach the foreground's colours [paper: 0.95].</summary>
    public double ForegroundQuantile { get; init; } = 0.95;

    /// <summary>Pixels up to this quantile of the saliency teach the background's colours [paper: 0.30].</summary>
    public double BackgroundQuantile { get; init; } = 0.30;

    /// <summary>Normal distributions in each of the two mixtures [secondary: 5].</summary>
    public int Components { get; init; } = 5;

    /// <summary>What it costs to part two neighbours of one colour [secondary: 50].</summary>
    public double Gamma { get; init; } = 50;

    /// <summary>
    /// Which seeds the cut may not overrule [ours, on 500 training pictures of Tiny ImageNet: with none, or with both, at most
    /// half as many boxes were right].
    /// </summary>
    public HardSeeds HardSeeds { get; init; } = HardSeeds.Foreground;

    /// <summary>The seed of the first means of the mixtures [ours].</summary>
    public int RandomSeed { get; init; } = 1;

    /// <summary>
    /// The share of the maximum at which <see cref="LocalisationMethod.Threshold"/> cuts [ours, on the same pictures].
    /// </summary>
    public double Threshold { get; init; } = 0.1;

    /// <summary>
    /// The deviation of the normal kernel that smooths the map before <see cref="LocalisationMethod.Threshold"/>, as a share of
    /// the picture's longer side [ours, on the same pictures].
    /// </summary>
    public double Smoothing { get; init; } = 0.05;

    /// <summary>
    /// Pictures with a longer side than this are made smaller for the cut, and the mask enlarged again [ours]. In pixels.
    /// </summary>
    public int MaxSide { get; init; } = 512;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="NetVizException">A number is out of its range.</exception>
    public void Check()
    {
        Require(ForegroundQuantile is > 0 and < 1, $"foreground quantile {ForegroundQuantile}", "between 0 and 1");
        Require(BackgroundQuantile is > 0 and < 1, $"background quantile {BackgroundQuantile}", "between 0 and 1");
        Require(BackgroundQuantile < ForegroundQuantile,
            $"background quantile {BackgroundQuantile} with foreground quantile {ForegroundQuantile}",
            "the background's below the foreground's");
        Require(Components is >= 1 and <= 64, $"{Counted.Of(Components, "component")}", "1 to 64");
        Require(Gamma is >= 0 and <= 1000, $"gamma {Gamma}", "0 to 1000");
        Require(Threshold is > 0 and <= 1, $"threshold {Threshold}", "above 0, up to 1");
        Require(Smoothing is >= 0 and <= 0.5, $"smoothing {Smoothing}", "0 to 0.5 of the longer side");
        Require(MaxSide is >= 16 and <= 4096, $"longest side {MaxSide}", "16 to 4096 pixels");
    }

    private static void Require(bool holds, string what, string supported)
    {
        if (!holds) throw new NetVizException($"localisation with {what} is not supported", supported);
    }
}
