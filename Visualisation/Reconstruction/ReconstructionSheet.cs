using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Reconstruction;

/// <summary>Reconstructions beside the patches of the photographs that they come from.</summary>
public static class ReconstructionSheet
{
    private const int Gap = 2;

    /// <summary>
    /// The layout of Zeiler and Fergus, figure 2: for each feature map a square of reconstructions beside a square of patches,
    /// the
    /// strongest first, row by row.
    /// </summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="maps">The units of each feature map.</param>
    /// <param name="rule">Which of their signals.</param>
    /// <param name="order">Which colours three channels are.</param>
    /// <param name="tileSize">The side of the largest receptive field in pixels.</param>
    /// <param name="mapsInRow">Feature maps side by side.</param>
    public static SheetPage DrawMaps(string title, string subtitle, IReadOnlyList<IReadOnlyList<ReconstructedUnit>> maps, int rule,
        ChannelOrder order, int tileSize = 56, int mapsInRow = 4)
    {
        ArgumentNullException.ThrowIfNull(maps);
        double scale = ScaleOf(maps.SelectMany(map => map), tileSize);
        int side = (int)Math.Ceiling(Math.Sqrt(maps.Max(map => map.Count)));
        (string, Photo)[] blocks = [.. maps.Select(map =>
        {
            Photo reconstructions = Square(map, side, tileSize, unit => Tile(unit, tileSize, scale, rule, order));
            Photo patches = Square(map, side, tileSize, unit => Tile(unit, tileSize, scale, null, order));
            Photo both = Painting.Blank(2 * reconstructions.Width + 3 * Gap, reconstructions.Height, Rgb.Grey(255));
            both.Paste(0, 0, reconstructions);
            both.Paste(reconstructions.Width + 3 * Gap, 0, patches);
            string values = string.Create(CultureInfo.InvariantCulture, $"{NumberText.Fixed(map[0].Unit.Value, "G3")} to "
                + $"{NumberText.Fixed(map[^1].Unit.Value, "G3")}");
            return ($"map {map[0].Unit.C}: {values}", both);
        })];
        return Sheet.Page(title, subtitle, [new SheetRow([new SheetPanel("", Mosaic.Draw(blocks, mapsInRow, gap: 16),
            "Left the reconstructions, each on its own scale, grey is 0; right what the same units see of the photographs, "
                + "in the same "
                + "places. The numbers are the strongest and the weakest of the activations.")])]);
    }

    /// <summary>A line for each unit: the photograph with its field, the patch, and a reconstruction for each rule.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="units">From top to bottom.</param>
    /// <param name="rules">The rules' names.</param>
    /// <param name="order">Which colours three channels are.</param>
    /// <param name="photo">The photograph.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    /// <param name="tileSize">The side of the pictures in pixels.</param>
    public static SheetPage DrawUnits(string title, string subtitle, IReadOnlyList<ReconstructedUnit> units,
        IReadOnlyList<string> rules,
        ChannelOrder order, Photo photo, InputPlacement placement, int tileSize = 168)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(rules);
        double scale = ScaleOf(units, tileSize);
        var tiles = new List<(string, Photo)>();
        foreach (ReconstructedUnit unit in units)
        {
            ActiveUnit u = unit.Unit;
            tiles.Add((string.Create(CultureInfo.InvariantCulture, $"map {u.C} at {u.Y},{u.X}: "
                + $"{NumberText.Fixed(u.Value, "G3")}"),
                FieldPicture.Draw(photo, placement, unit.Field, tileSize)));
            tiles.Add(("patch", Tile(unit, tileSize, scale, null, order)));
            for (int r = 0; r < rules.Count; r++) tiles.Add((rules[r], Tile(unit, tileSize, scale, r, order)));
        }

        return Sheet.Page(title, subtitle, [new SheetRow([new SheetPanel("", Mosaic.Draw(tiles, 2 + rules.Count),
            "A line for each unit. Reconstructions each on their own scale, grey is 0.")])]);
    }

    /// <summary>Sheet pixels to an input pixel: the largest field just fits; all others are enlarged as much.</summary>
    private static double ScaleOf(IEnumerable<ReconstructedUnit> units, int tileSize) => tileSize / (double)units.Max(unit =>
        Math.Max(unit.Field.Bottom - unit.Field.Top, unit.Field.Right - unit.Field.Left) + 1);

    private static Photo Tile(ReconstructedUnit unit, int tileSize, double scale, int? rule, ChannelOrder order)
    {
        int width = Math.Max(1, (int)Math.Round((unit.Field.Right - unit.Field.Left + 1) * scale));
        int height = Math.Max(1, (int)Math.Round((unit.Field.Bottom - unit.Field.Top + 1) * scale));
        Photo picture = rule is int r ? unit.Picture(r, order, width, height) : unit.Patch.Resize(width, height);
        Photo tile = Painting.Blank(tileSize, tileSize, Rgb.Grey(232));
        tile.Paste((tileSize - width) / 2, (tileSize - height) / 2, picture);
        return tile;
    }

    private static Photo Square(IReadOnlyList<ReconstructedUnit> units, int side, int tileSize,
        Func<ReconstructedUnit, Photo> tile)
    {
        int length = side * (tileSize + Gap) - Gap;
        Photo square = Painting.Blank(length, length, Rgb.Grey(255));
        for (int i = 0; i < units.Count; i++)
            square.Paste(i % side * (tileSize + Gap), i / side * (tileSize + Gap), tile(units[i]));
        return square;
    }
}
