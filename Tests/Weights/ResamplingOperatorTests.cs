using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Analysis.Proofs;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.Export;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Weights;

/// <summary>
/// Transposed convolutions, interpolation, borders, parts of activations, channels that become pixels, and normalisation by an image's
/// own mean, each between two convolutions: scores as ONNX Runtime's, gradients as finite differences, proofs and traces that hold,
/// receptive fields that are the gradient's support, and an export that has the same numbers.
/// </summary>
public sealed class ResamplingOperatorTests : InTemporaryFolder
{
    private const int Channels = 8, Side = 6;

    /// <summary>An operator between the convolutions: from "c" [N, 8, 6, 6] to "g".</summary>
    public sealed record Case(string Name, int Opset)
    {
        internal Func<TestGraph, TestGraph> Add { get; init; } = graph => graph;

        /// <summary>Whether its channels do not mix with places, so that the support of a gradient is a receptive field.</summary>
        public bool HasField { get; init; } = true;

        /// <summary>Whether an export has the same layers: what becomes several layers, or one of another operator, has not.</summary>
        public bool KeepsLayers { get; init; } = true;

        /// <summary>The relative distance allowed from ONNX Runtime.</summary>
        public double Within { get; init; } = 1e-5;

        public override string ToString() => $"{Name} ({Opset})";
    }

    private static Case Of(string operation, int opset, string inputs, Func<TestGraph, TestGraph>? constants,
        params (string, object)[] attributes) =>
        new($"{operation} {string.Join(" ", attributes.Select(a => $"{a.Item1} {(a.Item2 is long[] n ? string.Join(",", n) : a.Item2)}"))}",
            opset) { Add = graph => (constants?.Invoke(graph) ?? graph).Node(operation, "g", inputs, attributes) };

    private static Case Transposed(int outputs, int groups, int kh, int kw, params (string, object)[] attributes) =>
        Of("ConvTranspose", 13, "c k b", graph => graph.Random("k", Channels, outputs / groups, kh, kw).Random("b", outputs),
            groups == 1 ? attributes : [.. attributes, ("group", (long)groups)]);

    private static Case Resized(int opset, float[] scales, params (string, object)[] attributes)
    {
        Case result = opset < 11
            ? Of("Resize", opset, "c s", graph => graph.Floats("s", [scales.Length], scales), attributes)
            : Of("Resize", opset, "c r s", graph => graph.Floats("r", [0]).Floats("s", [scales.Length], scales), attributes);
        return result with { Name = $"{result.Name} by {string.Join(" ", scales)}" };
    }

    private static Case Sized(int opset, long[] sizes, params (string, object)[] attributes)
    {
        Case result = Of("Resize", opset, "c - - s", graph => graph.Integers("s", sizes), attributes);
        return result with { Name = $"{result.Name} to {string.Join(" ", sizes)}" };
    }

    private static Case Padded(int opset, string mode, params long[] pads)
    {
        Case result = opset < 11 ? Of("Pad", opset, "c", null, ("mode", mode), ("pads", pads))
            : Of("Pad", opset, "c p", graph => graph.Integers("p", pads), ("mode", mode));
        return result with { Name = $"{result.Name} {string.Join(" ", pads)}" };
    }

    private static Case Sliced(long[] starts, long[] ends, long[] axes, params long[] steps)
    {
        Case result = Of("Slice", 13, "c s e a t", graph => graph.Integers("s", starts).Integers("e", ends).Integers("a", axes)
            .Integers("t", steps));
        return result with { Name = $"Slice {string.Join(" ", starts)} to {string.Join(" ", ends)} axes {string.Join(" ", axes)} steps {string.Join(" ", steps)}" };
    }

    private static Case Of(string operation, int opset, string inputs, Func<TestGraph, TestGraph> constants) =>
        Of(operation, opset, inputs, constants, []);

    private static Case Made(string name, int opset, Func<TestGraph, TestGraph> add) => new(name, opset) { Add = add };

    private static long[] L(params long[] numbers) => numbers;

