using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation;

public class SaliencyPicturesTests
{
    // A photo of 30x20, of which a network sees the square of 20 in the middle, as 10x10.
    private static readonly Photo Photo = Pictures.Gradient(30, 20);
    private static readonly InputPlacement Placement = new(10, 10, 5, 0, 20, 20);

    private static Tensor<float> Signal(int seed, float size, int channels = 3)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, channels * 100).Select(_ => size * (float)(random.NextDouble() - 0.5))];
        return Tensor.Create(values, [1, channels, 10, 10]);
    }

    private static SaliencyPictures ThreeRules(SaliencyPictureOptions? options = null) => new(Photo, Placement,
        [
            new("gradient", Signal(1, 1)), new("deconvnet", Signal(2, 100)),
            new("guided", Signal(3, 5), 0, "Guided back-propagation"),
        ],
        options ?? new() { Title = "x.png: a class", Subtitle = "a model", PanelSize = 90 });

    [Test]
    public void SavesTheFilesThatTheCommandLinePromises()
    {
        using var folder = new TemporaryFolder();
        var files = ThreeRules().Save(folder.File("out"), "x");
        string[] expected =
        [
            "x.gradient.png", "x.gradient.overlay.png", "x.deconvnet.png", "x.deconvnet.overlay.png",
            "x.guided.png", "x.guided.overlay.png", "x.sheet.png",
        ];
        Assert.That(files, Is.EqualTo(expected.Select(name => Path.Combine(folder.File("out"), name))));
        Assert.That(Directory.GetFiles(folder.File("out")).Select(Path.GetFileName), Is.EquivalentTo(expected));
        foreach (var file in files.Take(6))
        {
            var picture = ImageFile.Read(file);
            Assert.That((picture.Width, picture.Height), Is.EqualTo((30, 20)), "the photograph's own size");
        }
    }

    [Test]
    public void TheSameSignalsGiveTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        var once = ThreeRules().Save(folder.File("once"), "x");
        var again = ThreeRules().Save(folder.File("again"), "x");
        for (var i = 0; i < once.Count; i++)
            Assert.That(File.ReadAllBytes(again[i]), Is.EqualTo(File.ReadAllBytes(once[i])), once[i]);
    }

    [Test]
    public void EachHeatMapHasItsOwnScaleAndTheSheetOneForAll()
    {
        var pictures = ThreeRules();
        for (var i = 0; i < 3; i++)
            Assert.That(pictures.Scales[i], Is.EqualTo(MapScale.Of(pictures.Maps[i])));
        Assert.That(pictures.SharedScale, Is.EqualTo(MapScale.Shared(pictures.Maps)));
    }

    [Test]
    public void OnASharedScaleTheSmallerSignalIsDarker()
    {
        var shared = ThreeRules(new() { PanelSize = 90 }).Sheet();
        var own = ThreeRules(new() { PanelSize = 90, SheetScale = SheetScale.Own }).Sheet();
        Assert.That(Brightness(shared), Is.LessThan(Brightness(own) / 4));

        // Of the first map: in the second column, below the caption, inside the crop.
        static double Brightness(Photo sheet)
        {
            var sum = 0.0;
            for (var y = 60; y < 100; y++)
                sum += Enumerable.Range(28 + 200 + 20 + 20, 50).Sum(x => sheet.At(x, y).R);
            return sum / (40 * 50);
        }
    }

    [Test]
    public void SmallPhotographsAreEnlargedOnTheSheet()
    {
        var sheet = ThreeRules(new()).Sheet();
        // Four columns of 384 pixels, three gutters of 20, margins of 28.
        Assert.That(sheet.Width, Is.EqualTo(4 * 384 + 3 * 20 + 2 * 28));
        Assert.That(sheet.Height, Is.GreaterThan(2 * 256));
    }

    [Test]
    public void TheSheetStatesTitleAndScale()
    {
        var sheet = ThreeRules().Sheet();
        var other = ThreeRules(new() { Title = "another title", Subtitle = "a model", PanelSize = 90 }).Sheet();
        Assert.That(other.Rgb, Is.Not.EqualTo(sheet.Rgb));
        var bare = ThreeRules(new() { PanelSize = 90 }).Sheet();
        Assert.That(sheet.Height - bare.Height, Is.GreaterThan(30), "two lines more");
        Assert.That(Ink(sheet, 28, 50), Is.GreaterThan(100), "title");
        // The last thing on the row of maps is its colour bar and what it means.
        Assert.That(Ink(sheet, 180, 230), Is.GreaterThan(100), "scale");
    }

    [Test]
    public void EveryCharacterCanStandInATitle()
    {
        var title = string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)) + " ±×≤≥ é日本\U0001F431";
        var sheet = ThreeRules(new() { Title = title, Subtitle = new string('w', 1000), PanelSize = 90 }).Sheet();
        Assert.That(sheet.Height, Is.GreaterThan(100));
    }

    [TestCase(Reduction.Max)]
    [TestCase(Reduction.Sum)]
    [TestCase(Reduction.Mean)]
    [TestCase(Reduction.Signed)]
    public void EveryReductionAndScaleCanBeDrawn(Reduction reduction)
    {
        foreach (var scale in Enum.GetValues<SheetScale>())
        {
            var pictures = ThreeRules(new() { Reduction = reduction, SheetScale = scale, PanelSize = 50 });
            Assert.That(pictures.Sheet().Width, Is.GreaterThan(200));
            Assert.That((pictures.HeatMap(1).Width, pictures.Overlay(1).Width), Is.EqualTo((30, 30)));
        }
    }

    [Test]
    public void ASignalOfZerosIsDrawnAsNothing()
    {
        var zero = Tensor.Create(new float[300], [1, 3, 10, 10]);
        var pictures = new SaliencyPictures(Photo, Placement, [new("deconvnet", zero)], new() { PanelSize = 50 });
        Assert.That(pictures.HeatMap(0).At(15, 10), Is.EqualTo(((byte)0, (byte)0, (byte)0)));
        Assert.That(pictures.Sheet().Width, Is.GreaterThan(200));
    }

    [Test]
    public void GreyNetworksAndNetworksOfManyChannelsHaveSheetsToo()
    {
        var one = new SaliencyPictures(Photo, Placement, [new("gradient", Signal(1, 1, channels: 1))],
            new() { PanelSize = 50 }).Sheet();
        var five = new SaliencyPictures(Photo, Placement, [new("gradient", Signal(1, 1, channels: 5))],
            new() { PanelSize = 50 }).Sheet();
        Assert.That(five.Height, Is.LessThan(one.Height), "five channels are no picture");
    }

    [TestCase(1, 1)]
    [TestCase(1, 400)]
    [TestCase(400, 1)]
    public void OddPhotographsAreDrawn(int width, int height)
    {
        var pictures = new SaliencyPictures(Pictures.Gradient(width, height), new InputPlacement(10, 10, 0, 0, width, height),
            [new("guided", Signal(1, 1))]);
        Assert.That(pictures.Sheet().Width, Is.GreaterThan(400));
        Assert.That(pictures.Overlay(0).Height, Is.EqualTo(height));
    }

    [Test]
    public void WithoutRulesThereIsNothingToDraw() =>
        Assert.Throws<ArgumentException>(() => _ = new SaliencyPictures(Photo, Placement, []));

    private static int Ink(Photo sheet, int top, int bottom)
    {
        var dark = 0;
        for (var y = top; y < bottom; y++)
        {
            for (var x = 0; x < sheet.Width; x++)
                dark += sheet.At(x, y).G < 128 ? 1 : 0;
        }
        return dark;
    }
}
