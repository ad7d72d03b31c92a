using NetViz.Engine;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>The constants of single metrics.</summary>
public sealed record MetricOptions
{
    /// <summary>Pixels of the network's input beside a box that the pointing game forgives; null for 15 of 224 columns.</summary>
    public double? Tolerance { get; init; }

    /// <summary>Points of a deletion or insertion curve after the first, 1 to 10000.</summary>
    public int Steps { get; init; } = 32;

    /// <summary>Deviation of insertion's blur in pixels of the network's input; null for a sixteenth of its columns.</summary>
    public double? Blur { get; init; }

    /// <summary>
    /// What deletion and insertion put in a pixel's place: mean, blur, black or road (noisy linear imputation); null for the mean
    /// colour in deletion, and the blur in insertion.
    /// </summary>
    public string? Baseline { get; init; }

    /// <summary>Pictures of a row of the grid pointing game's mosaic, 2 or 3.</summary>
    public int Grid { get; init; } = 2;

    /// <summary>How the mosaic meets the network: slide (fully connected layers as convolutions), or scale (to its input).</summary>
    public string Mosaic { get; init; } = "slide";

    /// <summary>The least probability of its class with which a picture enters a mosaic, 0 to 1.</summary>
    public double Confidence { get; init; } = 0.9;

    /// <summary>The folder of masks; null for the set's path with .masks behind it.</summary>
    public string? Masks { get; init; }

    /// <summary>What random baselines and parameters are drawn from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Pictures at once, at least 1.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="NetVizException">A number is out of range.</exception>
    public void Check()
    {
        if (Batch < 1) throw new NetVizException($"`{nameof(Batch)}` {Batch}; at least 1 is supported");
        if (Tolerance is { } t && !(t >= 0 && double.IsFinite(t)))
            throw new NetVizException($"`{nameof(Tolerance)}` {t}; 0 or more pixels are supported");
        if (Steps is < 1 or > 10_000) throw new NetVizException($"`{nameof(Steps)}` {Steps}; 1 to 10000 are supported");
        if (Baseline is not null && !Baselines.Contains(Baseline))
            throw new NetVizException($"`{nameof(Baseline)}` '{Baseline}' is unknown", $"there are {string.Join(", ", Baselines)}");
        if (Grid is not (2 or 3)) throw new NetVizException($"`{nameof(Grid)}` {Grid}; 2 and 3 are supported");
        if (Mosaic is not ("slide" or "scale")) throw new NetVizException($"`{nameof(Mosaic)}` '{Mosaic}' is unknown", "there are slide, scale");
        if (Confidence is not (>= 0 and <= 1)) throw new NetVizException($"`{nameof(Confidence)}` {Confidence}; 0 to 1 is supported");
        if (Blur is { } sigma && !(sigma is > 0 and <= 1000))
            throw new NetVizException($"`{nameof(Blur)}` {sigma}; more than 0 and at most 1000 pixels are supported");
    }

    /// <summary>The names of <see cref="Baseline"/>.</summary>
    internal static readonly string[] Baselines = ["blur", "mean", "black", "road"];

    /// <summary>Whether mosaics are scaled to the network's input.</summary>
    internal bool IsMosaicScaled => Mosaic == "scale";

    /// <summary>The folder of masks of a set.</summary>
    internal string MasksFor(string set) => Masks ?? Path.TrimEndingDirectorySeparator(set) + ".masks";

    /// <summary>A stream of chance for a picture, by its name: the same whatever other pictures are measured.</summary>
    internal CounterRandom RandomFor(string picture)
    {
        // FNV-1a of the name's UTF-16 units.
        ulong stream = 14695981039346656037;
        foreach (char unit in picture) stream = unchecked((stream ^ unit) * 1099511628211);
        return new CounterRandom(unchecked((ulong)Seed), stream);
    }

    /// <summary>The pointing game's tolerance for an input of the given number of columns.</summary>
    internal double ToleranceFor(int width) => Tolerance ?? PointingGame.ToleranceFor(width);

    /// <summary>The deviation of insertion's blur for an input of the given number of columns.</summary>
    internal double BlurFor(int width) => Blur ?? width / 16.0;
}
