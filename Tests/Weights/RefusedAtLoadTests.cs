using NetViz.Engine;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Numbers of a graph that would make nonsense of every result: refused at load, by the node.</summary>
public class RefusedAtLoadTests : InTemporaryFolder
{
    [TestCase(0f, 0f)]
    [TestCase(-1f, 1e-5f)]
    [TestCase(-1e-7f, 1e-5f)]
    [TestCase(1e-5f, -1e-5f)]
    public void A_variance_that_is_none(float variance, float epsilon) => Refused(
        Image().Floats("one", [3], 1, 1, 1).Floats("v", [3], 1, variance, 1)
            .Node("BatchNormalization", "y", "x one one one v", ("epsilon", epsilon)),
        "node 'y' (BatchNormalization)", "channel 1");

    [Test]
    public void A_variance_of_0_is_a_constant_channel_where_epsilon_is_positive()
    {
        string path = Image().Floats("one", [3], 1, 1, 1).Floats("v", [3], 1, 0, 1)
            .Node("BatchNormalization", "y", "x one one one v").Write(Folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes, Has.Length.EqualTo(1));
    }

    [TestCase("LeakyRelu", "alpha", 13)]
    [TestCase("LRN", "alpha", 13)]
    [TestCase("LRN", "beta", 13)]
    [TestCase("LRN", "bias", 13)]
    [TestCase("BatchNormalization", "epsilon", 13)]
    [TestCase("Pad", "value", 2)]
    public void Attributes_that_are_not_finite(string operation, string attribute, int opset)
    {
        foreach (float number in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            TestGraph graph = Image(opset).Floats("one", [3], 1, 1, 1);
            (string, object)[] attributes = operation switch
            {
                "LRN" => [("size", 3L), (attribute, number)],
                "Pad" => [("pads", new long[] { 0, 0, 1, 1, 0, 0, 1, 1 }), (attribute, number)],
                _ => [(attribute, number)],
            };
            string inputs = operation == "BatchNormalization" ? "x one one one one" : "x";
            Refused(graph.Node(operation, "y", inputs, attributes), $"node 'y' ({operation})");
        }
    }

    [TestCase("alpha")]
    [TestCase("beta")]
    public void A_factor_of_Gemm_that_is_not_finite(string attribute) => Refused(
        Image().Node("Flatten", "f", "x").Random("w", 192, 2).Floats("b", [2], 1, 2)
            .Node("Gemm", "y", "f w b", (attribute, float.PositiveInfinity)),
        "node 'y' (Gemm)", attribute);

    [TestCase(float.PositiveInfinity, 1f)]
    [TestCase(0f, float.NegativeInfinity)]
    [TestCase(float.NaN, 1f)]
    public void Limits_between_which_no_number_lies(float low, float high) =>
        Refused(Image(6).Node("Clip", "y", "x", ("min", low), ("max", high)), "node 'y' (Clip)");

    [Test]
    public void A_limit_of_infinity_is_none()
    {
        string path = Image(6).Node("Clip", "y", "x", ("min", 0f), ("max", float.PositiveInfinity)).Write(Folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes, Has.Length.EqualTo(1));
    }

    [TestCase("Add", float.PositiveInfinity)]
    [TestCase("Mul", float.NaN)]
    [TestCase("Div", 0f)]
    public void A_constant_that_makes_all_results_infinite(string operation, float number) => Refused(
        Image().Node("Constant", "c", "", ("value_float", number)).Node(operation, "y", "x c"), $"node '", "(");

    [TestCase(1, 0)]
    [TestCase(0, 1)]
    [TestCase(-1, 0)]
    public void Pads_of_the_batch(int before, int after) => Refused(
        Image().Integers("p", before, 0, 0, 0, after, 0, 1, 0).Node("Pad", "y", "x p"), "node 'y' (Pad)", "the batch");

    [TestCase("MaxPool", 2, 2)]
    [TestCase("MaxPool", 3, 5)]
    [TestCase("AveragePool", 2, 2)]
    public void Pads_as_long_as_the_window(string operation, int kernel, int pad)
    {
        foreach (int side in (int[])[0, 1, 2, 3])
        {
            var pads = new long[4];
            pads[side] = pad;
            Refused(Image().Node(operation, "y", "x", ("kernel_shape", new long[] { kernel, kernel }), ("pads", pads)),
                $"node 'y' ({operation})", "as long as the window");
        }
    }

    [TestCase("MaxPool", 3, 2)]
    [TestCase("AveragePool", 2, 1)]
    public void Shorter_pads_are_let_through(string operation, int kernel, int pad)
    {
        string path = Image().Node(operation, "y", "x", ("kernel_shape", new long[] { kernel, kernel }),
            ("pads", new long[] { pad, pad, pad, pad })).Write(Folder);
        OnnxModel.Load(path).Dispose();
    }

    [Test]
    public void A_concatenation_of_thousands_of_layers()
    {
        TestGraph graph = Image();
        for (int i = 0; i < 2001; i++) graph.Node("Relu", $"r{i}", "x");
        Refused(graph.Node("Concat", "y", string.Join(' ', Enumerable.Range(0, 2001).Select(i => $"r{i}")), ("axis", 1L)),
            "node 'y' (Concat)", "2001 inputs");
    }

    [Test]
    public void A_number_that_no_node_reads_is_no_fault_where_it_is_no_initializer()
    {
        string path = Image().Node("Constant", "c", "", ("value_floats", new[] { float.NaN, 1f })).Node("Relu", "y", "x")
            .Write(Folder);
        OnnxModel.Load(path).Dispose();
    }

    private void Refused(TestGraph graph, params string[] expected)
    {
        NetVizException refusal = Assert.Throws<NetVizException>(() => OnnxModel.Load(graph.Write(Folder)).Dispose())!;
        foreach (string words in expected) Assert.That(refusal.Message, Does.Contain(words));
    }

    private static TestGraph Image(int opset = 13) => new TestGraph(opset).Input("x", "N", 3, 8, 8);
}
