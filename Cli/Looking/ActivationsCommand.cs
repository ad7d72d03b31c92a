using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Looking;

/// <summary><c>netviz activations</c>: a layer's feature maps of one image, and what their units see of it.</summary>
internal static class ActivationsCommand
{
    private const int ListedMaps = 8;

    private static readonly Option<string?> LayerName = new("--layer", "-l")
    {
        Description = "The layer; with :c one feature map, with :c,y,x the receptive field of one unit, too. Default: the last "
            + "rectifier that has rows and columns.",
        HelpName = "LAYER[:c[,y,x]]",
    };

    private static readonly Option<int[]> Channels = new("--channel")
    {
        Description = $"Feature maps to show, by number. May be repeated. Default: all, the strongest first, {ActivationsOptions.MostMaps} at most [ours].",
        HelpName = "K",
    };

    private static readonly Option<string[]> Units = new("--unit", "-u")
    {
        Description = "Draw the receptive field of this unit on the photograph: channel, row, column. May be repeated.",
        HelpName = "c,y,x",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.activations.LAYER.png and x.activations.LAYER.json; made if it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create() => CommonOptions.Create("activations",
        "Shows a layer's feature maps of one image as a sheet on one stated scale, and the receptive fields of units on the "
        + "photograph: exactly the pixels that a unit can depend on, through windows, strides, pads, dilations and branches.",
        [ImageArguments.One, LayerName, Channels, Units, .. LookOptions.OfMaps, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);
        using Explainer model = CommonOptions.Open(parsed);
        ActivationsResult result = model.Activations(ImageArguments.OneOf(parsed), new ActivationsOptions
        {
            Layer = parsed.GetValue(LayerName),
            Channels = parsed.GetValue(Channels) ?? [],
            Units = parsed.GetValue(Units) ?? [],
        }, ConsoleProgress.Of(parsed));
        IReadOnlyList<string> written = result.Save(folder, look);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet)) Print(result, folder, written);
        return 0;
    }

    private static void Print(ActivationsResult result, string folder, IReadOnlyList<string> written)
    {
        ActivationsReport report = result.Report;
        Console.WriteLine(result.Title);
        int idle = report.Maps.Count(map => map.Largest <= 0);
        Console.WriteLine(Printable.Line($"{report.Layer}: {result.Shown} of {report.LayerShape[^1]}x{report.LayerShape[^2]}"
            + $"{(idle > 0 ? $", {idle} of them nowhere above 0" : "")}; the strongest:"));
        Table table = Output.Table("map", "largest", "<at row, column", "mean", "share above 0");
        foreach (MapStatistics map in report.Maps.OrderByDescending(map => map.Largest).Take(ListedMaps))
            table.AddRow($"{map.Channel}", NumberText.Fixed(map.Largest, "G4"), $"{map.Y}, "
                + $"{map.X}", NumberText.Fixed(map.Mean, "G3"),
                $"{map.ShareAboveZero:P0}");
        Output.Console.Write(table);
        foreach (UnitReport unit in report.Units)
            Console.WriteLine($"unit {unit.Channel},{unit.Y},{unit.X}: {NumberText.Fixed(unit.Value, "G4")}; "
                + $"{unit.Field.InWords()}");
        Output.Wrote(folder, written);
    }
}
