using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Looking;

/// <summary>Many small pictures in rows and columns, each with a word above it.</summary>
internal static class Mosaic
{
    private const int Gap = 6;
    private static readonly SheetLetters Letters = new(8, 1.15);

    /// <summary>Lays tiles out; a column is as wide as the widest.</summary>
    /// <param name="tiles">Each with its word, which may be empty.</param>
    /// <param name="columns">Tiles in a row.</param>
    /// <param name="gap">Pixels between them.</param>
    public static SheetDrawing Draw(IReadOnlyList<(string Word, Photo Picture)> tiles, int columns, int gap = Gap) =>
        Laid([.. tiles.Select(tile => (tile.Word, (SheetDrawing)tile.Picture!))], columns, gap);

    /// <summary>Lays drawings out; a column is as wide as the widest.</summary>
    /// <param name="tiles">Each with its word, which may be empty.</param>
    /// <param name="columns">Tiles in a row.</param>
    /// <param name="gap">Pixels between them.</param>
    public static SheetDrawing Laid(IReadOnlyList<(string Word, SheetDrawing Picture)> tiles, int columns, int gap = Gap)
    {
        columns = Math.Min(columns, tiles.Count);
        int width = tiles.Max(tile => tile.Picture.Width), height = tiles.Max(tile => tile.Picture.Height);
        int words = tiles.Any(tile => tile.Word.Length > 0) ? Letters.CapHeight + 7 : 0;
        int rows = (tiles.Count + columns - 1) / columns;
        return new Tiles(tiles, columns, gap, words, columns * (width + gap) - gap, rows * (height + words + gap) - gap);
    }

    private sealed record Tiles(IReadOnlyList<(string Word, SheetDrawing Picture)> All, int Columns, int Gap, int Words, int Width,
        int Height) : SheetDrawing(Width, Height)
    {
        public override void Draw(SheetCanvas canvas, int x, int y)
        {
            int width = All.Max(tile => tile.Picture.Width), height = All.Max(tile => tile.Picture.Height);
            for (int i = 0; i < All.Count; i++)
            {
                int left = x + i % Columns * (width + Gap), top = y + i / Columns * (height + Words + Gap);
                canvas.Write(Letters, left, top + Letters.CapHeight + 1, canvas.Fit(Letters, All[i].Word, width), Rgb.Grey(40));
                All[i].Picture.Draw(canvas, left, top + Words);
            }
        }
    }

    /// <summary>Each pixel as a square of some pixels.</summary>
    public static Photo Enlarge(Photo photo, int times)
    {
        var large = new Photo(photo.Width * times, photo.Height * times, new byte[photo.Rgb.Length * times * times]);
        for (int y = 0; y < large.Height; y++)
        for (int x = 0; x < large.Width; x++)
        {
            photo.Rgb.AsSpan((y / times * photo.Width + x / times) * 3, 3).CopyTo(large.Rgb.AsSpan((y * large.Width + x) * 3));
        }

        return large;
    }

    /// <summary>How often a side is enlarged to come near a length.</summary>
    public static int TimesFor(int side, int wanted) => Math.Max(1, (int)Math.Round((double)wanted / side));

    /// <summary>
    /// A part of a photograph at another size: linear when enlarged, means when made smaller; what lies outside is grey.
    /// </summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="left">Photograph x of the part's left edge.</param>
    /// <param name="top">Photograph y of its top edge.</param>
    /// <param name="width">Its width in photograph pixels.</param>
    /// <param name="height">Its height in photograph pixels.</param>
    /// <param name="toWidth">Columns wanted.</param>
    /// <param name="toHeight">Rows wanted.</param>
    public static Photo Cut(Photo photo, double left, double top, double width, double height, int toWidth, int toHeight)
    {
        (double sx, double sy) = (toWidth / width, toHeight / height);
        var resampling = new Resampling(new InputPlacement(photo.Width, photo.Height, -left * sx, -top * sy, photo.Width * sx,
            photo.Height * sy), toWidth, toHeight);
        var part = new Photo(toWidth, toHeight, new byte[toWidth * toHeight * 3]);
        for (int c = 0; c < 3; c++)
        {
            float[] plane = resampling.Resample((y, row) =>
            {
                for (int x = 0; x < row.Length; x++) row[x] = photo.Rgb[(y * photo.Width + x) * 3 + c];
            });
            for (int i = 0; i < plane.Length; i++)
                part.Rgb[3 * i + c] = float.IsNaN(plane[i]) ? (byte)128 : (byte)MathF.Round(plane[i]);
        }

        return part;
    }
}
