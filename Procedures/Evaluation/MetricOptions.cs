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
        if (Blur is { } sigma && !(sigma is > 0 and <= 1000))
            throw new NetVizException($"`{nameof(Blur)}` {sigma}; more than 0 and at most 1000 pixels are supported");
    }

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
