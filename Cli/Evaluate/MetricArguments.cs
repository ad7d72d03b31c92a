using System.CommandLine;
using NetViz.Procedures;

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

    /// <summary>The options, for the command.</summary>
    public static IReadOnlyList<Option> All { get; } = [ToleranceOption, StepsOption, BlurOption, SeedOption];

    /// <summary>What the command line says.</summary>
    public static MetricOptions Of(ParseResult parsed, int batch) => new()
    {
        Tolerance = parsed.GetValue(ToleranceOption),
        Steps = parsed.GetValue(StepsOption),
        Blur = parsed.GetValue(BlurOption),
        Seed = parsed.GetValue(SeedOption),
        Batch = batch,
    };
}
