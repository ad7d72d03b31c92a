using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Reconstruction;

/// <summary><c>netviz reconstruct</c>: what of the picture excites a unit, as Zeiler and Fergus show it.</summary>
internal static class ReconstructCommand
{
    private const int ListedUnits = 12;

    private static readonly Option<string[]> LayerNames = new("--layer", "-l")
    {
        Description = "The layer whose units are sent down; with :c one feature map, with :c,y,x one unit. May be repeated. "
            + "Default: the last rectifier that has rows and columns.",
        HelpName = "LAYER[:c[,y,x]]",
    };

    private static readonly Option<int[]> Channels = new("--channel")
    {
        Description = "Feature maps to look at, by number. May be repeated. Default: of one picture the maps with the strongest "
            + "activations, one unit each [ours]; over pictures some evenly spread [ours], see --maps.",
        HelpName = "K",
    };

    private static readonly Option<string[]> Neurons = new("--neuron")
    {
        Description = "One unit of one picture: channel, row, column. May be repeated.",
        HelpName = "k,y,x",
    };

    private static readonly Option<int> Top = new("--top")
    {
        Description = "The strongest activations to show, of one picture or of each feature map over pictures [Zeiler and "
            + "Fergus: 9].",
        HelpName = "N",
        DefaultValueFactory = _ => ReconstructOptions.DefaultTop,
    };

    private static readonly Option<int> Maps = new("--maps")
    {
        Description = "Feature maps on a sheet where --channel names none, with --data [ours].",
        HelpName = "N",
        DefaultValueFactory = _ => ReconstructOptions.DefaultMaps,
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Many pictures instead of one: a folder of pictures, a folder of class folders, or a .tar or .tar.gz "
            + "of one, as "
            + "for evaluate. Of each picture the strongest unit of a feature map counts, so that the top come from as many "
            + "pictures.",
        HelpName = "DIR|TAR.GZ",
    };

    private static readonly Option<string?> Split = new("--split")
    {
        Description = "The part of --data: train, val, or all where there are none. Default: val, or the only one.",
        HelpName = "NAME",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.reconstruct.LAYER.png, .json and .RULE.npy (raw signals), or with --data "
            + "top.LAYER.RULE.png, .npy and top.json; made if it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create() => CommonOptions.Create("reconstruct",
        "Shows what excites a layer's units: the strongest activations, each sent down to the pixels with all others of the "
            + "layer "
        + "set to zero, beside the part of the photograph that the unit can see (Zeiler and Fergus, arXiv 1311.2901). With "
        + "--data the "
        + "strongest of each feature map over many pictures, 3x3 reconstructions beside 3x3 patches, by default under deconvnet. "
        + "Rectifiers between fully connected layers and LRN follow the rule, too: deconvnet rectifies the former and passes "
        + "over the "
        + "latter; --rule deconvnet,fully-connected=gradient or deconvnet,type:LRN=gradient differentiates them."
        + ImageArguments.Help,
        [ImageArguments.One, LayerNames, Channels, Neurons, Top, Maps, Data, Split, ShardOption.Shard, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance,
            .. LookOptions.OfSheets, OutputFolder, ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);
        string? data = parsed.GetValue(Data);
        var options = new ReconstructOptions
        {
            Layers = parsed.GetValue(LayerNames) ?? [],
            Channels = parsed.GetValue(Channels) ?? [],
            Neurons = parsed.GetValue(Neurons) ?? [],
            Top = parsed.GetValue(Top),
            Maps = parsed.GetValue(Maps),
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Split = parsed.GetValue(Split),
            Strict = parsed.GetValue(ImageArguments.Strict),
            Shard = ShardOption.Of(parsed),
            ShardFolder = folder,
        };
        if (data is not null && parsed.GetValue(ImageArguments.One) is string image)
            throw new NetVizException($"both '{image}' and --data are given; one picture or many are looked at");
        options.Check(isOne: data is null);
        InputFile? one = data is null ? ImageArguments.OneOf(parsed) : null;
        if (one is { IsArray: true })
            throw new NetVizException($"'{one.Path}' is an array; a patch needs a picture", "give the photograph");
        using Explainer model = CommonOptions.Open(parsed);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        ReconstructResult result = one is not null
            ? model.Reconstruct(one, options, console)
            : model.ReconstructOver(data!, options, console);
        IReadOnlyList<string> written = result.Save(folder, look);
        if (options.Shard is { } shard)
        {
            if (!parsed.GetValue(CommonOptions.Quiet))
                Output.Line($"shard {shard}: {Counted.Of(result.PictureCount, "picture")}; netviz merge {folder} puts the shards together");
        }
        // Of several layers of one picture each has a .json; scripts that ask for one get an object as ever.
        else if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Reports is [var only] ? only : result.Reports);
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            foreach (ReconstructReport report in result.Reports) Print(report);
            Output.RuleNote(result.Reports[0].RuleNote);
            Output.Wrote(folder, written);
        }

        if (result.Broken is { } broken) ImageArguments.Tell(broken, result.PictureCount);
        return 0;
    }

    private static void Print(ReconstructReport report)
    {
        foreach (LayerUnits layer in report.Layers)
        {
            int maps = layer.Units.Select(unit => unit.Map).Distinct().Count();
            string many = report.PictureCount > 1
                ? $" over {Counted.Of(report.PictureCount, "picture")} of {report.Pictures}"
                : $" of {report.Pictures}";
            Console.WriteLine(Printable.Line($"{layer.Layer}: {Counted.Of(layer.Units.Count, "unit")} of "
                + $"{Counted.Of(maps, "feature map")}{many}"));
            if (layer.Units.Count == 0) continue;
            Table table = Output.Table("map", "row, column", "activation", "sees columns", "rows", "<picture");
            foreach (UnitOfPicture unit in layer.Units.Take(ListedUnits))
            {
                table.AddRow($"{unit.Map}", $"{unit.Y}, {unit.X}", NumberText.Fixed(unit.Activation, "G4"),
                    $"{unit.Field.Left} to {unit.Field.Right}", $"{unit.Field.Top} to {unit.Field.Bottom}",
                    Markup.Escape(Printable.Line(unit.Picture)));
            }

            Output.Console.Write(table);
            if (layer.Units.Count > ListedUnits) Console.WriteLine($"and {layer.Units.Count - ListedUnits} more in the .json");
        }
    }
}
