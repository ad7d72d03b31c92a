using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Constants that a small file lets the importer work out: their peak in memory, and the work.</summary>
public class ConstantBudgetTests : InTemporaryFolder
{
    // The promise for a file under 1 MB is 1 GB, the runtime and one pass included.
    private const long Allowed = 900_000_000;

    private static IEnumerable<TestCaseData> Amplifiers()
    {
        yield return Case("fill and cast", graph => graph.Integers("s", 13_000, 13_000).Node("ConstantOfShape", "c", "s")
            .Node("Cast", "d", "c", ("to", 7L)).Node("Cast", "e", "d", ("to", 1L)).Node("Add", "y", "x e"));
        yield return Case("fill and multiply", graph => graph.Integers("s", 13_000, 13_000).Node("ConstantOfShape", "c", "s")
            .Node("Mul", "d", "c c").Node("Add", "y", "x d"));
        yield return Case("column by row", graph => graph.Random("a", 13_000, 1).Random("b", 1, 13_000).Node("Mul", "d", "a b")
            .Node("Add", "y", "x d"));
        yield return Case("row to every picture", graph => graph.Random("a", 13_000, 1, 1, 1).Random("b", 1, 13_000)
            .Node("Add", "d", "a b").Node("Add", "y", "x d"));
        yield return Case("divided", graph => graph.Integers("s", 9000, 9000).Node("ConstantOfShape", "c", "s")
            .Node("Sub", "y", "x c"));
        yield return Case("one sum of many", graph => graph.Integers("s", 6000, 6000).Node("ConstantOfShape", "c", "s")
            .Node("Sum", "d", string.Join(' ', Enumerable.Repeat("c", 3000))).Node("Add", "y", "x d"));
        yield return Case("joined again and again", graph =>
        {
            graph.Integers("s", 1000, 1000).Node("ConstantOfShape", "c0", "s");
            for (int i = 1; i < 16; i++) graph.Node("Concat", $"c{i}", $"c{i - 1} c{i - 1}", ("axis", 0L));
            graph.Node("Add", "y", "x c15");
        });
        yield return Case("one large constant picked from", graph =>
        {
            graph.Integers("s", 7000, 7000).Node("ConstantOfShape", "c", "s").Integers("i", 0).Node("Gather", "g0", "c i");
            for (int i = 1; i < 2000; i++) graph.Node("Gather", $"h{i}", "c i").Node("Add", $"g{i}", $"g{i - 1} h{i}");
            graph.Node("Add", "y", "x g1999");
        });

        static TestCaseData Case(string name, Action<TestGraph> build) => new TestCaseData(build).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Amplifiers))]
    public void Constants_of_a_small_file_stay_within_the_promise(object build)
    {
        var graph = new TestGraph();
        ((Action<TestGraph>)build)(graph.Input("x", "N", 3, 8, 8));
        string path = graph.Write(Folder);
        Assert.That(new FileInfo(path).Length, Is.LessThan(1_000_000));
        GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => OnnxModel.Load(path).Dispose(), Throws.TypeOf<NetVizException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Allowed));
    }

    [Test]
    public void A_chain_of_identities_looks_through_a_constant_once()
    {
        const int Nodes = 15_000;
        TestGraph graph = new TestGraph().Input("x", "N", 3, 8, 8).Integers("s", 3, 3_000_000)
            .Node("ConstantOfShape", "c0", "s");
        for (int i = 1; i < Nodes; i++) graph.Node("Identity", $"c{i}", $"c{i - 1}");
        string path = graph.Integers("i", 0).Node("Gather", "g", $"c{Nodes - 1} i", ("axis", 1L)).Integers("t", 3, 1, 1)
            .Node("Reshape", "r", "g t").Node("Add", "y", "x r").Write(Folder);
        double start = ProcessorTime.OfThisThread;
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes, Has.Length.EqualTo(1));
        Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(20), "15,000 looks would take a minute and more");
    }

    [Test]
    public void An_array_counts_once_whatever_it_is_called()
    {
        var budget = new ConstantBudget("file", new ResourceLimits(1000, 1));
        OnnxTensor a = OnnxTensor.OfFloats("a", [10, 10], new float[100]), renamed = a.WithDims([100]);
        budget.Hold(a, "n");
        budget.Hold(renamed, "n");
        Assert.That(budget.Bytes, Is.EqualTo(400));
        Assert.That((budget.IsNew(a), budget.IsNew(renamed)), Is.EqualTo((true, false)));
        Assert.That(ConstantBudget.ShareNumbers(a, renamed));
        Assert.That(() => budget.Hold(OnnxTensor.OfFloats("b", [200], new float[200]), "n"), Throws.TypeOf<NetVizException>());
        budget.Work(900, "n");
        Assert.That(() => budget.Work(200, "m"), Throws.TypeOf<NetVizException>().With.Message.Contains("node 'm'"));
    }

    [TestCase("Add", 5f, 7f, 9f, 8f, 10f, 12f)]
    [TestCase("Sub", -3f, -3f, -3f, 0f, 0f, 0f)]
    [TestCase("Mul", 4f, 10f, 18f, 16f, 25f, 36f)]
    [TestCase("Div", 0.25f, 0.4f, 0.5f, 1f, 1f, 1f)]
    public void Operands_broadcast_where_they_are(string operation, params float[] expected)
    {
        OnnxTensor a = OnnxTensor.OfFloats("a", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }),
            b = OnnxTensor.OfFloats("b", [3], new float[] { 4, 5, 6 });
        OnnxTensor result = ConstantFolding.Combine(operation, a, b, 100);
        Assert.That(result.Dims.ToArray(), Is.EqualTo((int[])[2, 3]));
        Assert.That(result.Floats.ToArray(), Is.EqualTo(expected).Within(1e-6));
        OnnxTensor column = OnnxTensor.OfIntegers("c", [2, 1], 10, 20), row = OnnxTensor.OfIntegers("d", [3], 1, 2, 3);
        Assert.That(ConstantFolding.Combine("Add", column, row, 100).Integers.ToArray(),
            Is.EqualTo((long[])[11, 12, 13, 21, 22, 23]));
        OnnxTensor scalar = OnnxTensor.OfFloats("e", [], new float[] { 2 });
        Assert.That(ConstantFolding.Combine("Mul", scalar, scalar, 100).Floats.ToArray(), Is.EqualTo((float[])[4]));
    }

    [Test]
    public void Operands_broadcast_in_several_axes_at_once()
    {
        var random = new Random(5);
        OnnxTensor a = Numbers([2, 1, 3, 1]), b = Numbers([4, 1, 2]);
        OnnxTensor sum = ConstantFolding.Combine("Sub", a, b, 1000);
        Assert.That(sum.Dims.ToArray(), Is.EqualTo((int[])[2, 4, 3, 2]));
        int at = 0;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 4; j++)
                for (int k = 0; k < 3; k++)
                    for (int l = 0; l < 2; l++)
                        Assert.That(sum.Floats.Span[at++], Is.EqualTo(a.Floats.Span[i * 3 + k] - b.Floats.Span[j * 2 + l]));

        OnnxTensor Numbers(int[] dims)
        {
            var values = new float[dims.Aggregate((m, n) => m * n)];
            for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle();
            return OnnxTensor.OfFloats("n", dims, values);
        }
    }
}
