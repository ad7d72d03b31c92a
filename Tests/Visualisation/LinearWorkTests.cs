using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering.Text;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation;

/// <summary>Work that grows with the size of a stranger's file, and not with its square.</summary>
public class LinearWorkTests : InTemporaryFolder
{
    [Test]
    public void A_caption_of_a_million_letters_is_cut_without_a_million_copies()
    {
        var letters = new Lettering(10, 1.5);
        foreach (string text in (string[])["", "a", "a caption", "two words and more of them", "iiiiiiiiiiii", "WWWW WWWW"])
        {
            for (int width = 0; width < 200; width += 7) Assert.That(letters.Fit(text, width), Is.EqualTo(Shorten(text, width)));
        }

        string long1 = new('m', 1_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(letters.Fit(long1, 300), Does.EndWith("...").And.Length.LessThan(100));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000));

        // Letter by letter from the end, as the words of the method say.
        string Shorten(string text, int width)
        {
            if (letters.Measure(text) <= width) return text;
            int length = text.Length;
            while (length > 0 && letters.Measure(text[..length] + "...") > width) length--;
            return text[..length].TrimEnd() + "...";
        }
    }

    [Test]
    public void A_hundred_thousand_classes_are_named_one_by_one()
    {
        const int Count = 100_000;
        Directory.CreateDirectory(Folder.File("n0"));
        NetViz.Visualisation.Rendering.ImageFile.WritePng(Pictures.Gradient(8, 8), Folder.File("n0", "a.png"));
        File.WriteAllLines(Folder.File("classes.txt"),
            Enumerable.Range(0, Count).Select(i => $"{i}\tn{i}\tclass {i / 2}, other {i}"));
        double start = ProcessorTime.OfThisThread;
        LabelledSet set = LabelledSet.Open(Folder.Path);
        Assert.That(set.ClassNames, Has.Count.EqualTo(Count));
        Assert.That(set.ClassNames[7], Is.EqualTo("class 3, other 7"), "two classes have the name 'class 3'");
        Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(10), "a square of it takes a minute");
    }

    [Test]
    public void More_classes_than_any_set_has_are_refused()
    {
        Directory.CreateDirectory(Folder.File("n0"));
        NetViz.Visualisation.Rendering.ImageFile.WritePng(Pictures.Gradient(8, 8), Folder.File("n0", "a.png"));
        File.WriteAllLines(Folder.File("classes.txt"), Enumerable.Range(0, 200_001).Select(i => $"{i}\tn{i}\tc"));
        Assert.That(() => LabelledSet.Open(Folder.Path), Throws.TypeOf<NetVizException>().With.Message.Contains("200000"));
    }

    [Test]
    public void Scores_of_a_large_batch_are_read_without_copies_of_all()
    {
        string path = new TestGraph().Input("x", "N", 3, 2, 2).Node("GlobalAveragePool", "g", "x").Node("Flatten", "y", "g")
            .Write(Folder);
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(1));
        const int Images = 5000;
        var values = new float[Images * 12];
        for (int i = 0; i < values.Length; i++) values[i] = i % 1009;
        using ForwardRecord record = prepared.Forward(
            System.Numerics.Tensors.Tensor.Create(values, [Images, 3, 2, 2]).AsReadOnlyTensorSpan());
        System.Numerics.Tensors.Tensor<float> scores = record.Scores, likely = record.Probabilities;
        Assert.That(record.ScoresOf(17), Is.EqualTo((float[])[scores[17, 0], scores[17, 1], scores[17, 2]]));
        Assert.That(() => record.ScoreOf(Images, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => record.ScoreOf(0, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < Images; n++)
        {
            if (record.ScoreOf(n, 2) != scores[n, 2] || record.ProbabilityOf(n, 1) != likely[n, 1]) Assert.Fail($"image {n}");
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000), "all scores have 60 kB");
    }

    [Test]
    public void A_chain_of_19_000_rectifiers_has_too_many_terms_to_take_apart()
    {
        TestGraph graph = new TestGraph().Input("x", "N", 1, 1, 2).Floats("w", [1, 1, 1, 1], 1).Node("Conv", "c0", "x w");
        for (int i = 1; i < 19_000; i++) graph.Node("Relu", $"c{i}", $"c{i - 1}");
        string path = graph.Node("Flatten", "y", "c18999").Write(Folder);
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        using ForwardRecord record = prepared.Forward(
            System.Numerics.Tensors.Tensor.Create(new[] { 1.0, 2.0 }, [1, 1, 1, 2]).AsReadOnlyTensorSpan());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => RuleDifference.Of(record, Seed.Class(0), BackwardRule.Gradient, BackwardRule.DeconvNet),
            Throws.TypeOf<NetVizException>().With.Message.Contains("18999 layers"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000_000));
    }

    [Test]
    public void A_radius_allocates_as_a_wide_network_has_layers()
    {
        long small = Allocated(4_750), large = Allocated(18_900);
        Assert.That(large, Is.LessThan(6 * small), "four times as many layers; their square is sixteen times as much");

        long Allocated(int rectifiers)
        {
            using OnnxModel model = OnnxModel.Load(Wide(rectifiers, side: 2));
            long before = GC.GetAllocatedBytesForCurrentThread();
            LinearRegionResult result = LinearRegion.Find(model.Network, new Shape(1, 1, 2, 2), [1, -2, 3, 4], 0, threads: 1);
            Assert.That((result.Holds, result.Sides[0].Layers.Count), Is.EqualTo((true, rectifiers)));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>A part that begins in the middle of a block made the whole row-major and back, once for each part.</summary>
    [Test]
    public void A_wide_concatenation_on_the_processor_moves_each_number_once()
    {
        const int Rectifiers = 18_900, Side = 8;
        using OnnxModel model = OnnxModel.Load(Wide(Rectifiers, Side));
        using var kernels = new CpuKernels(1);
        using PreparedNetwork prepared = model.Network.On(kernels);
        float[] image = TestGraph.Image(Side * Side);
        using ForwardRecord record = prepared.Forward(
            System.Numerics.Tensors.Tensor.Create(image, [1, 1, Side, Side]).AsReadOnlyTensorSpan());
        float sum = image.Sum(value => Math.Max(value, 0)) / (Side * Side);
        Assert.That(record.ScoreOf(0, Rectifiers - 1), Is.EqualTo(sum).Within(1e-5));
        RuleDifference one = RuleDifference.Of(record, Seed.Class(7), BackwardRule.Gradient,
            BackwardRule.Gradient.With("c7", ReluRule.DeconvNet));
        Assert.That(one.Terms.Select(term => term.Node.Name), Is.EqualTo((string[])["c7"]));
        Assert.That(() => RuleDifference.Of(record, Seed.Class(7), BackwardRule.Gradient, BackwardRule.DeconvNet),
            Throws.TypeOf<NetVizException>().With.Message.Contains($"{Rectifiers} layers").And.Message.Contains("inputs"));
        long numbers = 2L * Rectifiers * Side * Side;
        Assert.That(kernels.TurnedNumbers, Is.LessThan(numbers), "input, scores and signals are turned, and no whole");
    }

    // Ten thousand and more rectifiers one after another, and all of them side by side; a Concat takes 2,000 at most.
    private string Wide(int rectifiers, int side)
    {
        const int Parts = 1900;
        TestGraph graph = new TestGraph().Input("x", "N", 1, side, side).Floats("w", [1, 1, 1, 1], 1).Node("Conv", "c", "x w");
        for (int i = 0; i < rectifiers; i++) graph.Node("Relu", $"c{i}", i == 0 ? "c" : $"c{i - 1}");
        var wholes = new List<string>();
        foreach (int[] parts in Enumerable.Range(0, rectifiers).Chunk(Parts))
        {
            wholes.Add($"all{parts[0]}");
            graph.Node("Concat", wholes[^1], string.Join(' ', parts.Select(i => $"c{i}")), ("axis", 1L));
        }

        return graph.Node("Concat", "all", string.Join(' ', wholes), ("axis", 1L)).Node("GlobalAveragePool", "mean", "all")
            .Node("Flatten", "y", "mean").Write(Folder);
    }
}
