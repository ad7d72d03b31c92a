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
/// Transposed convolutions, interpolation, borders, parts of activations, channels that become pixels, and normalisation by an
/// image's own mean, each between two convolutions: scores as ONNX Runtime's, gradients as finite differences, proofs and
/// traces that hold, receptive fields that are the gradient's support, and an export that has the same numbers.
/// </summary>
public sealed class ResamplingOperatorTests : InTemporaryFolder
{
    private const int Channels = 8, Side = 6;

    /// <summary>An operator between the convolutions: from "c" [N, 8, 6, 6] to "g".</summary>
    public sealed record Case(string Name, int Opset)
    {
        internal Func<TestGraph, TestGraph> Add { get; init; } = graph => graph;

        /// <summary>
        /// Whether its channels do not mix with places, so that the support of a gradient is a receptive field.
        /// </summary>
        public bool HasField { get; init; } = true;

        /// <summary>
        /// Whether an export has the same layers: what becomes several layers, or one of another operator, has not.
        /// </summary>
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

        Of("InstanceNormalization", 8, "c k b", graph => graph.Random("k", Channels).Random("b", Channels)),
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

    private static readonly Dictionary<string, (int Opset, Func<TestGraph, TestGraph> Add, string[] Expected)> Refusals = new()
    {
        ["a weight of three axes"] = (13, g => g.Random("k", 8, 3, 3).Node("ConvTranspose", "g", "c k"),
            ["node 'g' (ConvTranspose)", "[8, 3, 3]", "[C, O / group, KH, KW]"]),
        ["channels that differ"] = (13, g => g.Random("k", 7, 3, 3, 3).Node("ConvTranspose", "g", "c k"),
            ["node 'g' (ConvTranspose)", "8 channels", "wants 7"]),
        ["a bias of another length"] = (13, g => g.Random("k", 8, 3, 3, 3).Random("b", 2).Node("ConvTranspose", "g", "c k b"),
            ["node 'g' (ConvTranspose)", "2 numbers", "3 output channels"]),
        ["groups that do not divide"] = (13, g => g.Random("k", 8, 3, 3, 3).Node("ConvTranspose", "g", "c k", ("group", 3L)), ["3 groups"]),
        ["an output_padding of three numbers"] = (13, g => g.Random("k", 8, 3, 3, 3).Node("ConvTranspose", "g", "c k", ("output_padding", L(1, 1, 1))),
            ["output_padding [1, 1, 1]"]),
        ["an output_shape of three numbers"] = (13, g => g.Random("k", 8, 3, 3, 3).Node("ConvTranspose", "g", "c k", ("output_shape", L(1, 2, 3))),
            ["output_shape [1, 2, 3]", "rows and columns"]),
        ["pads that leave nothing"] = (13, g => g.Random("k", 8, 3, 3, 3).Node("ConvTranspose", "g", "c k", ("pads", L(4, 4, 4, 4))),
            ["node 'g' (ConvTranspose)", "0 rows or columns", "pads are cut off"]),
        ["a weight that is computed"] = (13, g => g.Node("ConvTranspose", "g", "c c"), ["its weight ('c')", "only constants"]),
        ["crop and resize"] = (13, g => g.Floats("r", [8], 0, 0, 0, 0, 1, 1, 1, 1).Floats("s", [4], 1, 1, 2, 2)
            .Node("Resize", "g", "c r s", ("coordinate_transformation_mode", "tf_crop_and_resize")),
            ["node 'g' (Resize)", "'tf_crop_and_resize'", "half_pixel", "crop before the network"]),
        ["a mode of Resize"] = (13, g => g.Floats("s", [4], 1, 1, 2, 2).Node("Resize", "g", "c - s", ("mode", "area")), ["mode is 'area'", "nearest, linear"]),
        ["a nearest_mode"] = (13, g => g.Floats("s", [4], 1, 1, 2, 2).Node("Resize", "g", "c - s", ("nearest_mode", "simple")), ["nearest_mode is 'simple'"]),
        ["a policy"] = (18, g => g.Integers("s", 3, 9).Node("Resize", "g", "c - - s", ("axes", L(2, 3)), ("keep_aspect_ratio_policy", "not_larger")),
            ["keep_aspect_ratio_policy is 'not_larger'", "stretch"]),
        ["neither scales nor sizes"] = (13, g => g.Node("Resize", "g", "c"), ["neither scales nor sizes"]),
        ["scales and sizes"] = (13, g => g.Floats("s", [4], 1, 1, 2, 2).Integers("z", 1, 8, 9, 9).Node("Resize", "g", "c - s z"), ["both scales and sizes"]),
        ["a scale of 0"] = (13, g => g.Floats("s", [4], 1, 1, 0, 2).Node("Resize", "g", "c - s"), ["scale of axis 2 is 0"]),
        ["a scale that leaves nothing"] = (13, g => g.Floats("s", [4], 1, 1, 0.1f, 2).Node("Resize", "g", "c - s"), ["nothing is left of axis 2"]),
        ["a size of 0"] = (13, g => g.Integers("z", 1, 8, 0, 9).Node("Resize", "g", "c - - z"), ["size of axis 2 is 0"]),
        ["too few scales"] = (13, g => g.Floats("s", [2], 2, 2).Node("Resize", "g", "c - s"), ["2 scales for 4 axes"]),
        ["a resize of the batch"] = (13, g => g.Floats("s", [4], 2, 1, 1, 1).Node("Resize", "g", "c - s"), ["axis 0", "the batch"]),
        ["scales that are computed"] = (13, g => g.Node("Resize", "g", "c - c"), ["its scales ('c')", "only constants"]),
        ["an enormous resize"] = (13, g => g.Floats("s", [4], 1, 1, 1e9f, 1e9f).Node("Resize", "g", "c - s"), ["node 'g/axis0' (Resize)", "1048576 are supported"]),
        ["a mode of Pad"] = (13, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "g", "c p", ("mode", "mirror")), ["mode is 'mirror'", "reflect, edge"]),
        ["wrap before version 19"] = (18, g => g.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "g", "c p", ("mode", "wrap")), ["mode is 'wrap'", "version 19"]),
        ["a border that crops all"] = (13, g => g.Integers("p", 0, 0, -3, 0, 0, 0, -3, 0).Node("Pad", "g", "c p", ("mode", "edge")), ["nothing is left of axis 2"]),
        ["part of the batch"] = (13, g => g.Integers("s", 0).Integers("e", 1).Integers("a", 0).Integers("b", 1).Node("Slice", "g", "c b e a"),
            ["node 'g' (Slice)", "part of axis 0", "the batch"]),
        ["a slice of nothing"] = (13, g => g.Integers("s", 4).Integers("e", 4).Integers("a", 2).Node("Slice", "g", "c s e a"), ["axis 2", "none"]),
        ["a step of 0"] = (13, g => g.Integers("s", 0).Integers("e", 4).Integers("a", 2).Integers("t", 0).Node("Slice", "g", "c s e a t"), ["step of 0"]),
        ["starts that are computed"] = (13, g => g.Integers("e", 4).Node("Slice", "g", "c c e"), ["starts are computed"]),
        ["starts and ends that differ in number"] = (13, g => g.Integers("s", 0).Integers("e", 4, 4).Node("Slice", "g", "c s e"), ["differ in number"]),
        ["a split of the batch"] = (13, g => g.Node("Split", "g h", "c").Node("Add", "i", "g h").Output("i"), ["node 'g h' (Split)", "axis 0"]),
        ["parts that do not make up the axis"] = (13, g => g.Integers("l", 3, 6).Node("Split", "g h", "c l", ("axis", 1L)), ["[3, 6]", "axis 1"]),
        ["an axis that does not divide"] = (13, g => g.Node("Split", "g h i", "c", ("axis", 1L)), ["does not divide into 3 parts"]),
        ["indices outside"] = (13, g => g.Integers("i", 0, 8).Node("Gather", "g", "c i", ("axis", 1L)), ["node 'g' (Gather)", "8 is outside of 0 to 7"]),
        ["images of the batch"] = (13, g => g.Integers("i", 0).Node("Gather", "g", "c i"), ["node 'g' (Gather)", "the batch"]),
        ["blocks that do not fit"] = (13, g => g.Node("SpaceToDepth", "g", "c", ("blocksize", 4L)), ["blocks of 4x4", "multiples"]),
        ["channels that are no blocks"] = (13, g => g.Node("DepthToSpace", "g", "c", ("blocksize", 3L)), ["blocks of 3x3", "multiple of 9"]),
        ["a mode of DepthToSpace"] = (13, g => g.Node("DepthToSpace", "g", "c", ("blocksize", 2L), ("mode", "RDC")), ["mode is 'RDC'", "DCR and CRD"]),
        ["a scale of other channels"] = (13, g => g.Random("k", 3).Random("b", 8).Node("InstanceNormalization", "g", "c k b"), ["its scale has 3 numbers for 8 channels"]),
        ["a variance that is not positive"] = (13, g => g.Random("k", 8).Random("b", 8).Node("InstanceNormalization", "g", "c k b", ("epsilon", -1f)), ["epsilon is -1"]),
        ["a normalisation over the batch"] = (17, g => g.Random("k", 8, 6, 6).Node("LayerNormalization", "g", "c k", ("axis", 0L)), ["axis 0", "the batch"]),
        ["a scale that does not fit"] = (17, g => g.Random("k", 5).Node("LayerNormalization", "g", "c k"), ["[5]", "does not broadcast"]),
        ["groups of channels"] = (21, g => g.Random("k", 8).Random("b", 8).Node("GroupNormalization", "g", "c k b", ("num_groups", 3L)), ["num_groups is 3"]),
    };

    [TestCaseSource(nameof(RefusalNames))]
    public void What_is_not_supported_is_refused_by_name(string name)
    {
        (int opset, Func<TestGraph, TestGraph> add, string[] expected) = Refusals[name];
        string path = add(new TestGraph(opset).Input("x", "N", 3, Side, Side).Random("w", Channels, 3, 3, 3)
            .Node("Conv", "c", "x w", ("pads", L(1, 1, 1, 1)))).Write(Folder);
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose())!;
        string told = $"{error.Message} {error.Hint}";
        foreach (string part in (string[])[path, .. expected]) Assert.That(told, Does.Contain(part));
    }

    private static IEnumerable<string> RefusalNames => Refusals.Keys;

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
