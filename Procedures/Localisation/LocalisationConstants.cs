using NetViz.Visualisation;
using NetViz.Visualisation.Localisation;

namespace NetViz.Procedures;

/// <summary>The constants of localisation, each with where it comes from.</summary>
internal static class LocalisationConstants
{
    /// <summary>A method as it is written on the command line.</summary>
    public static string NameOf(LocalisationMethod method) => method == LocalisationMethod.GraphCut ? "graph-cut" : "threshold";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedConstant> Of(LocalisationOptions options)
    {
        var normal = new LocalisationOptions();
        return
        [
            New("foreground_quantile", options.ForegroundQuantile, Origin.Paper, normal.ForegroundQuantile),
            New("background_quantile", options.BackgroundQuantile, Origin.Paper, normal.BackgroundQuantile),
            Fixed("box", "of the largest connected component", Origin.Paper),
            New("components", options.Components, Origin.Secondary, normal.Components),
            New("gamma", options.Gamma, Origin.Secondary, normal.Gamma),
            Fixed("beta", "1 / (2 mean of squared colour differences)", Origin.Secondary),
            Fixed("neighbours", 8, Origin.Secondary),
            New("hard_seeds", options.HardSeeds.ToString().ToLowerInvariant(), Origin.Ours,
                normal.HardSeeds.ToString().ToLowerInvariant()),
            Fixed("variance_floor", ColourMixture.VarianceFloor, Origin.Ours),
            Fixed("em_steps_at_most", ColourMixture.MaxIterations, Origin.Ours),
            Fixed("em_tolerance", ColourMixture.Tolerance, Origin.Ours),
            New("random_seed", options.RandomSeed, Origin.Ours, normal.RandomSeed),
            Fixed("capacity_unit", GraphCut.Unit, Origin.Ours),
            New("max_side", options.MaxSide, Origin.Ours, normal.MaxSide),
            New("threshold", options.Threshold, Origin.Ours, normal.Threshold),
            New("smoothing", options.Smoothing, Origin.Ours, normal.Smoothing),
        ];
    }

    private static NamedConstant New(string name, object value, Origin origin, object normal) =>
        new(name, value, origin) { Default = normal };

    private static NamedConstant Fixed(string name, object value, Origin origin) => New(name, value, origin, value);
}
