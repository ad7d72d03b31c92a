using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Visualisation.Localisation;

namespace NetViz.Cli.Localise;

/// <summary>The constants of localisation on the command line, each with where it comes from.</summary>
internal static class LocalisationArguments
{
    private static readonly LocalisationOptions Normal = new();

    private static readonly Option<string> Method = new("--method")
    {
        Description = "graph-cut: colour models of salient and of indifferent pixels, and the best cut between them [paper]; "
            + "threshold: where the smoothed map reaches a share of its maximum [ours].",
        HelpName = "graph-cut|threshold",
        DefaultValueFactory = _ => LocalisationConstants.NameOf(Normal.Method),
    };

    private static readonly Option<double> ForegroundQuantile = new("--foreground-quantile")
    {
        Description = "Pixels from this quantile of the saliency upwards teach the foreground's colours [paper].",
        HelpName = "Q",
        DefaultValueFactory = _ => Normal.ForegroundQuantile,
    };

    private static readonly Option<double> BackgroundQuantile = new("--background-quantile")
    {
        Description = "Pixels up to this quantile of the saliency teach the background's colours [paper].",
        HelpName = "Q",
        DefaultValueFactory = _ => Normal.BackgroundQuantile,
    };

    private static readonly Option<int> Components = new("--components")
    {
        Description = "Normal distributions in each of the two colour mixtures [secondary: OpenCV's GrabCut].",
        HelpName = "K",
        DefaultValueFactory = _ => Normal.Components,
    };

    private static readonly Option<double> Gamma = new("--gamma")
    {
        Description = "What it costs to part two neighbours of one colour [secondary: OpenCV's GrabCut].",
        HelpName = "G",
        DefaultValueFactory = _ => Normal.Gamma,
    };

    private static readonly Option<string> Hard = new("--hard-seeds")
    {
        Description = "Which seeds the cut may not overrule [ours].",
        HelpName = "none|foreground|both",
        DefaultValueFactory = _ => Normal.HardSeeds.ToString().ToLowerInvariant(),
    };

    private static readonly Option<int> RandomSeed = new("--seed")
    {
        Description = "The seed of the mixtures' first means [ours].",
        HelpName = "N",
        DefaultValueFactory = _ => Normal.RandomSeed,
    };

    private static readonly Option<double> Threshold = new("--threshold")
    {
        Description = "The share of the maximum at which --method threshold cuts [ours].",
        HelpName = "SHARE",
        DefaultValueFactory = _ => Normal.Threshold,
    };

    private static readonly Option<double> Smoothing = new("--smoothing")
    {
        Description = "The deviation of the kernel that smooths the map before --method threshold, as a share of the longer side "
            + "[ours].",
        HelpName = "SHARE",
        DefaultValueFactory = _ => Normal.Smoothing,
    };

    private static readonly Option<int> MaxSide = new("--max-side")
    {
        Description = "Pictures with a longer side than this are cut at this size, and the mask is enlarged again [ours].",
        HelpName = "PIXELS",
        DefaultValueFactory = _ => Normal.MaxSide,
    };

    public static IReadOnlyList<Option> All { get; } =
    [
        Method, ForegroundQuantile, BackgroundQuantile, Components, Gamma, Hard, RandomSeed, Threshold, Smoothing, MaxSide,
    ];

    /// <summary>The constants that the command line names.</summary>
    /// <exception cref="NetVizException">One is unknown or out of its range.</exception>
    public static LocalisationOptions Of(ParseResult parsed)
    {
        var options = new LocalisationOptions
        {
            Method = MethodOf(parsed.GetValue(Method)!),
            ForegroundQuantile = parsed.GetValue(ForegroundQuantile),
            BackgroundQuantile = parsed.GetValue(BackgroundQuantile),
            Components = parsed.GetValue(Components),
            Gamma = parsed.GetValue(Gamma),
            HardSeeds = CommonOptions.ParseChoice<HardSeeds>("--hard-seeds", parsed.GetValue(Hard)!),
            RandomSeed = parsed.GetValue(RandomSeed),
            Threshold = parsed.GetValue(Threshold),
            Smoothing = parsed.GetValue(Smoothing),
            MaxSide = parsed.GetValue(MaxSide),
        };
        options.Check();
        return options;
    }

    private static LocalisationMethod MethodOf(string name)
    {
        foreach (LocalisationMethod method in Enum.GetValues<LocalisationMethod>())
        {
            if (LocalisationConstants.NameOf(method).Equals(name, StringComparison.OrdinalIgnoreCase)) return method;
        }

        throw new NetVizException($"--method '{name}' is unknown; there are graph-cut, threshold");
    }
}
