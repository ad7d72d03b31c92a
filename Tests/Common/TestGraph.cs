using System.Numerics.Tensors;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Weights;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Tests.Common;

/// <summary>A small ONNX model put together by a test.</summary>
internal sealed class TestGraph(long opset = 13)
{
    private readonly ModelProto _model = new() { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = opset } } };
    private readonly GraphProto _graph = new() { Name = "test" };
    private readonly List<TensorProto> _initializers = [];

    /// <summary>An input of floats; a length that is a text is open, null is not even named.</summary>
    public TestGraph Input(string name, params object?[] dims)
    {
        var shape = new TensorShapeProto();
        foreach (object? length in dims)
        {
            shape.Dim.Add(length switch
            {
                int number => new DimensionProto { DimValue = number },
                string text => new DimensionProto { DimParam = text },
                _ => new DimensionProto(),
            });
        }

        _graph.Input.Add(FloatValue(name, shape));
        return this;
    }

    /// <summary>An input without a shape.</summary>
    public TestGraph InputWithoutShape(string name)
    {
        _graph.Input.Add(FloatValue(name, null));
        return this;
    }

    /// <summary>An initializer of floats.</summary>
    public TestGraph Floats(string name, long[] dims, params float[] values)
    {
        _initializers.Add(new TensorProto { Name = name, DataType = 1, Dims = { dims }, FloatData = { values } });
        return this;
    }

    /// <summary>An initializer of random floats.</summary>
    public TestGraph Random(string name, params long[] dims)
    {
        var values = new float[dims.Aggregate((a, b) => a * b)];
        new CounterRandom(3, (ulong)_initializers.Count).Fill(0, 0.5, values);
        return Floats(name, dims, values);
    }

    /// <summary>An initializer of integers: a list.</summary>
    public TestGraph Integers(string name, params long[] values)
    {
        _initializers.Add(new TensorProto { Name = name, DataType = 7, Dims = { values.Length }, Int64Data = { values } });
        return this;
    }

    /// <summary>An initializer of one integer without axes.</summary>
    public TestGraph Integer(string name, long value)
    {
        _initializers.Add(new TensorProto { Name = name, DataType = 7, Int64Data = { value } });
        return this;
    }

    /// <summary>Any initializer.</summary>
    public TestGraph Initializer(TensorProto tensor)
    {
        _initializers.Add(tensor);
        return this;
    }

    /// <summary>A node of one output, called like it. Attributes: long, float, string, long[], float[].</summary>
    public TestGraph Node(string operation, string output, string inputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = output, Output = { output.Split(' ') } };
        if (inputs.Length > 0) node.Input.AddRange(inputs.Split(' ').Select(input => input == "-" ? "" : input));
        foreach ((string name, object value) in attributes)
        {
            node.Attribute.Add(value switch
            {
                long number => new AttributeProto { Name = name, Type = 2, I = number },
                float number => new AttributeProto { Name = name, Type = 1, F = number },
                string text => new AttributeProto { Name = name, Type = 3, S = ByteString.CopyFromUtf8(text) },
                long[] numbers => new AttributeProto { Name = name, Type = 7, Ints = { numbers } },
                float[] numbers => new AttributeProto { Name = name, Type = 6, Floats = { numbers } },
                _ => throw new ArgumentException($"no attribute is a {value.GetType()}", nameof(attributes)),
            });
        }

        _graph.Node.Add(node);
        return this;
    }

    /// <summary>Changes what has no method of its own.</summary>
    public TestGraph Change(Action<ModelProto, GraphProto> change)
    {
        change(_model, _graph);
        return this;
    }

    /// <summary>Outputs of the graph; without any, the last node's.</summary>
    public TestGraph Output(params string[] names)
    {
        foreach (string name in names) _graph.Output.Add(FloatValue(name, null));
        return this;
    }

    /// <summary>Writes the model into a folder.</summary>
    public string Write(TemporaryFolder folder)
    {
        if (_graph.Output.Count == 0) Output(_graph.Node[^1].Output[0]);
        using var graph = new MemoryStream();
        using (var output = new CodedOutputStream(graph, leaveOpen: true))
        {
            _graph.WriteTo(output);
            foreach (TensorProto tensor in _initializers)
            {
                output.WriteTag(5, WireFormat.WireType.LengthDelimited);
                output.WriteMessage(tensor);
            }
        }

        using var file = new MemoryStream();
        using (var output = new CodedOutputStream(file, leaveOpen: true))
        {
            _model.WriteTo(output);
            output.WriteTag(7, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(graph.ToArray()));
        }

        return folder.Write("test.onnx", file.ToArray());
    }

    /// <summary>Loads the model and runs it on the reference.</summary>
    public (float[] Values, int[] Dims) Run(float[] image, params int[] dims)
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(Write(folder));
        return Run(model, image, dims);
    }

    /// <summary>Runs a model on the reference.</summary>
    public static (float[] Values, int[] Dims) Run(OnnxModel model, float[] image, params int[] dims)
    {
        using PreparedNetwork prepared = model.Network.On(Device.Reference);
        string output = model.Network.NameOf(model.Network.OutputTensor);
        Tensor<float> input = Tensor.Create(image, Array.ConvertAll(dims, length => (nint)length));
        using ForwardRecord record = prepared.Forward(input, output);
        Tensor<float> result = record.Activation(output);
        var values = new float[result.FlattenedLength];
        result.FlattenTo(values);
        return (values, [.. result.Lengths.ToArray().Select(length => (int)length)]);
    }

    /// <summary>Adds a constant whose numbers are in another file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="location">The file.</param>
    /// <param name="type">ONNX's number of the type; float16 (10) has to be converted, so that it takes memory of its own.</param>
    /// <param name="count">How many numbers.</param>
    public TestGraph External(string name, string location, int type, long count) =>
        Initializer(new TensorProto
        {
            Name = name, DataType = type, Dims = { count }, DataLocation = 1,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = location } },
        });

    /// <summary>An input or output of floats.</summary>
    public static ValueInfoProto FloatValue(string name, TensorShapeProto? shape) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TensorTypeProto { ElemType = 1, Shape = shape } } };

    /// <summary>A node Constant.</summary>
    public static NodeProto ConstantNode(string name, TensorProto value)
    {
        var attribute = new AttributeProto { Name = "value", Type = 4, T = value };
        return new NodeProto { OpType = "Constant", Output = { name }, Attribute = { attribute } };
    }

    /// <summary>Random numbers around 0, always the same.</summary>
    public static float[] Image(int count)
    {
        var image = new float[count];
        new CounterRandom(9, 0).Fill(0, 1, image);
        return image;
    }
}
