using NetViz.Visualisation.Localisation;

namespace NetViz.Cli;

/// <summary>A constant of a procedure as JSON has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Origin">paper, secondary or ours.</param>
/// <param name="Default">The value that the origin is of.</param>
internal sealed record LocalisationConstant(string Name, object Value, string Origin, object Default);

/// <summary>The constants of localisation, each with where it comes from.</summary>
internal static class LocalisationConstants
{
    private const string Paper = "paper", Secondary = "secondary", Ours = "ours";

    /// <summary>A method as it is written on the command line.</summary>
    public static string NameOf(LocalisationMethod method) => method == LocalisationMethod.GraphCut ? "graph-cut" : "threshold";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LocalisationConstant> Of(LocalisationOptions options)
    {
        var normal = new LocalisationOptions();
        return
        [
            new("foreground_quantile", options.ForegroundQuantile, Paper, normal.ForegroundQuantile),
            new("background_quantile", options.BackgroundQuantile, Paper, normal.BackgroundQuantile),
            new("box", "of the largest connected component", Paper, "of the largest connected component"),
            new("components", options.Components, Secondary, normal.Components),
            new("gamma", options.Gamma, Secondary, normal.Gamma),
            new("beta", "1 / (2 mean of squared colour differences)", Secondary, "1 / (2 mean of squared colour differences)"),
            new("neighbours", 8, Secondary, 8),
            new("hard_seeds", options.HardSeeds.ToString().ToLowerInvariant(), Ours,
                normal.HardSeeds.ToString().ToLowerInvariant()),
            new("variance_floor", ColourMixture.VarianceFloor, Ours, ColourMixture.VarianceFloor),
            new("em_steps_at_most", ColourMixture.MaxIterations, Ours, ColourMixture.MaxIterations),
            new("em_tolerance", ColourMixture.Tolerance, Ours, ColourMixture.Tolerance),
            new("random_seed", options.RandomSeed, Ours, normal.RandomSeed),
            new("capacity_unit", GraphCut.Unit, Ours, GraphCut.Unit),
            new("max_side", options.MaxSide, Ours, normal.MaxSide),
            new("threshold", options.Threshold, Ours, normal.Threshold),
            new("smoothing", options.Smoothing, Ours, normal.Smoothing),
        ];
    }
}
