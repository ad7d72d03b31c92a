using System.CommandLine;
using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Cli.Common;
using NetViz.Cli.Saliency;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using Spectre.Console;

namespace NetViz.Cli.Looking;

/// <summary><c>netviz activations</c>: a layer's feature maps of one image, and what their units see of it.</summary>
internal static class ActivationsCommand
{
    /// <summary>Feature maps on one sheet without --channel [ours].</summary>
    private const int MostMaps = 256;
    private const int ListedMaps = 8;

    private static readonly Option<string?> LayerName = new("--layer", "-l")
    {
        Description = "The layer. Default: the last rectifier that has rows and columns.",
        HelpName = "LAYER",
    };

    private static readonly Option<int[]> Channels = new("--channel")
    {
        Description = $"Feature maps to show, by number. May be repeated. Default: all, or {MostMaps} evenly spread [ours].",
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
        [OneImage.Argument, LayerName, Channels, Units, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = Output.CheckFolder(parsed.GetValue(OutputFolder)!);
        using LoadedModel model = LoadedModel.Open(parsed);
        string? named = parsed.GetValue(LayerName);
        if (named is not null) model.Network.Find(named);
        string[] keep = named is not null ? [named]
            : [.. model.Network.Nodes.Where(node => node.Layer is NetViz.Engine.Layers.RectifierLayer).Select(node => node.Name)];
        using OneImage image = OneImage.Open(OneImage.TheOne(parsed.GetValue(OneImage.Argument)), model,
            SaliencyCommand.TopClass, null, keep);
        InnerLayer layer = InnerLayer.Find(model.Network, image.Record.InputShape, named);
        int[] channels = layer.Chosen(parsed.GetValue(Channels), MostMaps);
        (int C, int Y, int X)[] units = [.. (parsed.GetValue(Units) ?? []).Distinct().Select(u => layer.Unit("--unit", u))];
        Tensor<float> planes = image.Record.Activation(layer.Name).ToPlanes(layer.Layout);
        MapScale scale = ActivationSheet.ScaleOf(planes, channels);
        ReceptiveField[] fields = [.. units.Select(u =>
            ReceptiveField.Of(model.Network, image.Record.InputShape, layer.Name, u.C, u.Y, u.X))];

        string stem = $"{image.File.Stem}.activations.{RuleOptions.FileName(layer.Name)}";
        var report = new ActivationsReport(image, layer, scale, [.. channels.Select(c => MapStatistics.Of(planes, c))],
            [.. units.Select((u, i) => new UnitReport(u.C, u.Y, u.X, planes[0, u.C, u.Y, u.X], new FieldReport(fields[i],
                image.Placement)))], $"{stem}.png");
        (string, Photo)[] drawn = image.Photo is null ? [] : [.. units.Select((u, i) => (
            $"{u.C},{u.Y},{u.X}: {NumberText.Fixed(planes[0, u.C, u.Y, u.X], "G3")}",
            FieldPicture.Draw(image.Photo, image.Placement!.Value, fields[i])))];
        string shown = layer.Channels == 1 ? "the one map"
            : channels.Length == layer.Channels ? $"all {layer.Channels} maps" : $"{channels.Length} of {layer.Channels} maps";
        Photo sheet = ActivationSheet.Draw($"{image.File.Name}: {layer.Name}",
            $"{shown} of {layer.Width}x{layer.Height} of {Path.GetFileName(model.Model.Path)}; {image.Class.Name}, "
            + image.Class.ScoreInWords, planes, channels, drawn);
        ImageFile.WritePng(sheet, Path.Combine(folder, $"{stem}.png"));
        Output.WriteJson(Path.Combine(folder, $"{stem}.json"), report);
        if (json) Output.PrintJson(report);
        else if (!quiet) Print(image, report, shown, Path.Combine(folder, $"{stem}.png"));
        return 0;
    }

    private static void Print(OneImage image, ActivationsReport report, string shown, string sheet)
    {
        Console.WriteLine(image);
        int idle = report.Maps.Count(map => map.Largest <= 0);
        Console.WriteLine(Printable.Line($"{report.Layer}: {shown} of {report.LayerShape[^1]}x{report.LayerShape[^2]}"
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
        Console.WriteLine(Printable.Line(sheet));
    }
}
