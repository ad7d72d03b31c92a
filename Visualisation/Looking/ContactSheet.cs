using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Looking;

/// <summary>Many little pictures with a word each.</summary>
public static class ContactSheet
{
    /// <summary>Lays the sheet out.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="pictures">At least one, each with a word above it.</param>
    /// <param name="columns">Pictures in a row.</param>
    public static SheetPage Page(string title, string subtitle, IReadOnlyList<(string Word, Photo Picture)> pictures, int columns) =>
        Sheet.Page(title, subtitle, [new SheetRow([new SheetPanel("", Mosaic.Draw(pictures, columns))])]);
}
