using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Looking;

/// <summary>A layer's feature maps side by side, all on one scale.</summary>
public static class ActivationSheet
{
    private const int TileSize = 64;
    private const int Columns = 16;

    /// <summary>The maps' scale: a percentile of the non-zero magnitudes; with a sign where a value is below 0.</summary>
    /// <param name="activation">[1, C, H, W].</param>
    /// <param name="channels">The maps that are shown.</param>
    public static MapScale ScaleOf(Tensor<float> activation, IReadOnlyList<int> channels)
    {
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(channels);
        SignalPlanes planes = SignalPlanes.Of(activation, 0);
        var magnitudes = new List<float>();
        bool signed = false;
        foreach (int c in channels)
        {
            MapScale.AddMagnitudes(planes[c], magnitudes);
            signed |= TensorPrimitives.Min<float>(planes[c]) < 0;
        }

        return new MapScale(MapScale.PercentileOf(magnitudes, MapScale.DefaultPercentile), MapScale.DefaultPercentile, signed);
    }

    /// <summary>Draws the maps, above them photographs with receptive fields.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="activation">[1, C, H, W].</param>
    /// <param name="channels">The maps, in the order of the sheet.</param>
    /// <param name="units">Photographs with a receptive field each, and a word above; may be empty.</param>
    public static Photo Draw(string title, string subtitle, Tensor<float> activation, IReadOnlyList<int> channels,
        IReadOnlyList<(string Word, Photo Picture)> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        MapScale scale = ScaleOf(activation, channels);
        ColorMap colors = scale.IsSigned ? ColorMap.Diverging : ColorMap.Heat;
        SignalPlanes planes = SignalPlanes.Of(activation, 0);
        int times = Mosaic.TimesFor(Math.Max(planes.Width, planes.Height), TileSize);
        (string, Photo)[] tiles = [.. channels.Select(c =>
        {
            var map = new SaliencyMap(planes.Width, planes.Height, [.. planes[c]], scale.IsSigned ? Reduction.Signed
                : Reduction.Max);
            return ($"{c}", Mosaic.Enlarge(HeatMap.Draw(map, scale, colors), times));
        })];
        var rows = new List<SheetRow>();
        if (units.Count > 0)
        {
            rows.Add(new SheetRow([new SheetPanel("Units on the photograph", Mosaic.Draw(units, 4),
                "bright: what the unit can depend on, its receptive field")]));
        }

        Photo maps = Mosaic.Draw(tiles, Columns);
        rows.Add(new SheetRow([new SheetPanel("", maps)], new ColorBar(scale, colors,
            $"activation, one scale for all maps, up to the {scale.Percentile}th percentile of the non-zero magnitudes")));
        return Sheet.Draw(title, subtitle, rows);
    }
}
