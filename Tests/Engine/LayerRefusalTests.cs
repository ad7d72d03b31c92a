using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Layers refuse what does not fit them, by node, operator and what was found.</summary>
public class LayerRefusalTests
{
    private static readonly Shape Plane = new(1, 2, 5, 6);

    private static readonly float[] W = new float[2 * 2 * 3 * 3];

    private static readonly Shape WShape = new(2, 2, 3, 3);

    private static IEnumerable<TestCaseData> Shapes =>
    [
        Case(new Conv("n", W, WShape, default, new Window(3, 3)), "Conv", [new(1, 3, 5, 6)], "3 channels", "wants 2"),
        Case(new Conv("n", W, WShape, default, new Window(3, 3)), "Conv", [new(1, 2, 2, 6)], "3x3", "[1, 2, 2, 6]"),
        Case(new Conv("n", W, WShape, default, new Window(3, 3)), "Conv", [new(1, 2, 5)], "4 axes"),
        Case(new MaxPool("n", new Window(6, 6)), "MaxPool", [Plane], "6x6", "[1, 2, 5, 6]"),
        Case(new MaxPool("n", null), "GlobalMaxPool", [new(1, 2)], "[1, 2]"),
        Case(new AveragePool("n", new Window(1, 7)), "AveragePool", [Plane], "1x7"),
        Case(new AveragePool("n", null), "GlobalAveragePool", [new(1, 2, 3)], "[1, 2, 3]"),
        Case(new Lrn("n", new LrnParameters(3, 1, 1, 1)), "LRN", [new(1, 2)], "[1, 2]"),
        Case(new FullyConnected("n", "Gemm", new float[6], 3, 2, false, default), "Gemm", [new(1, 4)], "[1, 4]", "[N, 3]"),
        Case(new FullyConnected("n", "Gemm", new float[6], 3, 2, false, default), "Gemm", [new(3)], "[3]"),
        Case(new Affine("n", "Mul", new float[3], new Shape(3, 1, 1), default, default), "Mul", [Plane], "[3, 1, 1]",
            "[1, 2, 5, 6]"),
        Case(new Affine("n", "Add", default, default, new float[6], new Shape(1, 1, 1, 1, 6)), "Add", [Plane], "[1, 1, 1, 1, 6]"),
        Case(new Affine("n", "Add", default, default, new float[2], new Shape(2, 1, 1, 1)), "Add", [Plane], "[2, 1, 1, 1]"),
        Case(new Sum("n", "Add"), "Add", [Plane, new(1, 2, 1, 1)], "[1, 2, 5, 6]", "[1, 2, 1, 1]"),
        Case(new Concat("n", 4, 2), "Concat", [Plane, Plane], "axis 4"),
        Case(new Concat("n", -5, 2), "Concat", [Plane, Plane], "axis -5"),
        Case(new Concat("n", 1, 2), "Concat", [Plane, new(1, 2, 5, 7)], "[1, 2, 5, 7]", "axis 1"),
        Case(new Concat("n", 1, 2), "Concat", [Plane, new(1, 2)], "[1, 2]"),
        Case(new Pad("n", [0, 0], [0, 0], 0), "Pad", [Plane], "2 axes"),
        Case(new Pad("n", [0, 0, -3, 0], [0, 0, -2, 0], 0), "Pad", [Plane], "-3", "axis 2"),
        Case(new Softmax("n", 4, false), "Softmax", [Plane], "axis 4"),
        Case(new Softmax("n", -5, false), "Softmax", [Plane], "axis -5"),
        Case(new LogSoftmax("n", 4, false), "LogSoftmax", [Plane], "axis 4"),
        Case(new Transpose("n", [0, 1, 1, 2]), "Transpose", [Plane], "[0, 1, 1, 2]"),
        Case(new Transpose("n", [1, 0]), "Transpose", [Plane], "[1, 0]"),
        Case(Reshape.To("n", [1, 7, -1]), "Reshape", [Plane], "[1, 2, 5, 6]"),
        Case(Reshape.To("n", [1, 59]), "Reshape", [Plane], "59", "60"),
        Case(Reshape.To("n", [-1, -1]), "Reshape", [Plane], "[1, 2, 5, 6]"),
        Case(Reshape.To("n", [1, 2, 5, 6, 0]), "Reshape", [Plane], "[1, 2, 5, 6]"),
        Case(Reshape.Flatten("n", 5), "Flatten", [Plane], "[1, 2, 5, 6]"),
        Case(Reshape.Squeeze("n", [1]), "Squeeze", [Plane], "[1, 2, 5, 6]"),
        Case(Reshape.Unsqueeze("n", [1, 1]), "Unsqueeze", [Plane], "[1, 2, 5, 6]"),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void A_shape_that_does_not_fit_is_refused_by_node(Layer layer, string operatorName, Shape[] inputs, string[] parts)
    {
        NetVizException refusal = Assert.Throws<NetVizException>(() => layer.OutputShape(inputs))!;
        foreach (string part in parts.Prepend($"node 'n' ({operatorName})")) Assert.That(refusal.Message, Does.Contain(part));
    }

    private static readonly (Func<Layer> Make, string[] Parts)[] Contradictions =
    [
        (() => new Conv("n", W, new Shape(2, 2, 9), default, new Window(3, 3)), ["(Conv)", "[2, 2, 9]"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 2)), ["(Conv)", "3x2", "[2, 2, 3, 3]"]),
        (() => new Conv("n", new float[35], WShape, default, new Window(3, 3)), ["(Conv)", "35"]),
        (() => new Conv("n", W, WShape, new float[3], new Window(3, 3)), ["(Conv)", "3 numbers", "2 output channels"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 3), groups: 3), ["(Conv)", "3 groups"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 3), groups: 0), ["(Conv)", "0 groups"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 3) { StrideH = 0 }), ["'n' (Conv)", "strides 0x1"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 3) { DilationW = 0 }), ["'n' (Conv)", "dilations 1x0"]),
        (() => new Conv("n", W, WShape, default, new Window(3, 3) { PadLeft = -1 }), ["'n' (Conv)", "pads 0, -1, 0, 0"]),
        (() => new MaxPool("n", new Window(0, 1)), ["'n' (MaxPool)", "0x1"]),
        (() => new AveragePool("n", new Window(1, 1) { PadBottom = -2 }), ["'n' (AveragePool)", "-2"]),
        (() => new FullyConnected("n", "Gemm", new float[5], 3, 2, false, default), ["(Gemm)", "5 numbers"]),
        (() => new FullyConnected("n", "Gemm", new float[6], 3, 2, false, new float[3]), ["(Gemm)", "3 numbers", "2 outputs"]),
        (() => new Lrn("n", new LrnParameters(0, 1, 1, 1)), ["(LRN)", "size 0"]),
        (() => new Pad("n", [1], [1, 2], 0), ["(Pad)", "1 pad before and 2"]),
        (() => Affine.BatchNormalization("n", [1, 2], [1], [1, 2], [1, 2], 0), ["(BatchNormalization)", "2, 1, 2 and 2"]),
    ];

    [Test]
    public void Parameters_that_contradict_each_other_are_refused_by_node()
    {
        foreach (var (make, parts) in Contradictions)
        {
            NetVizException refusal = Assert.Throws<NetVizException>(() => make())!;
            foreach (string part in parts.Prepend("node 'n'")) Assert.That(refusal.Message, Does.Contain(part));
        }
    }

    /// <summary>The way a user meets it: the network's input has another size than the file was exported for.</summary>
    [Test]
    public void A_network_refuses_a_shape_by_the_node_that_it_does_not_fit()
    {
        Network network = new NetworkBuilder("g", new NetworkInput("x", [null, 1, null, null]))
            .Then(new MaxPool("pool", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", new float[4], 4, 1, false, default))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        Assert.That(() => prepared.Forward(new Shape(1, 1, 4, 4), new float[16]).Dispose(), Throws.Nothing);
        Assert.That(() => prepared.Forward(new Shape(1, 1, 6, 6), new float[36]),
            Throws.TypeOf<NetVizException>().With.Message.Contains("node 'fc' (Gemm)").And.Message.Contains("[1, 9]"));
        Assert.That(() => prepared.Forward(new Shape(1, 1, 1, 6), new float[6]),
            Throws.TypeOf<NetVizException>().With.Message.Contains("node 'pool' (MaxPool)"));
    }

    private static TestCaseData Case(Layer layer, string operatorName, Shape[] inputs, params string[] parts) =>
        new TestCaseData(layer, operatorName, inputs,
            parts).SetArgDisplayNames($"{operatorName} of {string.Join(" ", inputs)}: {parts[0]}");
}
