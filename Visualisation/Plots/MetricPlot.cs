using NetViz.Engine.Files;
using NetViz.Visualisation.Rendering.Pages;
using ScottPlot;
using ScottPlot.MultiplotLayouts;
using ScottPlot.TickGenerators;

namespace NetViz.Visualisation.Plots;

/// <summary>Figures of an evaluation, drawn: one panel, or several, two beside each other.</summary>
/// <param name="Panels">The panels, row by row; at least one.</param>
public sealed record MetricPlot(IReadOnlyList<PlotPanel> Panels)
{
    private const int PanelWidth = 640, PanelHeight = 400;

    /// <summary>The picture as PNG.</summary>
    public byte[] EncodePng()
    {
        (Multiplot all, int width, int height) = Laid();
        using Image image = all.Render(width, height);
        return image.GetImageBytes(ImageFormat.Png);
    }

    /// <summary>The picture as a file of any format.</summary>
    /// <param name="format">The format.</param>
    public byte[] Encode(SheetFormat format)
    {
        if (format == SheetFormat.Png) return EncodePng();
        (Multiplot all, int width, int height) = Laid();
        return VectorFile.Encode(format, "NetViz", width, height, canvas => all.Render(canvas, new PixelRect(0, width, height, 0)));
    }

    /// <summary>Writes the picture in the format that the file's name ends in.</summary>
    /// <param name="path">The file; an earlier result is replaced.</param>
    /// <exception cref="NetViz.Engine.NetVizException">The name ends in no format, or the file cannot be written.</exception>
    public void Write(string path)
    {
        SheetFormat format = SheetFormats.OfFile("Plot", path);
        OutputFile.Write(path, format.Kind(), Encode(format));
    }

    private (Multiplot Plot, int Width, int Height) Laid()
    {
        int columns = Math.Min(2, Panels.Count), rows = (Panels.Count + columns - 1) / columns;
        var all = new Multiplot { Layout = new Grid(rows, columns) };
        all.AddPlots(Panels.Count);
        for (int i = 0; i < Panels.Count; i++) Panels[i].DrawOn(all.GetPlot(i));
        return (all, columns * PanelWidth, rows * PanelHeight);
    }
}

/// <summary>One pair of axes with its lines.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="XLabel">What goes to the right.</param>
/// <param name="YLabel">What goes up.</param>
/// <param name="Lines">The lines.</param>
public sealed record PlotPanel(string Title, string XLabel, string YLabel, IReadOnlyList<PlotLine> Lines)
{
    // Names that are longer together stand aslant, in the room that the longest of them needs.
    private const int LevelLetters = 64, AslantLetters = 24;

    /// <summary>Words for x = 0, 1, 2, ...; null where x is a number.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The lowest y shown; null for what the lines need.</summary>
    public double? YMin { get; init; }

    /// <summary>The highest y shown; null for what the lines need.</summary>
    public double? YMax { get; init; }

    internal void DrawOn(Plot plot)
    {
        for (int i = 0; i < Lines.Count; i++) Lines[i].DrawOn(plot, plot.Add.Palette.GetColor(i));
        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        if (Lines.Count > 1) plot.ShowLegend(Edge.Right);
        PlotStyle.SetOn(plot);
        plot.Axes.AutoScale();
        if (YMin is not null || YMax is not null)
        {
            AxisLimits limits = plot.Axes.GetLimits();
            plot.Axes.SetLimitsY(YMin ?? limits.Bottom, YMax ?? limits.Top);
        }

        if (Names is null) return;
        plot.Axes.SetLimitsX(-0.5, Names.Count - 0.5);
        bool isLevel = Names.Sum(name => name.Length + 2) <= LevelLetters;
        string[] names = isLevel ? [.. Names] : [.. Names.Select(name => Cut(name, AslantLetters))];
        plot.Axes.Bottom.TickGenerator =
            new NumericManual([.. Enumerable.Range(0, Names.Count).Select(i => (double)i)], names);
        if (isLevel) return;
        plot.Axes.Bottom.TickLabelStyle.Rotation = -45;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleRight;
        plot.Axes.Bottom.MinimumSize = 40 + 5 * names.Max(name => name.Length);
    }

    // A composite rule's name can be as long as its author likes.
    internal static string Cut(string name, int letters) =>
        name.Length <= letters ? name : string.Concat(name.AsSpan(0, letters - 3), "...");
}

/// <summary>A line, or points with their intervals.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">As many.</param>
public sealed record PlotLine(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>The lower ends of the points' intervals; null if there are none.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>The upper ends.</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Whether only the points are drawn.</summary>
    public bool IsPoints { get; init; }

    /// <summary>Whether it is something to compare with, drawn grey.</summary>
    public bool IsBaseline { get; init; }

    private const int LegendLetters = 36;

    internal void DrawOn(Plot plot, Color color)
    {
        double[] x = [.. X], y = [.. Y];
        var line = plot.Add.Scatter(x, y);
        line.LegendText = PlotPanel.Cut(Name, LegendLetters);
        line.LineWidth = IsPoints ? 0 : 2;
        line.MarkerSize = IsPoints ? 9 : X.Count > 20 ? 0 : 6;
        line.Color = IsBaseline ? Colors.Gray : color;
        if (IsBaseline) line.LinePattern = LinePattern.Dashed;

        if (Low is null || High is null || Low.Any(double.IsNaN)) return;
        if (IsPoints)
        {
            double[] reach = [.. Low.Select((low, i) => (High[i] - low) / 2)];
            double[] middle = [.. Low.Select((low, i) => (High[i] + low) / 2)];
            var bars = plot.Add.ErrorBar(x, middle, reach);
            bars.Color = line.Color;
        }
        else
        {
            var band = plot.Add.FillY(x, [.. Low], [.. High]);
            band.FillColor = line.Color.WithAlpha(0.2);
            band.LineWidth = 0;
        }
    }
}
