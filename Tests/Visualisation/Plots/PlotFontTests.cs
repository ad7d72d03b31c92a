using NetViz.Engine.Imaging;
using NetViz.Visualisation.Plots;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using ScottPlot;
using SkiaSharp;

namespace NetViz.Tests.Visualisation.Plots;

/// <summary>The words on plots come from the typeface that the program brings, and from no font of the system.</summary>
public class PlotFontTests
{
    [Test]
    public void Every_word_of_a_plot_is_in_the_typeface_of_the_program()
    {
        var plot = new ScottPlot.Plot();
        Plot("A title", "a name").Panels[0].DrawOn(plot);
        string[] fonts =
        [
            plot.Axes.Title.Label.FontName, plot.Legend.FontName!,
            .. plot.Axes.GetAxes().SelectMany(axis => (string[])[axis.Label.FontName, axis.TickLabelStyle.FontName]),
        ];
        Assert.That(fonts, Is.All.EqualTo(InterFont.Name));
        Assert.That(SKFontManager.Default.FontFamilies, Does.Not.Contain(InterFont.Name));
        using (Assert.EnterMultipleScope())
        {
            foreach (bool bold in (bool[])[false, true])
            {
                SKTypeface typeface = Fonts.GetTypeface(InterFont.Name, bold, italic: false);
                Assert.That(typeface.FamilyName, Does.StartWith("Inter"));
                Assert.That(typeface.GetGlyphs("Orange, café, Łódź, Ørsted, ΑΩ, Жя, |w| ≤ 0.5 ± 1 %"), Has.None.Zero);
            }
        }
    }

    [TestCase("A title")]
    [TestCase("café, naïve, Łódź")]
    [TestCase("橙 オレンジ برتقال संतरा")]
    [TestCase("\U0001F34A \u0301 \uD800 \u0007 \u202E")]
    public void Words_of_any_script_are_drawn(string words)
    {
        byte[] drawn = Plot(words, words).EncodePng();
        Assert.That(drawn, Is.EqualTo(Plot(words, words).EncodePng()));
        Assert.That(Dark(drawn), Is.GreaterThan(Dark(Plot("", "").EncodePng()) + 100));
    }

    private static MetricPlot Plot(string title, string name) => new([new PlotPanel(title, name, name,
        [new PlotLine(name, [0, 1], [1, 2]), new PlotLine(name, [0, 1], [2, 1])]) { Names = [name, name] }]);

    private static int Dark(byte[] png)
    {
        Photo photo = ImageFile.Decode(png, "plot");
        return Enumerable.Range(0, photo.Rgb.Length / 3).Count(i => photo.Rgb[3 * i] < 100);
    }
}
