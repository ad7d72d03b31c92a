using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Figures;

/// <summary>Lays the maps of a figure out: rows are pictures, columns methods; a unit is a tenth of a millimetre.</summary>
internal sealed class FigureLayout(FigureStyle options, IReadOnlyList<FigurePanel[]> rows)
{
    private const int UnitsAMillimetre = 10;

    private static readonly SheetStyle Style = new()
    {
        Margin = 2, Gutter = 14, LineGap = 7, BarHeight = 16, BarLead = 2, Tick = 6, TickGap = 9, LineWidth = 1, TitleGap = 8, RowGap = 10,
        NarrowestColumn = 0, WideBar = 700, Title = new(24, 3, IsBold: true), Caption = new(19, 2.4, IsBold: true), Note = new(16, 2),
    };

    private readonly Dictionary<(int Scope, string Formula), MapScale> _scales = [];

    /// <summary>The laid out figure.</summary>
    public FigurePage Lay()
    {
        int methods = rows[0].Length, panels = Math.Min(options.RowLength, methods + (options.Photographs ? 1 : 0));
        int inRow = options.Photographs ? panels - 1 : panels;
        int total = (int)Math.Round(options.Width * UnitsAMillimetre);
        int width = Math.Max(1, (total - 2 * Style.Margin - (panels - 1) * Style.Gutter) / panels);
        FindScales();
        bool hasOneQuantity = rows.SelectMany(row => row).Select(cell => (cell.Formula, cell.Map.IsSigned)).Distinct().Count() == 1;
        var laid = new List<SheetRow>();
        for (int r = 0; r < rows.Count; r++)
        for (int first = 0; first < methods; first += inRow)
        {
            int[] chunk = [.. Enumerable.Range(first, Math.Min(inRow, methods - first))];
            bool hasTitles = r == 0 || methods > inRow;
            // A bar below each map where scales differ from map to map; otherwise one for the row, or for the figure.
            bool isLast = r == rows.Count - 1 && first + inRow >= methods;
            bool barBelowEach = options.Bars && (options.Scale == SheetScale.Own || (!hasOneQuantity
                && (options.Scale == SheetScale.Row || r == rows.Count - 1)));
            bool barBelowRow = options.Bars && hasOneQuantity && (options.Scale == SheetScale.Row || (options.Scale == SheetScale.Shared && isLast));
            var cells = new List<SheetPanel>();
            if (options.Photographs) cells.Add(first > 0 ? new SheetPanel("", null) : PhotographOf(r, width));
            foreach (int c in chunk) cells.Add(PanelOf(r, c, width, hasTitles, barBelowEach));
            laid.Add(new SheetRow(cells, barBelowRow ? BarOf(rows[r][chunk[0]], r, chunk[0]) : null, options.Photographs ? 1 : 0));
        }

        var sheet = new Sheet(options.Title, "", laid, Style, options.Notes ? Statement() : "");
        int unitsWide = 2 * Style.Margin + panels * width + (panels - 1) * Style.Gutter;
        return new FigurePage(new SheetPage(sheet), options.Width / unitsWide);
    }

    /// <summary>One scale for each quantity in each scope: the figure, a row, or a map.</summary>
    private void FindScales()
    {
        var maps = new Dictionary<(int, string), List<SaliencyMap>>();
        for (int r = 0; r < rows.Count; r++)
        for (int c = 0; c < rows[r].Length; c++)
        {
            if (!maps.TryGetValue(KeyOf(r, c), out List<SaliencyMap>? known)) maps[KeyOf(r, c)] = known = [];
            known.Add(rows[r][c].Map);
        }

        foreach (((int, string) key, List<SaliencyMap> together) in maps) _scales[key] = MapScale.Shared(together, options.Percentile);
    }

    private (int Scope, string Formula) KeyOf(int row, int column) => (options.Scale switch
    {
        SheetScale.Shared => 0,
        SheetScale.Row => row,
        _ => row * rows[0].Length + column,
    }, $"{rows[row][column].Formula} {rows[row][column].Map.Reduction}");

    private ColorMap ColoursOf(FigurePanel cell) =>
        (options.Colours ?? ColorMap.Heat).For(cell.Map.IsSigned);

    private ColorBar BarOf(FigurePanel cell, int row, int column) => new(_scales[KeyOf(row, column)], ColoursOf(cell), "");

    private SheetPanel PhotographOf(int row, int width)
    {
        FigurePanel cell = rows[row][0];
        return new SheetPanel(row == 0 ? "picture" : "", new SheetPicture(cell.Photo, width, HeightOf(cell.Photo, width)),
            cell.Caption);
    }

    private SheetPanel PanelOf(int row, int column, int width, bool hasTitle, bool hasBar)
    {
        FigurePanel cell = rows[row][column];
        MapScale scale = _scales[KeyOf(row, column)];
        string note = !options.Notes ? "" : cell.Map.Peak == 0 ? "every value is 0"
            : SaliencyPictures.IsNearlyEmpty(cell.Map, scale) ? "nearly empty on this scale" : "";
        if (note.Length == 0) note = cell.Note;
        return new SheetPanel(hasTitle ? TitleOf(column) : "",
            new SheetPicture(cell.Draw(scale, ColoursOf(cell), options.Overlay), width, HeightOf(cell.Photo, width)), note,
            hasBar ? BarOf(cell, row, column) : null);
    }

    private string TitleOf(int column) => rows[0][column].Title;

    private static int HeightOf(Photo photo, int width) => Math.Max(1, (int)Math.Round((double)width * photo.Height / photo.Width));

    /// <summary>What maps show, which have one scale, and the colours, in words.</summary>
    private string Statement()
    {
        string[] formulas = [.. rows[0].Select((cell, c) => (cell.Formula, Title: TitleOf(c))).GroupBy(pair => pair.Formula)
            .Select(group => rows[0].Select(cell => cell.Formula).Distinct().Count() == 1 ? group.Key
                : $"{string.Join(", ", group.Select(pair => pair.Title))}: {group.Key}")];
        string scales = options.Scale switch
        {
            SheetScale.Shared => formulas.Length == 1 ? "one scale for all maps" : "one scale for all maps of a quantity",
            SheetScale.Row => formulas.Length == 1 ? "one scale for each row" : "one scale for the maps of a quantity in a row",
            _ => "each map has its own scale",
        };
        double percentile = _scales.Values.First().Percentile;
        string colours = options.Colours is null ? "" : $"; colours: {options.Colours.Name}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{string.Join("; ", formulas)}. Scale: {options.Scale.ToString().ToLowerInvariant()} ({scales}), up to the {percentile}th percentile{colours}.");
    }
}
