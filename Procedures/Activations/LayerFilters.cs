using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;
using NetViz.Weights;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>Which filters <see cref="LayerFilters.Of"/> shows.</summary>
public sealed record FilterOptions
{
    /// <summary>Filters on one sheet of grey planes where none is named [ours].</summary>
    public const int MostFilters = 24;

    /// <summary>Input channels on one sheet of grey planes [ours].</summary>
    public const int MostPlanes = 32;

    /// <summary>The convolution, with :k for one filter; null for the first.</summary>
    public string? Layer { get; init; }

    /// <summary>Filters by number; none for all of the first layer, otherwise some evenly spread.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [];
}

/// <summary>The filters of a convolution.</summary>
public sealed class FilterResult
{
    private readonly Func<SheetPage> _draw;
    private readonly ResultProvenance _provenance;

    internal FilterResult(Conv layer, IReadOnlyList<int> filters, FilterReport report, string title, string stem, Func<SheetPage> draw,
        ResultProvenance provenance) =>
        (Layer, Filters, Report, Title, Stem, _draw, _provenance) = (layer, filters, report, title, stem, draw, provenance);

    /// <summary>The convolution, with its weights.</summary>
    public Conv Layer { get; }

    /// <summary>The filters that are shown, by number.</summary>
    public IReadOnlyList<int> Filters { get; }

    internal FilterReport Report { get; }

    internal string Title { get; }

    internal string Stem { get; }

    /// <summary>Writes the sheet and the numbers.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        writer.Json($"{Stem}.json", Report with { Sheet = writer.Sheet(Stem, _draw()) }, _provenance);
        return writer.Names;
    }
}

/// <summary>What filters.LAYER.json holds.</summary>
internal sealed record FilterReport(string Layer, int[] WeightShape, int Groups, IReadOnlyList<FilterNorm> Filters,
    int InputChannelsShown, string? Colours, float ScaleLimit, double ScalePercentile, string Sheet, string Model,
    string ModelSha256, string Version);

/// <summary>A filter in numbers.</summary>
internal sealed record FilterNorm(int Filter, double Norm, float Bias);

/// <summary>The weights of a convolution as a sheet. It needs no device.</summary>
public static class LayerFilters
{
    /// <summary>Filters in colour on one sheet [ours].</summary>
    private const int MostColours = 256;

    /// <summary>The filters of a convolution, all on one stated scale.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Which convolution and filters; null for the first.</param>
    /// <exception cref="NetVizException">There is no such convolution or filter.</exception>
    public static FilterResult Of(OnnxModel model, FilterOptions? options = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        const int MostFilters = FilterOptions.MostFilters, MostPlanes = FilterOptions.MostPlanes;
        options ??= new FilterOptions();
        Conv[] convolutions = [.. model.Network.Nodes.Select(node => node.Layer).OfType<Conv>()];
        if (convolutions.Length == 0) throw new NetVizException($"{model.Path} has no convolution, and hence no filters");
        (string? name, int[] place) = options.Layer is null ? (null, []) : OneImage.SplitStart(options.Layer, model.Network);
        if (name is not null) model.Network.Find(name);
        Conv conv = name is null ? convolutions[0]
            : convolutions.FirstOrDefault(c => model.Network.Find(c.Name) == model.Network.Find(name))
                ?? throw new NetVizException($"'{name}' is no convolution; only those have filters",
                    $"there are {string.Join(", ", convolutions.Take(8).Select(c => c.Name))}"
                    + (convolutions.Length > 8 ? ", ..." : ""));
        int outputs = conv.WeightShape[0], inputs = conv.WeightShape[1];
        bool inColour = conv == convolutions[0] && inputs == 3;
        IReadOnlyList<int> wanted = [.. options.Channels, .. place.Take(1)];
        foreach (int k in wanted)
            if (k < 0 || k >= outputs) throw new NetVizException($"layer '{conv.Name}' has no filter {k}; there are 0 to "
                + $"{outputs - 1}");
        int[] filters = wanted.Count > 0
            ? [.. wanted.Distinct()] : InnerLayer.Spread(outputs, inColour ? MostColours : MostFilters);
        int[] planes = [.. Enumerable.Range(0, Math.Min(inputs, MostPlanes))];
        ChannelOrder order = model.Preprocessing?.Order ?? ChannelOrder.Rgb;

        string title = $"{conv.Name}: filters of {Path.GetFileName(model.Path)}";
        string shown = outputs == 1 ? "the one filter"
            : filters.Length == outputs ? $"all {outputs} filters" : $"{filters.Length} of {outputs} filters";
        string subtitle = $"{shown} of {conv.WeightShape[3]}x{conv.WeightShape[2]} with {Counted.Of(inputs, "input channel")}"
            + (inColour ? $" as colours{(model.Preprocessing is null ? ", taken for RGB: the preprocessing is not known" : "")}"
                : planes.Length < inputs ? $", the first {planes.Length} of them" : "");
        MapScale scale = FilterSheet.ScaleOf(conv, filters);
        string stem = $"filters.{RuleNames.FileName(conv.Name)}";
        var report = new FilterReport(conv.Name, conv.WeightShape.Lengths.ToArray(), conv.Groups,
            [.. filters.Select(o => new FilterNorm(o, NormOf(conv, o), conv.Bias.IsEmpty ? 0 : conv.Bias.Span[o]))],
            inColour ? 3 : planes.Length, inColour ? order.ToString().ToLowerInvariant() : null, scale.Limit, scale.Percentile,
            $"{stem}.png", model.Path, model.Sha256, ResultFiles.Version);
        return new FilterResult(conv, filters, report, Invariant($"{conv.Name}: {subtitle}; scale up to {scale.Limit:G3}"), stem,
            () => inColour ? FilterSheet.DrawColours(title, subtitle, conv, filters, order)
                : FilterSheet.DrawPlanes(title, subtitle, conv, filters, planes),
            ResultProvenance.Of(model, options, stem));
    }

    private static double NormOf(Conv conv, int filter)
    {
        int length = conv.Weight.Length / conv.WeightShape[0];
        double sum = 0;
        foreach (float weight in conv.Weight.Span.Slice(filter * length, length)) sum += (double)weight * weight;
        return Math.Sqrt(sum);
    }
}