    private static IEnumerable<Case> Cases =>
    [
        Transposed(5, 1, 3, 3), Transposed(5, 1, 2, 2, ("strides", L(2, 2))), Transposed(4, 2, 4, 4, ("strides", L(2, 2)), ("pads", L(1, 1, 1, 1))),
        Transposed(8, 8, 3, 3, ("strides", L(2, 2)), ("pads", L(1, 1, 1, 1)), ("output_padding", L(1, 1))),
        Transposed(3, 1, 3, 3, ("pads", L(1, 1, 1, 1))), Transposed(3, 1, 3, 3, ("pads", L(0, 2, 1, 0)), ("dilations", L(2, 1))),
        Transposed(3, 1, 3, 2, ("strides", L(3, 2)), ("output_padding", L(2, 1))),
        Transposed(3, 1, 2, 2, ("strides", L(3, 3))),
        Transposed(3, 1, 3, 3, ("strides", L(3, 2)), ("output_shape", L(17, 13))),
        Transposed(3, 1, 3, 3, ("strides", L(3, 2)), ("output_shape", L(20, 13)), ("output_padding", L(1, 1))),
        Transposed(3, 1, 3, 3, ("strides", L(2, 2)), ("output_shape", L(12, 12)), ("auto_pad", "SAME_UPPER")),
        Transposed(3, 1, 3, 3, ("strides", L(2, 2)), ("auto_pad", "SAME_UPPER")), Transposed(3, 1, 4, 3, ("strides", L(1, 2)), ("auto_pad", "SAME_LOWER")),
        Transposed(3, 1, 3, 3, ("strides", L(2, 1)), ("auto_pad", "VALID")), Transposed(3, 1, 1, 1, ("pads", L(1, 1, 1, 1))),
        Transposed(3, 1, 5, 5, ("dilations", L(2, 2)), ("strides", L(2, 2)), ("pads", L(3, 4, 4, 3))),

        Of("Upsample", 7, "c", null, ("scales", new float[] { 1, 1, 2, 3 })),
        Of("Upsample", 7, "c", null, ("scales", new float[] { 1, 1, 1.5f, 2 }), ("mode", "linear")),
        Of("Upsample", 9, "c s", graph => graph.Floats("s", [4], 1, 1, 2, 2), ("mode", "nearest")),
        Of("Upsample", 9, "c s", graph => graph.Floats("s", [4], 1, 1, 2, 2.5f), ("mode", "linear")),
        Resized(10, [1, 1, 2, 2]), Resized(10, [1, 1, 0.6f, 1.7f]), Resized(10, [1, 1, 2, 0.5f], ("mode", "linear")),
        .. from coordinates in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" }
           from rounding in new[] { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" }
           from scales in new float[][] { [1, 1, 2, 3], [1, 1, 0.6f, 1.4f] }
           select Resized(11, scales, ("coordinate_transformation_mode", coordinates), ("nearest_mode", rounding)),
        Resized(11, [1, 1, 2, 0.5f], ("coordinate_transformation_mode", "tf_half_pixel_for_nn"), ("nearest_mode", "floor")) with { KeepsLayers = false },
        .. from coordinates in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" }
           from mode in new[] { "linear", "cubic" }
           from scales in new float[][] { [1, 1, 2, 1.5f], [1, 1, 0.5f, 0.7f], [1, 1, 3, 0.2f] }
           where mode == "linear" || scales[3] != 0.2f
           select Resized(13, scales, ("coordinate_transformation_mode", coordinates), ("mode", mode)),
        Sized(13, [1, Channels, 13, 4], ("mode", "linear")), Sized(13, [1, Channels, 12, 3]),
        Sized(13, [1, Channels, 7, 11], ("mode", "linear"), ("coordinate_transformation_mode", "align_corners")),
        Sized(13, [1, Channels, 7, 3], ("mode", "cubic"), ("exclude_outside", 1L), ("cubic_coeff_a", -0.5f)),
        Sized(18, [9, 8], ("mode", "linear"), ("axes", L(2, 3))), Sized(18, [3, 4], ("mode", "linear"), ("axes", L(-1, 2)), ("antialias", 1L)),
        Sized(18, [4, 12], ("mode", "cubic"), ("axes", L(2, 3)), ("antialias", 1L)),
        Sized(18, [4, 3], ("mode", "cubic"), ("axes", L(2, 3)), ("antialias", 1L), ("exclude_outside", 1L)),
        Resized(19, [1, 1, 1.3f, 0.8f], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel_symmetric")),

        Padded(11, "reflect", 0, 0, 2, 3, 0, 0, 1, 5), Padded(11, "edge", 0, 0, 2, 3, 0, 0, 0, 7), Padded(8, "reflect", 0, 0, 1, 1, 0, 0, 1, 1),
        Padded(13, "edge", 0, 1, 0, 0, 0, 2, 0, 0), Padded(13, "edge", 0, 0, -1, 2, 0, 0, 3, -2), Padded(13, "constant", 0, 0, -1, 2, 0, 0, 3, -2),
        Padded(19, "wrap", 0, 0, 2, 3, 0, 0, 1, 5),

        Sliced([1], [5], [2], 1), Sliced([2, 1], [-1, int.MaxValue], [1, 3], 1, 1), Sliced([0, 1], [6, 6], [2, 3], 2, 2),
        Sliced([-1], [-100], [3], -1), Sliced([5, 7], [-7, 0], [2, 1], -2, -3), Sliced([-4], [long.MaxValue], [-3], 1),
        Sliced([0, 0], [1, 3], [0, 1], 1, 1),
        Of("Gather", 13, "c i", graph => graph.Integers("i", 2, 1, 0, 2, -1), ("axis", 1L)),
        Of("Gather", 13, "c i", graph => graph.Integers("i", 2, 3, 4), ("axis", -1L)),
        Made("Gather of one channel", 13, graph => graph.Integer("i", -3).Integers("one", 1).Node("Gather", "p", "c i", ("axis", 1L)).Node("Unsqueeze", "g", "p one")),
        Made("Split in halves, exchanged", 13, graph => graph.Node("Split", "s1 s2", "c", ("axis", 1L)).Node("Concat", "g", "s2 s1", ("axis", 1L))),
        Made("Split by lengths, one unread", 13, graph => graph.Integers("l", 2, 3, 3).Node("Split", "s1 s2 s3", "c l", ("axis", 1L))
            .Node("Concat", "g", "s1 s3", ("axis", 1L))),
        Made("Split, the first unread", 11, graph => graph.Node("Split", "s1 s2", "c", ("axis", -1L), ("split", L(1, 5))).Node("Relu", "g", "s2")) with { HasField = false },
        Made("Split by num_outputs, the last shorter", 18, graph => graph.Node("Split", "s1 s2 s3", "c", ("axis", 1L), ("num_outputs", 3L))
            .Node("Concat", "g", "s3 s1 s2", ("axis", 1L))),

        Of("DepthToSpace", 13, "c", null, ("blocksize", 2L)), Of("DepthToSpace", 13, "c", null, ("blocksize", 2L), ("mode", "CRD")),
        Of("DepthToSpace", 9, "c", null, ("blocksize", 2L)), Of("SpaceToDepth", 13, "c", null, ("blocksize", 3L)),
        Made("a channel shuffle", 13, graph => graph.Integers("t", 0, 4, 2, 6, 6).Integers("u", 0, 8, 6, 6).Node("Reshape", "r1", "c t")
            .Node("Transpose", "r2", "r1", ("perm", L(0, 2, 1, 3, 4))).Node("Reshape", "g", "r2 u")),

        Of("InstanceNormalization", 6, "c k b", graph => graph.Random("k", Channels).Random("b", Channels)),
        Of("InstanceNormalization", 13, "c k b", graph => graph.Floats("k", [Channels], 1, 1, 1, 1, 1, 1, 1, 1)
            .Floats("b", [Channels], 0, 0, 0, 0, 0, 0, 0, 0), ("epsilon", 0.1f)),
        Of("LayerNormalization", 17, "c k b", graph => graph.Random("k", Channels, Side, Side).Random("b", Channels, Side, Side), ("axis", 1L)),
        Of("LayerNormalization", 17, "c k", graph => graph.Random("k", Side), ("epsilon", 0.01f)),
        Of("GroupNormalization", 21, "c k b", graph => graph.Random("k", Channels).Random("b", Channels), ("num_groups", 4L)),
    ];

    [TestCaseSource(nameof(Cases))]
    public void An_operator_is_right_in_every_direction(Case c)
    {
        string path = Write(c);
        float[] image = TestGraph.Image(3 * Side * Side);
        using OnnxModel model = OnnxModel.Load(path);
        Tensor<float> input = Numbers.Create(image, [1, 3, Side, Side]);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 3, Side, Side], "y");
        foreach (Device device in (Device[])[Device.Cpu(2), Device.Reference, Device.ReferenceDouble])
        {
            using PreparedNetwork prepared = model.Network.On(device);
            using ForwardRecord record = prepared.Forward(input, [.. model.Network.Nodes.Select(node => node.Name), "x"]);
            Assert.That(Relative(record.Scores, expected), Is.LessThan(c.Within), device.Name);
            float[] gradient = [.. record.Backward(Seed.Class(0), BackwardRule.Gradient)];
            Assert.That(Relative(gradient, Difference(model, image)), Is.LessThan(2e-4), $"gradient on {device.Name}");
            foreach (BackwardRule rule in BackwardRule.All)
            {
                ProofReport proof = Proof.Of(record, Seed.Class(0), rule);
                Assert.That(proof.Rows.SelectMany(row => row.Faults ?? []), Is.Empty, $"proof by {rule.Name} on {device.Name}");
            }

            foreach (Node node in model.Network.Nodes)
            {
                string above = model.Network.NameOf(node.Output);
                int count = (int)record.ShapeOf(node.Output).Count;
                foreach (int element in new[] { 0, count / 2, count - 1 })
                {
                    TraceStep forward = Trace.Forward(record, Array.ConvertAll(image, value => (double)value), above, element, 1)[0];
                    Assert.That(forward.AddsUp, $"{above} {element} forward on {device.Name}: {forward.Sum} is not {forward.Engine}");
                }
            }

            foreach (int element in new[] { 0, 50, image.Length - 1 })
            {
                Assert.That(Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "x", element).Select(step => step.AddsUp), Is.All.True,
                    $"x {element} backward on {device.Name}");
            }
        }

