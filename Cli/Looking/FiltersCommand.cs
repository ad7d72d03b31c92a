using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Procedures;
using NetViz.Weights;

namespace NetViz.Cli.Looking;

/// <summary><c>netviz filters</c>: the weights of a convolution as a sheet.</summary>
internal static class FiltersCommand
{
    private static readonly Option<string?> LayerName = new("--layer", "-l")
    {
        Description = "The convolution. Default: the first, whose filters are shown in colour where it reads three channels; "
            + "those of "
            + "others are grey planes, one for each input channel.",
        HelpName = "LAYER[:k]",
    };

    private static readonly Option<int[]> Channels = new("--channel")
    {
        Description = $"Filters to show, by number. May be repeated. Default: all of the first layer, otherwise "
            + $"{FilterOptions.MostFilters} evenly "
            + $"spread [ours]; of a filter's planes the first {FilterOptions.MostPlanes} [ours].",
        HelpName = "K",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for filters.LAYER.png and filters.LAYER.json; made if it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create() => CommonOptions.Create("filters",
        "Shows the filters of a convolution as a sheet, all on one stated scale.", [LayerName, Channels, .. LookOptions.OfSheets, OutputFolder], Run);

    private static int Run(ParseResult parsed)
    {
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);
        using OnnxModel model = Explainer.OpenModel(CommonOptions.ModelOf(parsed), ConsoleProgress.Of(parsed));
        FilterResult result = LayerFilters.Of(model, new FilterOptions
        {
            Layer = parsed.GetValue(LayerName),
            Channels = parsed.GetValue(Channels) ?? [],
        });
        IReadOnlyList<string> written = result.Save(folder, look);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Output.Line(result.Title);
            Output.Wrote(folder, written);
        }

        return 0;
    }
}
