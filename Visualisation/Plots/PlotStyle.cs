using ScottPlot;

namespace NetViz.Visualisation.Plots;

/// <summary>What all plots share: the typeface and its sizes, a quiet legend.</summary>
internal static class PlotStyle
{
    private const float TitleSize = 15, LabelSize = 13, TickSize = 12;

    /// <summary>Sets typeface and sizes of every word on a plot; called once its legend is where it belongs.</summary>
    public static void SetOn(Plot plot)
    {
        InterFont.Register();
        Set(plot.Axes.Title.Label, TitleSize, bold: true);
        foreach (IAxis axis in plot.Axes.GetAxes())
        {
            Set(axis.Label, LabelSize, bold: false);
            Set(axis.TickLabelStyle, TickSize, bold: false);
        }

        plot.Legend.FontName = InterFont.Name;
        plot.Legend.FontSize = TickSize;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Colors.LightGray;
    }

    private static void Set(LabelStyle label, float size, bool bold)
    {
        label.FontName = InterFont.Name;
        label.FontSize = size;
        label.Bold = bold;
    }
}
