using NetViz.Visualisation.ClassModels;
using ScottPlot;

namespace NetViz.Visualisation.Plots;

/// <summary>Score and norm of a class model over the steps, one above the other.</summary>
public static class ClassModelPlot
{
    private const int Width = 900, Height = 640;

    /// <summary>Steps over which the median is taken.</summary>
    public const int MedianSteps = 20;

    /// <summary>Draws the picture, as PNG.</summary>
    /// <param name="curve">Step by step; at least one.</param>
    /// <param name="value">What the value is, e.g. "score of orange".</param>
    public static byte[] EncodePng(IReadOnlyList<ClassModelStep> curve, string value)
    {
        ArgumentNullException.ThrowIfNull(curve);
        ArgumentOutOfRangeException.ThrowIfZero(curve.Count, nameof(curve));
        double[] steps = [.. curve.Select(at => (double)at.Step)];
        var both = new Multiplot();
        both.AddPlots(2);
        Plot score = both.GetPlot(0), norm = both.GetPlot(1);
        Add(score, steps, [.. curve.Select(at => at.Value)], value);
        Add(score, steps, [.. curve.Select(at => at.Objective)], "less the penalties");
        Add(score, steps, RunningMedian([.. curve.Select(at => at.Value)]), $"median of {MedianSteps} steps");
        score.YLabel("value");
        score.ShowLegend(Alignment.LowerRight);
        Add(norm, steps, [.. curve.Select(at => at.Norm)], "norm");
        norm.YLabel("norm of the image, network units");
        norm.XLabel("step");
        foreach (Plot plot in (Plot[])[score, norm])
        {
            PlotStyle.SetOn(plot);
            plot.Axes.AutoScale();
            plot.Axes.SetLimitsX(0, Math.Max(1, curve.Count - 1));
        }

        using Image image = both.Render(Width, Height);
        return image.GetImageBytes(ImageFormat.Png);
    }

    /// <summary>The median of each value and the up to 19 before it.</summary>
    public static double[] RunningMedian(IReadOnlyList<double> values) => [.. values.Select((_, i) =>
    {
        double[] window = [.. values.Skip(Math.Max(0, i + 1 - MedianSteps)).Take(Math.Min(i + 1, MedianSteps)).Order()];
        return (window[(window.Length - 1) / 2] + window[window.Length / 2]) / 2;
    })];

    private static void Add(Plot plot, double[] steps, double[] values, string name)
    {
        var curve = plot.Add.Scatter(steps, values);
        curve.LegendText = name;
        curve.LineWidth = 2;
        curve.MarkerSize = 0;
    }
}
