using System.Numerics.Tensors;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// ONNX's own operator tests, all that lie in the shared data: each is a model of one node with inputs and outputs. The
/// first input is the image, the others become constants. What is refused stands in <see cref="Refused"/> with the reason
/// that the message has to give; a case that is neither refused nor right is an error, and so is one that is refused
/// although it is not listed. Of several outputs the first is compared.
/// </summary>
public class OperatorTests
{
    // The beginning of a case's name (or, with a dot after it, the whole), and what the message says.
    private static readonly (string Case, string Reason)[] Refused =
    [
        ("test_argmax_", "(ArgMax): the operator is not supported"),
        ("test_averagepool_1d_", "kernel_shape [2] has 1 number; 2 are supported"),
        ("test_averagepool_3d_", "has 3 numbers; 2 are supported"),
        ("test_concat_1d_", "along axis 0, which is the batch"), // with activations: see below
        ("test_concat_2d_axis_0", "along axis 0, which is the batch"),
        ("test_concat_2d_axis_negative_2", "along axis 0, which is the batch"),
        ("test_concat_3d_axis_0", "along axis 0, which is the batch"),
        ("test_concat_3d_axis_negative_3", "along axis 0, which is the batch"),
        ("test_constantofshape_int_shape_zero", "is empty"),
        ("test_convtranspose_1d.", "has the shape [1, 2, 3]; [C, O / group, KH, KW] is supported"),
        ("test_convtranspose_3d.", "has the shape [1, 2, 3, 3, 3]; [C, O / group, KH, KW] is supported"),
        ("test_identity_opt", "is no tensor"),
        ("test_matmul_bcast", "or a stack of them whose axes before the last two are the activation's, is supported"),
        ("test_maxpool_1d_", "kernel_shape [2] has 1 number; 2 are supported"),
        ("test_maxpool_3d_", "has 3 numbers; 2 are supported"),
        ("test_maxunpool_", "(MaxUnpool): the operator is not supported"),
        ("test_reshape_allowzero_reordered", "is empty"),
    ];

    // Operators that take several activations, in cases whose inputs have one shape.
    private static readonly string[] OfSeveralActivations =
        ["test_add", "test_concat_", "test_mul", "test_sub", "test_sum_"];

    /// <summary>The list above tells of cases that are there: no line outlives its case.</summary>
    [Test]
    public void Every_refusal_in_the_list_is_of_a_case_that_is_there()
    {
        string[] cases = [.. Cases().Select(found => found.Arguments[0]!.ToString() + '.')];
        SharedData.PathOf("onnx-backend", "node");
        foreach ((string refused, string _) in Refused)
            Assert.That(cases.Any(name => name.StartsWith(refused, StringComparison.Ordinal)), refused);
        int refusals = cases.Count(name => Refused.Any(entry => name.StartsWith(entry.Case, StringComparison.Ordinal)));
        TestContext.Out.WriteLine($"{cases.Length} operator tests of ONNX, of which {refusals} are refused by name");
    }

    private static readonly Device[] Devices = [Device.Reference, Device.Cpu(), .. GpuBackEnd.Platforms
        .Where(platform => !GpuBackEnd.IsMissing(GpuDevices.NameOf(platform))).Select(GpuBackEnd.DeviceOf)];

    private static IEnumerable<TestCaseData> Cases() => SharedData.CasesOf(_ => true, "onnx-backend", "node");

    private static IEnumerable<TestCaseData> CasesOfSeveralActivations() =>
        SharedData.CasesOf(name => OfSeveralActivations.Any((name + '.').StartsWith), "onnx-backend", "node");

    [TestCaseSource(nameof(Cases))]
    public void Operator(string name)
    {
        var test = new OperatorCase(SharedData.PathOf("onnx-backend", "node", name));
        if (Refused.FirstOrDefault(entry => (name + '.').StartsWith(entry.Case, StringComparison.Ordinal)).Reason is { } reason)
        {
            Assert.That(() => test.Run(Device.Reference), Throws.TypeOf<NetVizException>().With.Message.Contains(reason));
            return;
        }

        foreach (Device device in Devices) test.Compare(test.Run(device), device);
    }

    [TestCaseSource(nameof(CasesOfSeveralActivations))]
    public void Operator_on_several_activations(string name)
    {
        var test = new OperatorCase(SharedData.PathOf("onnx-backend", "node", name));
        foreach (Device device in Devices) test.Compare(test.RunOnActivations(device), device);
    }

