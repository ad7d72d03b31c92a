using System.CommandLine;
using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Cli.Common;
using NetViz.Cli.Looking;
using NetViz.Cli.Saliency;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Reconstruction;
using NetViz.Visualisation.Rendering;

namespace NetViz.Cli.Reconstruction;

/// <summary><c>netviz reconstruct</c>: what of the picture excites a unit, as Zeiler and Fergus show it.</summary>
internal static class ReconstructCommand
{
    /// <summary>As many as Zeiler and Fergus show.</summary>
    private const int DefaultTop = 9;
    private const int MostTop = 100;

    /// <summary>Feature maps on one sheet without --channel [ours].</summary>
    private const int DefaultMaps = 16;
    private const int MostMaps = 400;

    private static readonly Option<string[]> LayerNames = new("--layer", "-l")
    {
        Description = "The layer whose units are sent down. May be repeated with --data, which is read once for all. "
            + "Default: the last rectifier that has rows and columns.",
        HelpName = "LAYER",
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
        DefaultValueFactory = _ => DefaultTop,
    };

    private static readonly Option<int> Maps = new("--maps")
    {
        Description = "Feature maps on a sheet where --channel names none, with --data [ours].",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultMaps,
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
        Description = "The folder for x.reconstruct.LAYER.png and .json, or with --data top.LAYER.RULE.png and top.json; "
            + "made if it "
            + "is missing.",
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
        + BrokenPictures.Help,
        [OneImage.Argument, LayerNames, Channels, Neurons, Top, Maps, Data, Split, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance,
            OutputFolder, BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        string folder = Output.CheckFolder(parsed.GetValue(OutputFolder)!);
        int top = parsed.GetValue(Top), maps = parsed.GetValue(Maps);
        if (top is < 1 or > MostTop) throw new NetVizException($"--top {top}; 1 to {MostTop} is supported");
        if (maps is < 1 or > MostMaps) throw new NetVizException($"--maps {maps}; 1 to {MostMaps} is supported");
        string? data = parsed.GetValue(Data);
        string[] neurons = parsed.GetValue(Neurons) ?? [];
        int[] channels = parsed.GetValue(Channels) ?? [];
        if (data is not null && parsed.GetValue(OneImage.Argument) is string image)
            throw new NetVizException($"both '{image}' and --data are given; one picture or many are looked at");
        if (data is not null && neurons.Length > 0) throw new NetVizException("--neuron names a unit of one picture; --data "
            + "has many",
            "choose feature maps with --channel");
        if (data is null && parsed.GetValue(Split) is not null) throw new NetVizException("--split belongs to --data");
        if (neurons.Length > 0 && channels.Length > 0) throw new NetVizException("--neuron and --channel do not go together");
        string?[] layers = parsed.GetValue(LayerNames) is { Length: > 0 } named ? [.. named.Distinct()] : [null];
        if (data is null && layers.Length > 1) throw new NetVizException($"{layers.Length} layers; of one picture one is "
            + $"looked at");
        InputFile? one = data is null ? OneImage.TheOne(parsed.GetValue(OneImage.Argument)) : null;
        if (one is { IsArray: true })
            throw new NetVizException($"'{one.Path}' is an array; a patch needs a picture", "give the photograph");
        using LoadedModel model = LoadedModel.Open(parsed);
        Shape input = new([.. model.Preprocessing.InputShape]);
        InnerLayer[] found = [.. layers.Select(layer => InnerLayer.Find(model.Network, input, layer)).DistinctBy(l => l.Tensor)];
        BackwardRule[] rules = RuleOptions.Of(parsed, model, data is null ? BackwardRule.All : [BackwardRule.DeconvNet]);
        return data is null
            ? OfOne(parsed, one!, model, found[0], rules, neurons, channels, top, folder)
            : OfMany(parsed, model, PictureSource.Open(data, parsed.GetValue(Split), parsed), found, rules,
                [.. found.Select(layer => layer.Chosen(channels, maps))], top, folder);
    }

    private static int OfOne(ParseResult parsed, InputFile file, LoadedModel model, InnerLayer layer, BackwardRule[] rules,
        string[] neurons, int[] channels, int top, string folder)
    {
        using OneImage image = OneImage.Open(file, model, SaliencyCommand.TopClass, null, layer.Name);
        Tensor<float> maps = image.Record.Activation(layer.Name).ToPlanes(layer.Layout);
        ActiveUnit[] units = UnitsOf(maps, layer, neurons, channels, top);
        if (units.Length == 0) throw new NetVizException($"no activation of '{layer.Name}' is above 0 there");
        ReconstructedUnit[] done = [.. units.Select(unit => (Unit: unit, Field: ReceptiveField.Of(model.Network,
                image.Record.InputShape, layer.Name, unit.C, unit.Y, unit.X)))
            .Where(u => u.Field.Count > 0)
            .Select(u => ReconstructedUnit.Of(image.Record, layer.Name, u.Unit, image.File.Name, u.Field, image.Photo!,
                image.Placement!.Value, rules))];
        if (done.Length == 0) throw new NetVizException($"the units of '{layer.Name}' see padding alone");
        string stem = $"{image.File.Stem}.reconstruct.{RuleOptions.FileName(layer.Name)}";
        Photo sheet = ReconstructionSheet.DrawUnits($"{image.File.Name}: {layer.Name}",
            $"{Counted.Of(layer.Channels, "map")} of {layer.Width}x{layer.Height} of {Path.GetFileName(model.Model.Path)}: "
                + "one activation "
                + $"each, all "
            + "others set to zero, sent down to the pixels",
            done, [.. rules.Select(rule => rule.Name)], model.Preprocessing.Order, image.Photo!, image.Placement!.Value);
        var report = new ReconstructReport(model, image.File.Path, 1, rules, "not used", top,
            [new LayerUnits(layer.Name, [layer.Channels, layer.Height, layer.Width], [.. done.Select(unit =>
                new UnitOfPicture(unit))],
                [$"{stem}.png"])]);
        ImageFile.WritePng(sheet, Path.Combine(folder, $"{stem}.png"));
        Finish(parsed, report, folder, $"{stem}.json");
        return 0;
    }

    private static ActiveUnit[] UnitsOf(Tensor<float> maps, InnerLayer layer, string[] neurons, int[] channels, int top)
    {
        if (neurons.Length > 0)
        {
            return [.. neurons.Distinct().Select(text =>
            {
                (int c, int y, int x) = layer.Unit("--neuron", text);
                return new ActiveUnit(0, c, y, x, maps[0, c, y, x]);
            })];
        }

        var values = new float[maps.FlattenedLength];
        maps.FlattenTo(values);
        int plane = layer.Height * layer.Width;
        if (channels.Length > 0)
        {
            return [.. layer.Chosen(channels, layer.Channels).SelectMany(c =>
                TopActivations.Within(c, values.AsSpan(c * plane, plane), layer.Width, top))];
        }

        var best = new TopActivations(layer.Channels, 1);
        best.Add(0, values, layer.Width);
        return [.. Enumerable.Range(0, layer.Channels).SelectMany(best.Of).OrderByDescending(unit => unit.Value).Take(top)];
    }

    private static int OfMany(ParseResult parsed, LoadedModel model, PictureSource source, InnerLayer[] layers,
        BackwardRule[] rules,
        int[][] channels, int top, string folder)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet) || parsed.GetValue(CommonOptions.Json);
        var search = new TopOverPictures(model, source, layers, top);
        JobProgress.Run("looking for the strongest activations", source.Count, quiet, progress =>
        {
            search.Find(progress.Report);
            return true;
        });
        source.Broken.RequireAny(search.Names.Count);
        int units = layers.Select((_, l) => channels[l].Sum(c => search.Best[l].Of(c).Count)).Sum();
        IReadOnlyList<IReadOnlyList<ReconstructedUnit>>[] maps = JobProgress.Run("sending them down", units, quiet,
            progress => search.Reconstruct(channels, rules, progress.Report));
        if (maps.All(layer => layer.Count == 0)) throw new NetVizException("no activation of the chosen feature maps is above 0");

