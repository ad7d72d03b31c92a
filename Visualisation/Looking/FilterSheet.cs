using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Looking;

/// <summary>
/// The filters of a convolution: those of three input channels in colour, others a grey plane for each channel.
/// </summary>
public static class FilterSheet
{
    /// <summary>The side that a filter is enlarged to, about.</summary>
    private const int TileSize = 44;
    private const int ColumnsOfColours = 16;

    /// <summary>The scale of a layer's filters: a percentile of the magnitudes of those that are shown.</summary>
    /// <param name="conv">The convolution.</param>
    /// <param name="filters">Output channels.</param>
    public static MapScale ScaleOf(Conv conv, IReadOnlyList<int> filters)
    {
        ArgumentNullException.ThrowIfNull(conv);
        ArgumentNullException.ThrowIfNull(filters);
        int length = conv.WeightShape[1] * conv.WeightShape[2] * conv.WeightShape[3];
        var magnitudes = new List<float>();
        foreach (int o in filters) MapScale.AddMagnitudes(conv.Weight.Span.Slice(o * length, length), magnitudes);
        return new MapScale(MapScale.PercentileOf(magnitudes, MapScale.DefaultPercentile), MapScale.DefaultPercentile,
            IsSigned: true);
    }

    /// <summary>Draws filters in colour: grey is 0, brighter is above, each input channel its own colour.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="conv">A convolution of three input channels.</param>
    /// <param name="filters">Output channels, in the order of the sheet.</param>
    /// <param name="order">Which colours the three channels are.</param>
    public static SheetPage DrawColours(string title, string subtitle, Conv conv, IReadOnlyList<int> filters, ChannelOrder order)
    {
        MapScale scale = ScaleOf(conv, filters);
        (int h, int w) = (conv.WeightShape[2], conv.WeightShape[3]);
        int times = Mosaic.TimesFor(Math.Max(h, w), TileSize);
        (string, Photo)[] tiles = [.. filters.Select(o =>
        {
            var photo = new Photo(w, h, new byte[w * h * 3]);
            for (int i = 0; i < w * h; i++)
            for (int colour = 0; colour < 3; colour++)
            {
                int c = order == ChannelOrder.Bgr ? 2 - colour : colour;
                photo.Rgb[3 * i + colour] = Grey(scale, conv.Weight.Span[(o * 3 + c) * w * h + i]);
            }

            return ($"{o}", Mosaic.Enlarge(photo, times));
        })];
        return Sheet.Page(title, subtitle, [new SheetRow([new SheetPanel("", Mosaic.Draw(tiles, ColumnsOfColours),
            $"Grey is 0, a channel's full colour {Sheet.Number(scale.Limit)} or more, none -{Sheet.Number(scale.Limit)} or less "
                + $"(the {scale.Percentile}th percentile of the magnitudes); one scale for all.")])]);
    }

    /// <summary>Draws filters as grey planes: a row for each, a plane for each of its input channels.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="conv">The convolution.</param>
    /// <param name="filters">Output channels, from top to bottom.</param>
    /// <param name="planes">Input channels within the filter's group, from left to right.</param>
    public static SheetPage DrawPlanes(string title, string subtitle, Conv conv, IReadOnlyList<int> filters,
        IReadOnlyList<int> planes)
    {
        ArgumentNullException.ThrowIfNull(planes);
        MapScale scale = ScaleOf(conv, filters);
        (int channels, int h, int w) = (conv.WeightShape[1], conv.WeightShape[2], conv.WeightShape[3]);
        int times = Mosaic.TimesFor(Math.Max(h, w), TileSize / 2);
        var tiles = new List<(string, Photo)>();
        foreach (int o in filters)
        foreach (int c in planes)
        {
            var photo = new Photo(w, h, new byte[w * h * 3]);
            for (int i = 0; i < w * h; i++)
                photo.Rgb.AsSpan(3 * i, 3).Fill(Grey(scale, conv.Weight.Span[(o * channels + c) * w * h + i]));
            tiles.Add((c == planes[0] ? $"{o}" : "", Mosaic.Enlarge(photo, times)));
        }

        return Sheet.Page(title, subtitle, [new SheetRow([new SheetPanel("", Mosaic.Draw(tiles, planes.Count, gap: 3),
            $"Grey is 0, white {Sheet.Number(scale.Limit)} or more, black -{Sheet.Number(scale.Limit)} or less (the "
                + $"{scale.Percentile}th percentile of the magnitudes); one scale for all. The number is the filter's.")])]);
    }

    private static byte Grey(in MapScale scale, float weight) => (byte)Math.Round(128 + 127 * scale.Position(weight));
}
