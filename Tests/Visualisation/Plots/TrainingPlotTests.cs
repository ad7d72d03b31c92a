using NetViz.Engine.Imaging;
using NetViz.Training;
using NetViz.Visualisation.Plots;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Plots;

public class TrainingPlotTests
{
    [TestCase(1, false)]
    [TestCase(5, false)]
    [TestCase(5, true)]
    [TestCase(200, true)]
    public void Curves_are_drawn(int epochs, bool heldOut)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("plot.png");
        TrainingPlot.WritePng(Log(epochs, heldOut), path);
        Photo plot = ImageFile.Read(path);
        Assert.That((plot.Width, plot.Height), Is.EqualTo((1000, 800)));
        // The first colours of the palette: blue for training, orange for what is held out.
        Assert.That(Coloured(plot, (r, g, b) => b > r + 60), Is.GreaterThan(50));
        Assert.That(Coloured(plot, (r, g, b) => r > b + 60), heldOut ? Is.GreaterThan(50) : Is.Zero);
    }

    private static EpochLog[] Log(int epochs, bool heldOut) => [.. Enumerable.Range(1, epochs).Select(epoch => new EpochLog
    {
        Epoch = epoch, LearningRate = 0.1, TrainingLoss = 4.0 / epoch, TrainingTop1 = 1 - 1.0 / (epoch + 1), GradientNorm = 1,
        ValidationLoss = heldOut ? 5.0 / epoch : null, ValidationTop1 = heldOut ? 1 - 1.2 / (epoch + 1) : null,
        ValidationTop5 = heldOut ? 1 - 0.5 / (epoch + 1) : null, ImagesPerSecond = 1, Seconds = 1,
    })];

    private static int Coloured(Photo photo, Func<int, int, int, bool> holds) => Enumerable.Range(0, photo.Rgb.Length / 3)
        .Count(i => holds(photo.Rgb[3 * i], photo.Rgb[3 * i + 1], photo.Rgb[3 * i + 2]));
}
