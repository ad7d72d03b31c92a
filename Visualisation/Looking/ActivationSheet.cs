using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Looking;

/// <summary>A layer's feature maps side by side, all on one scale.</summary>
public static class ActivationSheet
{
    private const int TileSize = 64;
    private const int Columns = 16;

    /// <summary>The maps' scale: a percentile of the non-zero magnitudes; with a sign where a value is below 0.</summary>
    /// <param name="activation">[1, C, H, W].</param>
    /// <param name="channels">The maps that are shown.</param>
    /// <param name="percentile">Which percentile; null for the usual.</param>
    public static MapScale ScaleOf(Tensor<float> activation, IReadOnlyList<int> channels, double? percentile = null)
    {
        double p = percentile ?? MapScale.DefaultPercentile;
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

        return new MapScale(MapScale.PercentileOf(magnitudes, p), p, signed);
    }

    /// <summary>Draws the maps, above them photographs with receptive fields.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="activation">[1, C, H, W].</param>
    /// <param name="channels">The maps, in the order of the sheet.</param>
    /// <param name="units">Photographs with a receptive field each, and a word above; may be empty.</param>
    /// <param name="colours">The colours; null for the usual.</param>
    /// <param name="percentile">Which percentile ends a scale; null for the usual.</param>
    /// <param name="scales">Whether maps have one scale: all, those of a row of the sheet, or each its own.</param>
    public static SheetPage Draw(string title, string subtitle, Tensor<float> activation, IReadOnlyList<int> channels,
        IReadOnlyList<(string Word, Photo Picture)> units, ColorMap? colours = null, double? percentile = null,
        SheetScale scales = SheetScale.Shared)
    {
        ArgumentNullException.ThrowIfNull(units);
        MapScale scale = ScaleOf(activation, channels, percentile);
        ColorMap colors = (colours ?? ColorMap.Heat).For(scale.IsSigned);
        Dictionary<int, MapScale> ofMap = channels.Chunk(scales == SheetScale.Own ? 1 : scales == SheetScale.Row ? Columns : channels.Count)
            .SelectMany(chunk => chunk.Distinct().Select(c => (c, ScaleOf(activation, chunk, percentile) with { IsSigned = scale.IsSigned })))
            .DistinctBy(pair => pair.c).ToDictionary();
        SignalPlanes planes = SignalPlanes.Of(activation, 0);
        int times = Mosaic.TimesFor(Math.Max(planes.Width, planes.Height), TileSize);
        (string, Photo)[] tiles = [.. channels.Select(c =>
        {
            var map = new SaliencyMap(planes.Width, planes.Height, [.. planes[c]], scale.IsSigned ? Reduction.Signed
                : Reduction.Max);
            return ($"{c}", Mosaic.Enlarge(HeatMap.Draw(map, ofMap[c], colors), times));
        })];
        var rows = new List<SheetRow>();
        if (units.Count > 0)
        {
            rows.Add(new SheetRow([new SheetPanel("Units on the photograph", Mosaic.Draw(units, 4),
                "bright: what the unit can depend on, its receptive field")]));
        }

        SheetDrawing maps = Mosaic.Draw(tiles, Columns);
        string end = string.Create(CultureInfo.InvariantCulture, $"up to the {scale.Percentile}th percentile of the non-zero magnitudes")
            + (colours is null ? "" : $"; colours: {colors.Name}");
        rows.Add(scales == SheetScale.Shared
            ? new SheetRow([new SheetPanel("", maps)], new ColorBar(scale, colors, $"activation, one scale for all maps, {end}"))
            : new SheetRow([new SheetPanel("", maps, "activation, one scale for each "
                + $"{(scales == SheetScale.Row ? "row of maps" : "map")}, from 0 {end}")]));
        return Sheet.Page(title, subtitle, rows);
    }
}
