using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Samples;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Visualisation.Samples;

/// <summary>The scenes that the project draws itself: what they are called, that they repeat, and what networks see in
/// them.</summary>
public class SampleScenesTests
{
    // Small: a scene takes a second or two at full size.
    private const int Small = 48;

    private static readonly Dictionary<string, Photo> Pictures =
        SampleScenes.All.ToDictionary(scene => scene.Name, scene => SampleScenes.Render(scene, Small));

    private static IEnumerable<string> Names => SampleScenes.All.Select(scene => scene.Name);

    [Test]
    public void NamesAreFileNamesInOrder()
    {
        Assert.That(Names, Is.Ordered.And.Unique);
        Assert.That(Names.Where(name => !Regex.IsMatch(name, "^[a-z]+(-[a-z]+)*$")), Is.Empty);
        Assert.That(SampleScenes.All, Has.Count.GreaterThanOrEqualTo(6));
        Assert.That(SampleScenes.All.Select(scene => scene.Description), Has.All.Not.Empty);
        Assert.That(SampleScenes.All, Does.Contain(SampleScenes.Default));
    }

    [Test]
    public void AreFoundByName()
    {
        foreach (SampleScene scene in SampleScenes.All)
            Assert.That(SampleScenes.Find(scene.Name.ToUpperInvariant()), Is.SameAs(scene));
        Assert.That(() => SampleScenes.Find("unicorn"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("unicorn").And.Message.Contains("orange"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(SampleScenes.GreatestSize + 1)]
    public void SizesOutOfRangeAreRefused(int size) =>
        Assert.That(() => SampleScenes.Render(SampleScenes.Default, size), Throws.TypeOf<NetVizException>());

    [TestCaseSource(nameof(Names))]
    public void EachDrawIsTheSame(string name)
    {
        Photo again = SampleScenes.Render(SampleScenes.Find(name), Small);
        Assert.That((again.Width, again.Height), Is.EqualTo((Small, Small)));
        Assert.That(again.Rgb, Is.EqualTo(Pictures[name].Rgb));
    }

    [TestCaseSource(nameof(Names))]
    public void IsAPictureOfSomething(string name)
    {
        byte[] rgb = Pictures[name].Rgb;
        double mean = rgb.Average(v => v), deviation = Math.Sqrt(rgb.Average(v => (v - mean) * (v - mean)));
        Assert.That(mean, Is.InRange(30, 225));
        Assert.That(deviation, Is.GreaterThan(20));
        Assert.That(rgb.Chunk(3).Select(p =>
            (p[0] << 16) | (p[1] << 8) | p[2]).Distinct().Count(), Is.GreaterThan(Small * Small / 4));
    }

    // The same composition at each size: 96 pixels averaged in twos are close to 48.
    [TestCaseSource(nameof(Names))]
    public void TheCompositionDoesNotDependOnTheSize(string name)
    {
        byte[] small = Pictures[name].Rgb, large = SampleScenes.Render(SampleScenes.Find(name), 2 * Small).Rgb;
        double sum = 0;
        for (int y = 0; y < Small; y++)
        {
            for (int i = 0; i < 3 * Small; i++)
            {
                int at = 2 * y * 6 * Small + i / 3 * 6 + i % 3, below = at + 6 * Small;
                sum += Math.Abs((large[at] + large[at + 3] + large[below] + large[below + 3]) / 4.0 - small[y * 3 * Small + i]);
            }
        }

        Assert.That(sum / small.Length, Is.LessThan(8));
    }

    [Test]
    public void NoTwoAreAlike()
    {
        foreach ((string a, Photo one) in Pictures)
        {
            foreach ((string b, Photo other) in Pictures.Where(pair => string.CompareOrdinal(pair.Key, a) > 0))
            {
                double difference = one.Rgb.Zip(other.Rgb, (x, y) => Math.Abs(x - y)).Average();
                Assert.That(difference, Is.GreaterThan(15), $"{a} and {b}");
            }
        }
    }

    [Test]
    public void ClassesAreThoseOfTinyImageNet()
    {
        string[] lines = ReadEntry(SharedData.PathOf("tiny-imagenet-50.tar.gz"), "classes.txt").Split('\n');
        Dictionary<string, string> names = lines.Select(line => line.Split('\t')).Where(parts => parts.Length == 3)
            .ToDictionary(parts => parts[1], parts => parts[2].Split(',')[0].Trim());
        foreach (SampleScene scene in SampleScenes.All)
            Assert.That(names.GetValueOrDefault(scene.WordNetId), Is.EqualTo(scene.ClassName), scene.Name);
    }

    [Test]
    public void SqueezeNetHasEachClassAmongItsTopFive()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "squeezenet1.0.onnx"));
        using PreparedNetwork network = model.Network.On(Device.Cpu());
        IReadOnlyList<string> labels = model.Labels!;
        var misses = new List<string>();
        foreach (SampleScene scene in SampleScenes.All)
        {
            int truth = labels.ToList().FindIndex(label => label.Split(',')[0] == scene.ClassName);
            Assert.That(truth, Is.Not.Negative, scene.ClassName);
            (float[] input, _) = model.RequirePreprocessing().Apply(SampleScenes.Render(scene, 256));
            using ForwardRecord record = network.Forward(Numbers.Create(input, [1, 3, 227, 227]));
            float[] scores = [.. record.Scores];
            int rank = scores.Count(score => score > scores[truth]) + 1;
            TestContext.Out.WriteLine($"{scene.Name}: rank {rank}");
            if (rank > 5) misses.Add($"{scene.Name} ({rank})");
        }

        Assert.That(misses, Is.Empty);
    }

    private static string ReadEntry(string archive, string name)
    {
        using FileStream file = File.OpenRead(archive);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            if (Path.GetFileName(entry.Name) != name || entry.DataStream is null) continue;
            using var text = new StreamReader(entry.DataStream);
            return text.ReadToEnd();
        }

        throw new FileNotFoundException(name);
    }
}
