using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Operators whose inputs are all constants: they leave no layer, and give what ONNX Runtime gives.</summary>
public sealed class ConstantOperatorTests : InTemporaryFolder
{
    private static IEnumerable<TestCaseData> Graphs()
    {
        yield return Case("Sqrt, Neg, Reciprocal, Exp", g => g.Node("Sqrt", "a", "p").Node("Neg", "b", "a").Node("Exp", "d", "b")
            .Node("Reciprocal", "k", "d"));
        yield return Case("Pow", g => g.Node("Pow", "k", "p q"));
        yield return Case("Pow by an integer", g => g.Integers("two", 2).Node("Pow", "k", "m two"));
        yield return Case("Abs, Floor, Ceil, Round, Sign", g => g.Node("Abs", "a", "m").Node("Floor", "b", "m").Node("Ceil", "d", "m")
            .Node("Round", "e", "m").Node("Sign", "f", "m").Node("Sum", "k", "a b d e f"));
        yield return Case("Min and Max", g => g.Node("Min", "a", "m p").Node("Max", "b", "m q p").Node("Sub", "k", "a b"));
        yield return Case("Expand", g => g.Floats("o", [1, 4], 1, 2, 3, 4).Integers("to", 3, 1).Node("Expand", "k", "o to"));
        yield return Case("Tile", g => g.Floats("o", [1, 2], 1, 2).Integers("by", 3, 2).Node("Tile", "k", "o by"));
        yield return Case("Range", g => g.Integer("s", 3).Integer("l", 27).Integer("d", 2).Node("Range", "r", "s l d").Integers("to", 3, 4)
            .Node("Reshape", "t", "r to").Node("Cast", "k", "t", ("to", 1L)));
        yield return Case("Range of floats, downwards", g => g.Floats("s", [], 3).Floats("l", [], -0.1f).Floats("d", [], -1)
            .Node("Range", "k", "s l d"));
        yield return Case("Where and Greater", g => g.Node("Greater", "a", "m z").Node("Where", "k", "a m p"));
        yield return Case("Equal, Less, Not, And, Or", g => g.Node("Equal", "a", "m m2").Node("Less", "b", "m p").Node("Not", "n", "b")
            .Node("And", "d", "b a").Node("Or", "e", "d n").Node("Cast", "k", "e", ("to", 1L)));
        yield return Case("Mod of integers", g => g.Integers("i", -7, -1, 0, 8).Integers("j", 3, 3, -4, -5).Node("Mod", "a", "i j")
            .Node("Mod", "b", "i j", ("fmod", 1L)).Node("Add", "d", "a b").Node("Cast", "k", "d", ("to", 1L)));
        yield return Case("ReduceProd of a shape", g => g.Node("Shape", "s", "m").Node("ReduceProd", "a", "s", ("keepdims", 0L))
            .Node("Cast", "k", "a", ("to", 1L)));
        yield return Case("reductions", g => g.Node("ReduceMax", "a", "m", ("axes", (long[])[0]))
            .Node("ReduceMin", "b", "m", ("axes", (long[])[1]))
            .Node("ReduceMean", "d", "m", ("axes", (long[])[-1])).Node("ReduceL2", "e", "m").Node("ReduceLogSumExp", "f", "m")
            .Node("ReduceSum", "h", "m").Node("Sum", "k", "a b d e f h"));
        yield return Case("Split", g => g.Integers("parts", 1, 3).Node("Split", "a b", "m parts", ("axis", 1L)).Node("Concat", "k", "b a", ("axis", 1L)));
        yield return Case("Split evenly", g => g.Node("Split", "a b", "m", ("axis", 1L)).Node("Concat", "k", "b a", ("axis", 1L)));
        yield return Case("MatMul", g => g.Random("w", 4, 4).Node("MatMul", "k", "m w"));
        yield return Case("MatMul of stacks and vectors", g => g.Random("a", 2, 1, 3, 5).Random("b", 2, 5, 4).Random("v", 5)
            .Node("MatMul", "e", "a b").Node("ReduceSum", "f", "e", ("keepdims", 0L)).Node("MatMul", "h", "v v").Node("Add", "i", "f h")
            .Node("Mul", "k", "m i"));
        yield return Case("Relu, Clip, LeakyRelu, Softmax", g => g.Node("Relu", "a", "m").Node("Clip", "b", "m z q0")
            .Node("LeakyRelu", "d", "m")
            .Node("Softmax", "e", "m", ("axis", 1L)).Node("Sum", "k", "a b d e"));
        yield return Case("Conv and a pool of constants", g => g.Random("i", 1, 2, 5, 6).Random("w", 1, 2, 3, 3).Node("Conv", "a", "i w")
            .Node("MaxPool", "b", "a", ("kernel_shape", (long[])[1, 1])).Integers("to", 3, 4).Node("Reshape", "k", "b to"));
        yield return Case("BatchNormalization and Gemm of constants", g => g.Floats("s", [4], 1, 2, 3, 4).Floats("t", [4], 4, 3, 2, 1)
            .Node("BatchNormalization", "a", "m s t t s").Random("w", 4, 4).Node("Gemm", "k", "a w"));
        yield return Case("NonZero", g => g.Node("Relu", "a", "m").Node("NonZero", "n", "a").Node("Cast", "f", "n", ("to", 1L))
            .Node("ReduceSum", "k", "f", ("keepdims", 0L)));
        yield return Case("Erf, Gelu and Sigmoid", g => g.Node("Erf", "a", "m").Node("Sigmoid", "b", "m").Node("Add", "k", "a b"));
    }

