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
            page.Row(_ =>
            {
                for (int i = 0; i < rows[r].Panels.Count; i++) Panel(page, rows[r].Panels[i], rows[0].Panels[i].Caption, r);
            });
            if (rows[r].Bar is ColorBar bar) page.Scale(bar);
        }

        return page;
    }

    private static void Panel(HtmlPage page, SheetPanel panel, string name, int row)
    {
        if (panel.Picture is null) page.Note(panel.Caption, panel.Note);
        else page.Figure(panel.Picture, row == 0 ? name : $"{name}, the signal itself", panel.Note, name);
        if (panel.Bar is not null) page.Scale(panel.Bar);
    }
}
