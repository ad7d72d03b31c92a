using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Reports;

/// <summary>The pictures of <see cref="SaliencyPictures.Sheet"/> on a page: a picture each, their texts as text.</summary>
public static class MapSection
{
    /// <summary>Adds the photograph and the maps of all rules, their scale, and below them the signals.</summary>
    /// <param name="page">The page.</param>
    /// <param name="pictures">What is drawn, and how.</param>
    public static HtmlPage Maps(this HtmlPage page, SaliencyPictures pictures)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(pictures);
        IReadOnlyList<SheetRow> rows = new SaliencySheet(pictures).Rows();
        for (int r = 0; r < rows.Count; r++)
        {
            // A row of signals has no captions of its own: they are those of the maps above it.
            bool isSignals = r > 0 && rows[r].Panels.Skip(1).All(panel => panel.Caption.Length == 0);
            IReadOnlyList<SheetPanel> named = rows[isSignals ? r - 1 : r].Panels;
            page.Row(_ =>
            {
                for (int i = 0; i < rows[r].Panels.Count; i++) Panel(page, rows[r].Panels[i], named[i].Caption, isSignals);
            });
            if (rows[r].Bar is ColorBar bar) page.Scale(bar);
        }

        return page;
    }

    private static void Panel(HtmlPage page, SheetPanel panel, string name, bool isSignal)
    {
        if (panel.Picture is null) page.Note(panel.Caption, panel.Note);
        else page.Figure(panel.Picture.ToPhoto(), !isSignal ? name : $"{name}, the signal itself", panel.Note, name);
        if (panel.Bar is not null) page.Scale(panel.Bar);
    }
}
