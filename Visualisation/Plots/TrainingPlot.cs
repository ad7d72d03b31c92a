using NetViz.Engine.Files;
using NetViz.Training;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace NetViz.Visualisation.Plots;

/// <summary>Loss and accuracy over the epochs of a training, one above the other.</summary>
public static class TrainingPlot
{
    private const int Width = 1000, Height = 800;

    /// <summary>Writes the picture as PNG.</summary>
    /// <param name="log">The epochs; at least one.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="NetViz.Engine.NetVizException">The file cannot be written.</exception>
    public static void WritePng(IReadOnlyList<EpochLog> log, string path)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentOutOfRangeException.ThrowIfZero(log.Count, nameof(log));
        var both = new Multiplot();
        both.AddPlots(2);
        Plot loss = both.GetPlot(0), accuracy = both.GetPlot(1);
        AddCurve(loss, "training", log, epoch => epoch.TrainingLoss);
        AddCurve(loss, "held out", log, epoch => epoch.ValidationLoss);
        Finish(loss, "loss", log.Count, Alignment.UpperRight);

        AddCurve(accuracy, "training, top-1", log, epoch => 100 * epoch.TrainingTop1);
        AddCurve(accuracy, "held out, top-1", log, epoch => 100 * epoch.ValidationTop1);
        AddCurve(accuracy, "held out, top-5", log, epoch => 100 * epoch.ValidationTop5);
        Finish(accuracy, "accuracy, %", log.Count, Alignment.LowerRight);
        accuracy.Axes.SetLimitsY(0, 100);

        using Image image = both.Render(Width, Height);
        OutputFile.Write(path, ResultKind.Picture, image.GetImageBytes(ImageFormat.Png), again: true);
    }

    private static void AddCurve(Plot plot, string name, IReadOnlyList<EpochLog> log, Func<EpochLog, double?> value)
    {
        EpochLog[] known = [.. log.Where(epoch => value(epoch) is not null)];
        if (known.Length == 0) return;
        var curve = plot.Add.Scatter(Array.ConvertAll(known, epoch => (double)epoch.Epoch),
            Array.ConvertAll(known, epoch => value(epoch)!.Value));
        curve.LegendText = name;
        curve.LineWidth = 2;
        curve.MarkerSize = known.Length > 60 ? 0 : 6;
    }

    private static void Finish(Plot plot, string unit, int epochs, Alignment legend)
    {
        plot.XLabel("epoch");
        plot.YLabel(unit);
        plot.ShowLegend(legend);
        PlotStyle.SetOn(plot);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsX(0.5, Math.Max(2, epochs) + 0.5);
    }
}