        string exported = Folder.File("again.onnx");
        OnnxExport.Write(model.Network, exported);
        using OnnxModel again = OnnxModel.Load(exported);
        if (c.KeepsLayers) RoundTrip.RequireSameLayers(model.Network, again.Network);
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Cpu(2));
        RoundTrip.RequireSameInOnnxRuntime(path, exported, images: 1);
    }

    /// <summary>The field of a unit of the operator's output has every pixel that its value has a slope by.</summary>
    [TestCaseSource(nameof(Cases))]
    public void A_receptive_field_holds_the_support_of_the_gradient(Case c)
    {
        using OnnxModel model = OnnxModel.Load(Write(c));
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        using ForwardRecord record = prepared.Forward(Numbers.Create(TestGraph.Image(3 * Side * Side), [1, 3, Side, Side]));
        Shape shape = record.ShapeOf(model.Network.Find("g"));
        foreach ((int channel, int y, int x) in new[] { (0, 0, 0), (shape.C - 1, shape.H - 1, shape.W / 2), (shape.C / 2, shape.H / 2, shape.W - 1) })
        {
            ReceptiveField field = ReceptiveField.Of(model.Network, new Shape(1, 3, Side, Side), "g", channel, y, x);
            float[] slope = [.. record.Backward(Seed.Neuron("g", channel, y, x), BackwardRule.Gradient)];
            for (int p = 0; p < Side * Side; p++)
            {
                bool depends = slope[p] != 0 || slope[Side * Side + p] != 0 || slope[2 * Side * Side + p] != 0;
                if (depends) Assert.That(field[p / Side, p % Side], $"pixel {p / Side},{p % Side} of unit {channel},{y},{x}");
                else if (c.HasField) Assert.That(!field[p / Side, p % Side], $"pixel {p / Side},{p % Side} of unit {channel},{y},{x} has no slope");
            }
        }
    }

    private string Write(Case c) => c.Add(new TestGraph(c.Opset).Input("x", "N", 3, Side, Side).Random("w", Channels, 3, 3, 3)
        .Node("Conv", "c", "x w", ("pads", L(1, 1, 1, 1)))).Node("Relu", "tail1", "g").Node("GlobalAveragePool", "tail2", "tail1")
        .Node("MaxPool", "tail3", "tail1", ("kernel_shape", L(2, 1)), ("strides", L(1, 1))).Node("GlobalAveragePool", "tail4", "tail3")
        .Node("Sub", "tail5", "tail2 tail4").Node("Add", "tail6", "tail5 tail2").Node("Flatten", "y", "tail6").Write(Folder);

    private static float[] Difference(OnnxModel model, float[] image)
    {
        const double Step = 1e-6;
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        var gradient = new float[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            double Score(double by)
            {
                double[] moved = Array.ConvertAll(image, value => (double)value);
                moved[i] += by;
                using ForwardRecord record = prepared.Forward(Numbers.Create(moved, [1, 3, Side, Side]));
                return record.ScoresInDouble[0, 0];
            }

            gradient[i] = (float)((Score(Step) - Score(-Step)) / (2 * Step));
        }

        return gradient;
    }

    private static double Relative(IEnumerable<float> found, float[] expected)
    {
        float[] values = [.. found];
        return TensorPrimitives.Distance<float>(values, expected) / TensorPrimitives.Norm<float>(expected);
    }
}
