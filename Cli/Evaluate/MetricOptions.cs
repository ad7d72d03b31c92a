using System.CommandLine;
using NetViz.Engine;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Cli.Evaluate;

/// <summary>The options of single metrics, with the marks of where their defaults come from.</summary>
/// <param name="Tolerance">Pixels of the network's input beside a box that the pointing game forgives; null for 15 of 224
/// columns.</param>
/// <param name="Steps">Points of a deletion or insertion curve after the first.</param>
/// <param name="Blur">Deviation of insertion's blur in pixels of the network's input; null for a sixteenth of its
/// columns.</param>
/// <param name="Seed">What random baselines and parameters are drawn from.</param>
/// <param name="Batch">Pictures at once.</param>
internal sealed record MetricOptions(double? Tolerance, int Steps, double? Blur, int Seed, int Batch)
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

    /// <summary>The options, for the command.</summary>
    public static IReadOnlyList<Option> All { get; } = [ToleranceOption, StepsOption, BlurOption, SeedOption];

    /// <summary>What the command line says.</summary>
    /// <exception cref="NetVizException">A number is out of range.</exception>
    public static MetricOptions Of(ParseResult parsed, int batch)
    {
        double? tolerance = parsed.GetValue(ToleranceOption), blur = parsed.GetValue(BlurOption);
        int steps = parsed.GetValue(StepsOption);
        if (tolerance is { } t && !(t >= 0 && double.IsFinite(t)))
            throw new NetVizException($"--tolerance {t}; 0 or more pixels are supported");
        if (steps is < 1 or > 10_000) throw new NetVizException($"--steps {steps}; 1 to 10000 are supported");
        if (blur is { } sigma && !(sigma is > 0 and <= 1000))
            throw new NetVizException($"--blur {sigma}; more than 0 and at most 1000 pixels are supported");
        return new MetricOptions(tolerance, steps, blur, parsed.GetValue(SeedOption), batch);
    }

    /// <summary>A stream of chance for a picture, by its name: the same whatever other pictures are measured.</summary>
    public CounterRandom RandomFor(string picture)
    {
        // FNV-1a of the name's UTF-16 units.
        ulong stream = 14695981039346656037;
        foreach (char unit in picture) stream = unchecked((stream ^ unit) * 1099511628211);
        return new CounterRandom(unchecked((ulong)Seed), stream);
    }

    /// <summary>The pointing game's tolerance for an input of so many columns.</summary>
    public double ToleranceFor(int width) => Tolerance ?? PointingGame.ToleranceFor(width);

    /// <summary>The deviation of insertion's blur for an input of so many columns.</summary>
    public double BlurFor(int width) => Blur ?? width / 16.0;
}
