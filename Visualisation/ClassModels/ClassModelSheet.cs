using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.ClassModels;

/// <summary>A picture of a sheet of class models.</summary>
/// <param name="Caption">The class.</param>
/// <param name="Picture">Its model.</param>
/// <param name="Note">A line below it.</param>
public sealed record ClassModelPanel(string Caption, Photo Picture, string Note);

/// <summary>Class models on a page: a row for each procedure, a column for each class.</summary>
public static class ClassModelSheet
{
    // Small inputs are shown two to four times as large.
    private const int PanelSize = 200;

    /// <summary>Draws classes in rows, presets in columns.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="rows">From top to bottom; more panels than fit into a row go on in the next.</param>
    /// <param name="columns">Panels in a row.</param>
    public static SheetPage Draw(string title, string subtitle, IReadOnlyList<IReadOnlyList<ClassModelPanel>> rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Sheet.Page(title, subtitle, [.. rows.SelectMany(row => row.Chunk(columns)).Select(row =>
            new SheetRow([.. row.Select(panel => new SheetPanel(panel.Caption, Enlarged(panel.Picture), panel.Note))]))]);
    }

    // Whole pixels as squares where the picture is small: nothing is drawn that is not in it.
    private static Photo Enlarged(Photo picture)
    {
        int times = Math.Max(1, PanelSize / Math.Max(picture.Width, picture.Height));
        if (times == 1) return picture;
        int width = picture.Width * times, height = picture.Height * times;
        var rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.Length; i++)
        {
            int pixel = i / 3, y = pixel / width / times, x = pixel % width / times;
            rgb[i] = picture.Rgb[3 * (y * picture.Width + x) + i % 3];
        }

        return new Photo(width, height, rgb);
    }
}
