using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;

namespace NetViz.Cli.Looking;

/// <summary><c>netviz filters</c>: the weights of a convolution as a sheet.</summary>
internal static class FiltersCommand
{
    /// <summary>Filters in colour on one sheet without --channel [ours].</summary>
    private const int MostColours = 256;

    /// <summary>Filters and input channels on one sheet of grey planes without --channel [ours].</summary>
    private const int MostFilters = 24;
    private const int MostPlanes = 32;

    private static readonly Option<string?> LayerName = new("--layer", "-l")
    {
        Description = "The convolution. Default: the first, whose filters are shown in colour where it reads three channels; "
            + "those of "
            + "others are grey planes, one for each input channel.",
        HelpName = "LAYER",
    };

    private static readonly Option<int[]> Channels = new("--channel")
    {
        Description = $"Filters to show, by number. May be repeated. Default: all of the first layer, otherwise "
            + $"{MostFilters} evenly "
            + $"spread [ours]; of a filter's planes the first {MostPlanes} [ours].",
        HelpName = "K",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for filters.LAYER.png and filters.LAYER.json; made if it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create() => CommonOptions.Create("filters",
        "Shows the filters of a convolution as a sheet, all on one stated scale.", [LayerName, Channels, OutputFolder], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = Output.CheckFolder(parsed.GetValue(OutputFolder)!);
        using OnnxModel model = LoadedModel.OpenModel(parsed);
        Conv[] convolutions = [.. model.Network.Nodes.Select(node => node.Layer).OfType<Conv>()];
        if (convolutions.Length == 0) throw new NetVizException($"{model.Path} has no convolution, and hence no filters");
        string? name = parsed.GetValue(LayerName);
        if (name is not null) model.Network.Find(name);
        Conv conv = name is null ? convolutions[0]
            : convolutions.FirstOrDefault(c => model.Network.Find(c.Name) == model.Network.Find(name))
                ?? throw new NetVizException($"'{name}' is no convolution; only those have filters",
                    $"there are {string.Join(", ", convolutions.Take(8).Select(c => c.Name))}"
                    + (convolutions.Length > 8 ? ", ..." : ""));
        int outputs = conv.WeightShape[0], inputs = conv.WeightShape[1];
        bool inColour = conv == convolutions[0] && inputs == 3;
        int[] wanted = parsed.GetValue(Channels) ?? [];
        foreach (int k in wanted)
            if (k < 0 || k >= outputs) throw new NetVizException($"layer '{conv.Name}' has no filter {k}; there are 0 to "
                + $"{outputs - 1}");
        int[] filters = wanted.Length > 0
            ? [.. wanted.Distinct()] : InnerLayer.Spread(outputs, inColour ? MostColours : MostFilters);
        int[] planes = [.. Enumerable.Range(0, Math.Min(inputs, MostPlanes))];
        ChannelOrder order = model.Preprocessing?.Order ?? ChannelOrder.Rgb;

        string title = $"{conv.Name}: filters of {Path.GetFileName(model.Path)}";
        string shown = outputs == 1 ? "the one filter"
            : filters.Length == outputs ? $"all {outputs} filters" : $"{filters.Length} of {outputs} filters";
        string subtitle = $"{shown} of {conv.WeightShape[3]}x{conv.WeightShape[2]} with {Counted.Of(inputs, "input channel")}"
            + (inColour ? $" as colours{(model.Preprocessing is null ? ", taken for RGB: the preprocessing is not known" : "")}"
                : planes.Length < inputs ? $", the first {planes.Length} of them" : "");
        Photo sheet = inColour ? FilterSheet.DrawColours(title, subtitle, conv, filters, order)
            : FilterSheet.DrawPlanes(title, subtitle, conv, filters, planes);
        MapScale scale = FilterSheet.ScaleOf(conv, filters);
        string stem = $"filters.{RuleOptions.FileName(conv.Name)}";
        var report = new
        {
            Layer = conv.Name,
            WeightShape = conv.WeightShape.Lengths.ToArray(),
            conv.Groups,
            Filters = filters.Select(o => new { Filter = o, Norm = NormOf(conv, o), Bias = conv.Bias.IsEmpty ? 0
                : conv.Bias.Span[o] }),
            InputChannelsShown = inColour ? 3 : planes.Length,
            Colours = inColour ? order.ToString().ToLowerInvariant() : null,
            ScaleLimit = scale.Limit,
            ScalePercentile = scale.Percentile,
            Sheet = $"{stem}.png",
            Model = model.Path,
            ModelSha256 = model.Sha256,
            Output.Version,
        };
        ImageFile.WritePng(sheet, Path.Combine(folder, $"{stem}.png"));
        Output.WriteJson(Path.Combine(folder, $"{stem}.json"), report);
        if (json) Output.PrintJson(report);
        else if (!quiet)
            Console.WriteLine(Printable.Line($"{conv.Name}: {subtitle}; scale up to {scale.Limit:G3}: "
                + Path.Combine(folder, $"{stem}.png")));
        return 0;
    }

    private static double NormOf(Conv conv, int filter)
    {
        int length = conv.Weight.Length / conv.WeightShape[0];
        double sum = 0;
        foreach (float weight in conv.Weight.Span.Slice(filter * length, length)) sum += (double)weight * weight;
        return Math.Sqrt(sum);
    }
}
