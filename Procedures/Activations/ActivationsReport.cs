using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>What x.activations.LAYER.json holds.</summary>
internal sealed record ActivationsReport : OneImageReport
{
    public ActivationsReport(OneImage image, InnerLayer layer, MapScale scale, IReadOnlyList<MapStatistics> maps,
        IReadOnlyList<UnitReport> units, string sheet)
        : base(image) =>
        (Layer, LayerShape, ScaleLimit, ScalePercentile, Maps, Units, Sheet) = (layer.Name,
            [layer.Channels, layer.Height, layer.Width], scale.Limit, scale.Percentile, maps, units, sheet);

    public string Layer { get; }

    /// <summary>Maps, rows, columns.</summary>
    public int[] LayerShape { get; }

    public float ScaleLimit { get; }

    public double ScalePercentile { get; }

    public IReadOnlyList<MapStatistics> Maps { get; }

    public IReadOnlyList<UnitReport> Units { get; }

    public string Sheet { get; init; }
}

/// <summary>One feature map in numbers; Y and X are the row and column of the first largest value.</summary>
public sealed record MapStatistics(int Channel, float Largest, int Y, int X, double Mean, double ShareAboveZero)
{
    internal static MapStatistics Of(Tensor<float> planes, int channel)
    {
        int height = (int)planes.Lengths[2], width = (int)planes.Lengths[3];
        (float largest, int at, double sum, int above) = (float.NegativeInfinity, 0, 0, 0);
        for (int i = 0; i < height * width; i++)
        {
            float value = planes[0, channel, i / width, i % width];
            if (value > largest) (largest, at) = (value, i);
            sum += value;
            if (value > 0) above++;
        }

        return new MapStatistics(channel, largest, at / width, at % width, sum / (height * width),
            above / (double)(height * width));
    }
}

/// <summary>A unit and what it sees.</summary>
public sealed record UnitReport(int Channel, int Y, int X, float Value, FieldReport Field);

/// <summary>
/// A receptive field: how many input pixels, the box around them, all four edges included, and the box in photograph pixels.
/// </summary>
public sealed record FieldReport(int Pixels, bool IsRectangle, int Left, int Top, int Right, int Bottom, double[]? PhotoBox)
{
    internal FieldReport(ReceptiveField field, InputPlacement? placement)
        : this(field.Count, field.IsRectangle, field.Left, field.Top, field.Right, field.Bottom,
            placement is { } p && field.Count > 0 && FieldPicture.BoxOf(field, p) is var box
                ? [box.Left, box.Top, box.Width, box.Height] : null)
    {
    }

    internal string InWords() => Pixels == 0 ? "it sees padding alone" : $"it sees {Right - Left + 1}x{Bottom - Top + 1} input "
        + $"pixels, "
        + $"columns {Left} to {Right}, rows {Top} to {Bottom}{(IsRectangle ? "" : $", {Counted.Of(Pixels, "pixel")} of them")}"
        + (PhotoBox is [double left, double top, double width, double height]
            ? Invariant($"; on the photograph {width:0.#}x{height:0.#} at {left:0.#},{top:0.#}") : "");
}