    /// <summary>One case: a folder with a model of one node, its inputs and its outputs.</summary>
    private sealed class OperatorCase(string folder)
    {
        private readonly ModelProto _model =
            ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));

        /// <summary>Runs the case with its first input as the image and the others as constants.</summary>
        public Tensor<float> Run(Device device)
        {
            if (_model.Graph.Node[0].OpType is "Constant" or "ConstantOfShape") return RunConstant(device);
            var bound = new Dictionary<string, OnnxTensor>();
            for (int i = 1; i < _model.Graph.Input.Count; i++)
                bound[_model.Graph.Input[i].Name] = OnnxTensor.Read(Data($"input_{i}.pb"));
            return Run(Path.Combine(folder, "model.onnx"), bound, () => OnnxTensor.Read(Data("input_0.pb")).ToTensor(), device);
        }

        /// <summary>Runs the case with all inputs as activations, those after the first being 0 x + value.</summary>
        public Tensor<float> RunOnActivations(Device device)
        {
            GraphProto graph = _model.Clone().Graph;
            NodeProto operation = graph.Node[0];
            graph.Node.Clear();
            for (int i = graph.Input.Count - 1; i > 0; i--)
            {
                string input = graph.Input[i].Name;
                TensorProto value = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Data($"input_{i}.pb")));
                graph.Node.Add(TestGraph.ConstantNode($"{input} value", value));
                AddBlend(graph, graph.Input[0].Name, $"{input} value", input);
                graph.Input.RemoveAt(i);
            }

            graph.Node.Add(operation);
            return RunGraph(graph, [], () => OnnxTensor.Read(Data("input_0.pb")).ToTensor(), device);
        }

        /// <summary>Compares with the case's first output.</summary>
        public void Compare(Tensor<float> output, Device device)
        {
            OnnxTensor expected = OnnxTensor.Read(Data("output_0.pb"));
            float[] wanted = expected.IsFloat
                ? expected.Floats.ToArray()
                : Array.ConvertAll(expected.Integers.ToArray(), number => (float)number);
            // A tensor of .NET has an axis; a number without any gets one of length 1.
            nint[] lengths = expected.Dims.Length == 0 ? [1] : Array.ConvertAll(expected.Dims.ToArray(), length => (nint)length);
            Assert.That(output.Lengths.ToArray(), Is.EqualTo(lengths));
            var values = new float[output.FlattenedLength];
            output.FlattenTo(values);
            // ONNX itself allows 1e-3; only this case, whose outputs are written with four digits, needs it.
            bool isRounded = folder.EndsWith("test_averagepool_2d_ceil_last_window_starts_on_pad", StringComparison.Ordinal);
            for (int i = 0; i < values.Length; i++)
            {
                double tolerance = 1e-6 + (isRounded ? 1e-3 : 1e-5) * Math.Abs(wanted[i]);
                Assert.That(values[i], Is.EqualTo(wanted[i]).Within(tolerance), $"{device.Name}, element {i}");
            }
        }

        // A constant does not depend on an image: it is added to an image of its shape times 0.
        private Tensor<float> RunConstant(Device device)
        {
            GraphProto graph = _model.Clone().Graph;
            string constant = graph.Output[0].Name;
            int[] dims = OnnxTensor.Read(Data("output_0.pb")).Dims.ToArray();
            var bound = graph.Input.ToDictionary(input => input.Name, _ => OnnxTensor.Read(Data("input_0.pb")));
            var shape = new TensorShapeProto { Dim = { dims.Select(length => new DimensionProto { DimValue = length }) } };
            graph.Input.Add(TestGraph.FloatValue("image", shape));
            var toFloat = new AttributeProto { Name = "to", Type = 2, I = 1 };
            var cast = new NodeProto { OpType = "Cast", Input = { constant }, Output = { "float" }, Attribute = { toFloat } };
            graph.Node.Add(cast);
            AddBlend(graph, "image", "float", "blend");
            graph.Output[0].Name = "blend";
            return RunGraph(graph, bound, () => Tensor.CreateFromShape<float>([.. dims.Select(length => (nint)length)]), device);
        }

        private Tensor<float> RunGraph(
            GraphProto graph, Dictionary<string, OnnxTensor> bound, Func<Tensor<float>> image, Device device)
        {
            using var temporary = new TemporaryFolder();
            ModelProto model = _model.Clone();
            model.Graph = graph;
            return Run(temporary.Write("model.onnx", model.ToByteArray()), bound, image, device);
        }

        private static Tensor<float> Run(
            string path, Dictionary<string, OnnxTensor> bound, Func<Tensor<float>> image, Device device)
        {
            using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { BindInputs = bound, AllowAnyOutput = true });
            using PreparedNetwork prepared = model.Network.On(device);
            string output = model.Network.NameOf(model.Network.OutputTensor);
            using ForwardRecord record = prepared.Forward(image(), output);
            return record.Activation(output);
        }

        // output = 0 x + constant
        private static void AddBlend(GraphProto graph, string x, string constant, string output)
        {
            graph.Node.Add(TestGraph.ConstantNode($"{output} zero", new TensorProto { DataType = 1, FloatData = { 0f } }));
            graph.Node.Add(new NodeProto { OpType = "Mul", Input = { x, $"{output} zero" }, Output = { $"{output} nothing" } });
            graph.Node.Add(new NodeProto { OpType = "Add", Input = { $"{output} nothing", constant }, Output = { output } });
        }

        private string Data(string name) => Path.Combine(folder, "test_data_set_0", name);
    }
}
