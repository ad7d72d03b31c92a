using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Operators in the forms of several versions, and the chains that exporters leave around them, compared with ONNX Runtime
/// at two batch sizes. (Versions before 7, which ONNX Runtime does not take: <see cref="OldOperatorTests"/>.)
/// </summary>
public class ImportAgainstOnnxRuntimeTests
{
    internal static readonly Dictionary<string, Func<TestGraph>> Graphs = new()
    {
        ["Softmax of version 12 goes over all axes from the first"] = () => Image(12).Node("Softmax", "y", "x"),
        ["Softmax of version 12 with an axis"] = () => Image(12).Node("Softmax", "y", "x", ("axis", 2L)),
        ["Softmax of version 13 goes over one axis"] = () => Image(13).Node("Softmax", "y", "x", ("axis", 1L)),
        ["Clip of version 7 has attributes"] = () => Image(7).Node("Clip", "y", "x", ("min", -0.5f), ("max", 0.25f)),
        ["Clip of version 11 has inputs"] = () =>
            Image(11).Floats("low", [], -0.5f).Floats("high", [], 0.25f).Node("Clip", "y", "x low high"),
        ["Clip with an upper limit alone"] = () => Image(13).Floats("high", [], 0.25f).Node("Clip", "y", "x - high"),
        ["Pad of version 10 has attributes"] = () =>
            Image(10).Node("Pad", "y", "x", ("pads", new long[] { 0, 0, 1, 2, 0, 0, 3, 0 }), ("value", 0.5f)),
        ["Pad of version 13 has inputs"] = () =>
            Image(13).Integers("pads", 0, 1, 0, 0, 0, 0, 2, 1).Floats("value", [], 2f).Node("Pad", "y", "x pads value"),
        ["Pad of version 18 has axes"] = () =>
            Image(18).Integers("pads", 1, 2, 3, 4).Integers("axes", -1, 2).Node("Pad", "y", "x pads - axes"),
        ["A Pad of zeros"] = () =>
            Image(13).Integers("pads", 0, 0, 0, 0, 0, 0, 0, 0).Node("Pad", "p", "x pads").Node("Relu", "y", "p"),
        ["Unsqueeze and Squeeze of version 11"] = () =>
            Image(11).Node("Unsqueeze", "u", "x", ("axes", new long[] { 1, -1 }))
                .Node("Squeeze", "y", "u", ("axes", new long[] { 1 })),
        ["Unsqueeze and Squeeze of version 13"] = () =>
            Image(13).Integers("a", 1, 5).Integers("b", -1).Node("Unsqueeze", "u", "x a").Node("Squeeze", "y", "u b"),
        ["Dropout with a ratio of version 12"] = () =>
            Image(12).Floats("ratio", [], 0.7f).Node("Dropout", "d mask", "x ratio").Node("Relu", "y", "d"),
        ["BatchNormalization of version 7"] = () => BatchNormalization(7),
        ["BatchNormalization of version 15"] = () => BatchNormalization(15),
        ["BatchNormalization after Gemm"] = () =>
            Rows(13).Random("w", 6, 4).Node("Gemm", "g", "x w").Random("scale", 4).Random("b", 4).Random("mean", 4)
                .Floats("variance", [4], 0.5f, 1, 2, 3).Node("BatchNormalization", "y", "g scale b mean variance"),
        ["Gemm with everything"] = () =>
            Rows(13).Random("w", 4, 6).Random("c", 4).Node("Gemm", "y", "x w c", ("alpha", 0.5f), ("beta", 2f), ("transB", 1L)),
        ["Gemm without a summand"] = () => Rows(11).Random("w", 6, 4).Node("Gemm", "y", "x w"),
        ["Gemm with one number as summand"] = () => Rows(9).Random("w", 6, 4).Floats("c", [1], 0.5f).Node("Gemm", "y", "x w c"),
        ["MatMul and Add"] = () => Rows(13).Random("w", 6, 4).Random("b", 4).Node("MatMul", "m", "x w").Node("Add", "y", "b m"),
        ["MatMul with a transposed constant"] = () =>
            Rows(13).Random("w", 4, 6).Node("Transpose", "t", "w", ("perm", new long[] { 1, 0 })).Node("MatMul", "y", "x t"),
        ["Arithmetic with constants"] = () => Image(13).Random("c", 3, 1, 1).Floats("two", [], 2f).Random("d", 5)
            .Node("Sub", "a", "c x").Node("Div", "b", "a two").Node("Mul", "m", "d b").Node("Sub", "s", "m c")
            .Node("Add", "y", "two s"),
        ["Sum of activations and constants"] = () =>
            Image(13).Random("c", 3, 4, 5).Node("Relu", "r", "x").Node("Sum", "y", "x c r x"),
        ["Sub of activations"] = () => Image(13).Node("Relu", "r", "x").Node("Sub", "y", "x r"),
        ["Conv in groups with dilation and pads"] = () => Image(11).Random("w", 6, 1, 2, 2).Random("b", 6)
            .Node("Conv", "y", "x w b",
                ("group", 3L), ("dilations", new long[] { 2, 1 }), ("pads", new long[] { 1, 0, 2, 1 }),
                ("strides", new long[] { 1, 2 })),
        ["Conv with auto_pad"] = () =>
            Image(11).Random("w", 2, 3, 2, 3)
                .Node("Conv", "y", "x w", ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 2 })),
        ["AveragePool with pads that count"] = () =>
            Image(11)
                .Node("AveragePool", "y", "x",
                    ("kernel_shape", new long[] { 3, 2 }), ("pads", new long[] { 1, 1, 1, 0 }), ("count_include_pad", 1L)),
        ["AveragePool with ceil_mode"] = () =>
            Image(19)
                .Node("AveragePool", "y", "x",
                    ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 3, 3 }), ("ceil_mode", 1L)),
        ["MaxPool with ceil_mode and a window larger than the plane"] = () => Pooled("MaxPool"),
        ["AveragePool with ceil_mode and a window larger than the plane"] = () => Pooled("AveragePool"),
        ["MaxPool with dilation and ceil_mode"] = () =>
            Image(12)
                .Node("MaxPool", "y", "x",
                    ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }),
                    ("dilations", new long[] { 1, 2 }), ("ceil_mode", 1L)),
        ["LRN"] = () => Image(13).Node("LRN", "y", "x", ("size", 3L), ("alpha", 0.5f), ("beta", 0.6f), ("bias", 1.5f)),
        ["Global pools joined"] = () =>
            Image(13).Node("GlobalAveragePool", "a", "x").Node("GlobalMaxPool", "m", "x")
                .Node("Concat", "y", "a m", ("axis", -3L)),
        ["Concat with constants before, between and behind"] = () =>
            Image(13).Random("a", 1, 2, 4, 5).Random("b", 1, 1, 4, 5).Node("Relu", "r", "x")
                .Node("Concat", "y", "a x b r a", ("axis", 1L)),
        ["Concat with a constant along rows"] = () => Image(13).Random("a", 1, 3, 2, 5).Node("Concat", "y", "x a", ("axis", -2L)),
        ["ReduceMean of version 13"] = () =>
            Image(13).Node("ReduceMean", "y", "x", ("axes", new long[] { -1, -2 }), ("keepdims", 0L)),
        ["ReduceMean of version 18"] = () => Image(18).Integers("axes", 2, 3).Node("ReduceMean", "y", "x axes"),
        ["ReduceMean of pixels"] = () =>
            Image(13).Node("Transpose", "t", "x", ("perm", new long[] { 0, 2, 3, 1 }))
                .Node("ReduceMean", "y", "t", ("axes", new long[] { 1, 2 })),
        ["LogSoftmax of version 12 goes over all axes from the first"] = () => Image(12).Node("LogSoftmax", "y", "x"),
        ["LogSoftmax of version 13 goes over one axis"] = () => Image(13).Node("LogSoftmax", "y", "x", ("axis", 1L)),
        ["Transpose and LeakyRelu"] = () =>
            Image(13).Node("LeakyRelu", "l", "x", ("alpha", 0.2f))
                .Node("Transpose", "y", "l", ("perm", new long[] { 0, 2, 3, 1 })),
        ["Flatten from another axis"] = () => Image(13).Node("Flatten", "k", "x", ("axis", -2L)).Integers("back", -1, 60).Node("Reshape", "y", "k back"),
        ["Identity and Cast"] = () =>
            Image(13).Node("Identity", "i", "x").Node("Cast", "c", "i", ("to", 1L)).Node("Relu", "y", "c"),
        ["Reshape to the batch size by Gather, Unsqueeze, Concat"] = () => Image(11).Integer("zero", 0).Integers("rest", -1)
            .Node("Shape", "s", "x").Node("Gather", "n", "s zero").Node("Unsqueeze", "u", "n", ("axes", new long[] { 0 }))
            .Node("Concat", "target", "u rest", ("axis", 0L)).Node("Reshape", "y", "x target"),
        ["Reshape to the batch size in the last place"] = () =>
            Image(13).Integers("rest", 60).Integers("from", 0).Integers("to", 1)
            .Node("Shape", "s", "x").Node("Slice", "n", "s from to").Node("Concat", "target", "rest n", ("axis", 0L))
            .Node("Reshape", "k", "x target").Integers("back", -1, 60).Node("Reshape", "y", "k back"),
        ["Reshape to sizes worked out by arithmetic"] = () =>
            Image(13).Integer("one", 1).Integer("two", 2).Integer("three", 3).Integers("axis", 0).Integers("rest", -1)
            .Node("Shape", "s", "x").Node("Gather", "h", "s two").Node("Gather", "w", "s three").Node("Mul", "hw", "h w")
            .Node("Div", "half", "hw two")
            .Node("Add", "more", "half one").Node("Sub", "less", "more one").Node("Cast", "f", "less", ("to", 1L))
            .Node("Cast", "i", "f", ("to", 7L))
            .Node("Unsqueeze", "u", "i axis").Node("Concat", "target", "rest u", ("axis", 0L)).Node("Reshape", "k", "x target").Integers("back", -1, 60).Node("Reshape", "y", "k back"),
        ["Reshape by the last axes of a Shape of version 15"] = () => Image(15).Integers("n", -1)
            .Node("Shape", "s", "x", ("start", -2L)).Node("Concat", "target", "n s", ("axis", 0L))
            .Node("Reshape", "k", "x target").Integers("back", -1, 60).Node("Reshape", "y", "k back"),
        ["Reshape by a Shape read backwards"] = () =>
            Image(13).Integers("from", -1).Integers("to", -4).Integers("axes", 0).Integers("steps", -1).Integers("n", 0)
            .Node("Shape", "s", "x").Node("Slice", "b", "s from to axes steps").Node("Concat", "target", "n b", ("axis", 0L))
            .Node("Reshape", "y", "x target"),
        ["Reshape by a Constant with value_ints"] = () =>
            Image(13).Node("Constant", "target", "", ("value_ints", new long[] { 0, 5, -1 })).Node("Reshape", "y", "x target"),
        ["Weights that are reshaped, squeezed and gathered"] = () =>
            Image(13).Random("w", 1, 6, 12).Integers("shape", 6, 3, 2, 2).Integers("axis", 0).Integers("pick", 5, 0, -3)
            .Node("Squeeze", "s", "w axis").Node("Reshape", "r", "s shape").Node("Gather", "k", "r pick", ("axis", 0L))
            .Node("Conv", "y", "x k"),
        ["Weights by ConstantOfShape and arithmetic"] = () => Image(13).Integers("shape", 2, 3, 1, 1).Random("r", 3, 1, 1)
            .Node("ConstantOfShape", "zeros", "shape").Node("Add", "w", "zeros r").Node("Identity", "k", "w")
            .Node("Conv", "y", "x k"),
    };

    private static IEnumerable<string> Names => Graphs.Keys;

    [TestCaseSource(nameof(Names))]
    public void Graph_gives_what_ONNX_Runtime_gives(string name)
    {
        using var folder = new TemporaryFolder();
        string path = Graphs[name]().Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        // ONNX joins a constant with one image only; here it goes beside each.
        foreach (int batch in name.StartsWith("Concat with", StringComparison.Ordinal) ? new[] { 1 } : [1, 2])
        {
            int[] dims = model.InputShape(batch).Lengths.ToArray();
            float[] image = TestGraph.Image((int)model.InputShape(batch).Count);
            (float[] values, int[] shape) = TestGraph.Run(model, image, dims);
            (float[] expected, long[] expectedShape) = OnnxRuntime.Run(path, image, dims, "y");
            Assert.That(shape, Is.EqualTo(expectedShape), $"batch {batch}");
            Assert.That(values, Is.EqualTo(expected).Within(2e-6), $"batch {batch}");
        }
    }

    private static TestGraph Image(long opset) => new TestGraph(opset).Input("x", "N", 3, 4, 5);

    private static TestGraph Rows(long opset) => new TestGraph(opset).Input("x", "N", 6);

    // [3, 4, 5] pooled to [3, 2, 3], then by a window of 3 x 4.
    private static TestGraph Pooled(string operation) => Image(13)
        .Node(operation, "p", "x", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1L))
        .Node(operation, "y", "p",
            ("kernel_shape", new long[] { 3, 4 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1L));

    private static TestGraph BatchNormalization(long opset) =>
        Image(opset).Random("scale", 3).Random("b", 3).Random("mean", 3).Floats("variance", [3], 0.5f, 1, 2)
        .Node("BatchNormalization", "y", "x scale b mean variance", ("epsilon", 1e-3f));
}