        var reports = new List<LayerUnits>();
        for (int l = 0; l < layers.Length; l++)
        {
            var sheets = new List<string>();
            for (int r = 0; r < rules.Length && maps[l].Count > 0; r++)
            {
                sheets.Add($"top.{RuleOptions.FileName(layers[l].Name)}.{rules[r].FileName()}.png");
                ImageFile.WritePng(ReconstructionSheet.DrawMaps($"{layers[l].Name}, {rules[r].Name}: the top {top} of "
                    + $"{Counted.Of(maps[l].Count, "map")}",
                    $"{Counted.Of(layers[l].Channels, "map")} of {layers[l].Width}x{layers[l].Height} of "
                        + $"{Path.GetFileName(model.Model.Path)}, over "
                    + $"{Counted.Of(search.Names.Count, "picture")} of {Path.GetFileName(source.Name)}; one unit a picture, "
                    + "all others set "
                    + $"to zero",
                    maps[l], r, model.Preprocessing.Order), Path.Combine(folder, sheets[^1]));
            }

            reports.Add(new LayerUnits(layers[l].Name, [layers[l].Channels, layers[l].Height, layers[l].Width],
                [.. maps[l].SelectMany(map => map.Select(unit => new UnitOfPicture(unit)))], sheets));
        }

        Finish(parsed, new ReconstructReport(model, source.Name, search.Names.Count, rules,
            "of each picture the strongest place of a map [ours]", top, reports), folder, "top.json");
        source.Broken.Tell(search.Names.Count);
        return 0;
    }

    private static void Finish(ParseResult parsed, ReconstructReport report, string folder, string name)
    {
        Output.WriteJson(Path.Combine(folder, name), report);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(report);
        else if (!parsed.GetValue(CommonOptions.Quiet)) report.Print(folder);
    }
}
