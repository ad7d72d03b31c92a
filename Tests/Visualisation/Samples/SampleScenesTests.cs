using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Visualisation.Samples;

/// <summary>The pictures that come with NetViz: what they are called, and what networks see in them.</summary>
public class SampleScenesTests
{
    private static readonly Dictionary<string, Photo> Pictures =
        SampleScenes.All.ToDictionary(scene => scene.Name, scene => SampleScenes.Read(scene));

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
        Assert.That(() => SampleScenes.Read(SampleScenes.Default, size), Throws.TypeOf<NetVizException>());

    [TestCaseSource(nameof(Names))]
    public void EachIsTheFileBesideTheCode(string name)
    {
        Photo file = ImageFile.Read(RepositoryRoot.File("Visualisation", "Samples", $"{name}.png"));
        Photo photo = SampleScenes.Read(SampleScenes.Find(name));
        Assert.That((photo.Width, photo.Height), Is.EqualTo((SampleScenes.Size, SampleScenes.Size)));
        Assert.That(photo.Rgb, Is.EqualTo(file.Rgb));
    }

    [TestCase(SampleScenes.LeastSize)]
    [TestCase(SampleScenes.Size - 1)]
    [TestCase(600)]
    public void AnotherSizeIsResampled(int size)
    {
        Photo photo = SampleScenes.Read(SampleScenes.Default, size);
        Assert.That((photo.Width, photo.Height), Is.EqualTo((size, size)));
        Assert.That(photo.Rgb, Is.EqualTo(Resample.Resize(SampleScenes.Read(SampleScenes.Default).Rgb, SampleScenes.Size,
            SampleScenes.Size, 3, size, size)));
    }

    [Test]
    public void TheyTakeAtMostThreeMegabytes()
    {
        string[] files = Directory.GetFiles(RepositoryRoot.File("Visualisation", "Samples"), "*.png");
        Assert.That(files.Select(Path.GetFileNameWithoutExtension), Is.EquivalentTo(Names));
        Assert.That(files.Sum(file => new FileInfo(file).Length), Is.LessThan(3_000_000));
    }

    [TestCaseSource(nameof(Names))]
    public void IsAPictureOfSomething(string name)
    {
        byte[] rgb = Pictures[name].Rgb;
        double mean = rgb.Average(v => v), deviation = Math.Sqrt(rgb.Average(v => (v - mean) * (v - mean)));
        Assert.That(mean, Is.InRange(30, 225));
        Assert.That(deviation, Is.GreaterThan(20));
        Assert.That(rgb.Chunk(3).Select(p =>
            (p[0] << 16) | (p[1] << 8) | p[2]).Distinct().Count(), Is.GreaterThan(SampleScenes.Size * SampleScenes.Size / 8));
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
            (float[] input, _) = model.RequirePreprocessing().Apply(SampleScenes.Read(scene));
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