    [TestCaseSource(nameof(Graphs))]
    public void Constants_are_worked_out_at_load(object build)
    {
        TestGraph graph = new TestGraph().Input("x", "N", 3, 4).Floats("p", [3, 1], 0.5f, 2, 3).Floats("q", [4], 1, 2, -0.5f, 0)
            .Floats("m", [3, 4], -1.5f, 0.5f, 2.5f, -2.25f, 0, 1, -1, 3.75f, 0.25f, -0.5f, 1.5f, 2).Floats("z", [], 0).Floats("q0", [], 1)
            .Floats("m2", [3, 4], -1.5f, 0, 2.5f, 0, 0, 1, 0, 0, 0.25f, 0, 0, 2);
        ((Action<TestGraph>)build)(graph);
        string path = graph.Node("Add", "y", "x k").Write(Folder);
        float[] image = TestGraph.Image(12);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 3, 4], "y");
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes, Has.Length.EqualTo(1), "no layer is left of the constants");
        float[] found = TestGraph.Run(model, image, 1, 3, 4).Values;
        Assert.That(TensorPrimitives.Distance<float>(found, expected), Is.LessThan(1e-6 * TensorPrimitives.Norm<float>(expected)));
    }

    private static IEnumerable<TestCaseData> Amplifiers()
    {
        yield return Case("Expand", g => g.Floats("o", [1], 1).Integers("to", 20_000, 20_000).Node("Expand", "k", "o to"));
        yield return Case("Tile", g => g.Floats("o", [1, 1], 1).Integers("by", 20_000, 20_000).Node("Tile", "k", "o by"));
        yield return Case("Range", g => g.Integer("s", 0).Integer("l", long.MaxValue).Integer("d", 1).Node("Range", "k", "s l d"));
        yield return Case("Where", g => g.Random("a", 15_000, 1).Random("b", 1, 15_000).Node("Greater", "t", "a b")
            .Node("Where", "k", "t a b"));
        yield return Case("MatMul", g => g.Integers("s", 4000, 4000).Node("ConstantOfShape", "a", "s").Node("MatMul", "b", "a a")
            .Node("MatMul", "k", "b b"));
        yield return Case("Softmax again and again", g =>
        {
            g.Integers("s", 5000, 5000).Node("ConstantOfShape", "k0", "s");
            for (int i = 1; i < 60; i++) g.Node("Softmax", $"k{i}", $"k{i - 1}");
            g.Node("Relu", "k", "k59");
        });
    }

    [TestCaseSource(nameof(Amplifiers))]
    public void Constants_of_a_small_file_stay_within_the_promise(object build)
    {
        TestGraph graph = new TestGraph().Input("x", "N", 3, 4);
        ((Action<TestGraph>)build)(graph);
        string path = graph.Node("Add", "y", "x k").Write(Folder);
        GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        double start = ProcessorTime.OfThisThread;
        Assert.That(() => OnnxModel.Load(path).Dispose(), Throws.TypeOf<NetVizException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(900_000_000));
        Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(30));
    }

    [Test]
    public void An_operator_for_constants_that_reads_an_activation_is_refused_by_name()
    {
        string path = new TestGraph().Input("x", "N", 3, 4).Node("Floor", "y", "x").Write(Folder);
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetVizException>().With.Message.Contains("node 'y' (Floor)")
            .And.Message.Contains("supported for constants only"));
    }

    private static TestCaseData Case(string name, Action<TestGraph> build) => new TestCaseData(build).SetArgDisplayNames(name);
}
