using Google.Protobuf;
using NetViz.Engine.Model;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Export;

/// <summary>
/// A graph while it is written: nodes, weights, and names that are not taken yet. Every name of the network, of a layer or a
/// tensor, is taken from the start, so that what comes new never stands before it.
/// </summary>
internal sealed class WrittenGraph
{
    private readonly HashSet<string> _names;
    private readonly Dictionary<(ReadOnlyMemory<float> Values, string Dims), string> _written = [];

    private readonly bool _half;

    /// <summary>Begins the graph of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="half">Whether weights are stored as float16.</param>
    public WrittenGraph(Network network, bool half)
    {
        _half = half;
        _names = [network.Input.Name, .. network.Nodes.SelectMany(node => new[] { node.OutputName, node.Name })];
    }

    /// <summary>Nodes, and initializers of integers.</summary>
    public GraphProto Graph { get; } = new();

    /// <summary>Initializers of floating-point numbers, written from the memory in which the network has them.</summary>
    public List<WrittenTensor> Tensors { get; } = [];

    /// <summary>Takes a name, with a number after it where it is taken already.</summary>
    public string Unique(string wanted)
    {
        string unique = wanted;
        for (int k = 2; !_names.Add(unique); k++) unique = $"{wanted}_{k}";
        return unique;
    }

    /// <summary>Adds a node of one output.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="inputs">The tensors that it reads; empty for one that is left out.</param>
    /// <param name="output">The tensor that it writes.</param>
    /// <param name="attributes">Its attributes.</param>
    public void Add(string operation, string name, IEnumerable<string> inputs, string output,
        params IEnumerable<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = name, Input = { inputs }, Output = { output } };
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
    }

    /// <summary>Numbers that become an initializer; those that another layer shares are written once.</summary>
    /// <param name="wanted">Its name.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="dims">Its shape.</param>
    /// <returns>The name that it has.</returns>
    public string Weights(string wanted, ReadOnlyMemory<float> values, ReadOnlySpan<int> dims)
    {
        (ReadOnlyMemory<float>, string) key = (values, string.Join(',', dims.ToArray()));
        if (_written.TryGetValue(key, out string? before)) return before;
        return _written[key] = Store(wanted, dims.ToArray(),
            (start, part) => values.Span.Slice((int)start, part.Length).CopyTo(part));
    }

    /// <summary>A matrix [rows, columns] that becomes an initializer [columns, rows].</summary>
    /// <returns>The name that it has.</returns>
    public string TransposedWeights(string wanted, ReadOnlyMemory<float> values, int rows, int columns) =>
        Store(wanted, [columns, rows], (start, part) =>
        {
            ReadOnlySpan<float> from = values.Span;
            for (int i = 0; i < part.Length; i++)
            {
                (long column, long row) = Math.DivRem(start + i, rows);
                part[i] = from[(int)(row * columns + column)];
            }
        });

    /// <summary>Integers that become an initializer.</summary>
    /// <returns>The name that it has.</returns>
    public string Integers(string wanted, ReadOnlySpan<int> values)
    {
        string name = Unique(wanted);
        var tensor = new InitializerProto { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length } };
        foreach (int value in values) tensor.Int64Data.Add(value);
        Graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Adds an initializer, and where it is stored as float16 the Cast that makes float32 of it.</summary>
    /// <returns>The name of the float32 numbers.</returns>
    private string Store(string wanted, int[] dims, FillValues fill)
    {
        string name = Unique(wanted), stored = _half ? Unique($"{wanted}.float16") : name;
        Tensors.Add(new WrittenTensor(stored, dims, fill) { IsHalf = _half });
        if (_half) Add("Cast", Unique($"{wanted}.cast"), [stored], name, Attribute("to", (int)OnnxElementType.Float32));
        return name;
    }

    /// <summary>An attribute: int, float, string or int[].</summary>
    public static AttributeProto Attribute(string name, object value) => value switch
    {
        float number => new AttributeProto { Name = name, Type = 1, F = number },
        int number => new AttributeProto { Name = name, Type = 2, I = number },
        string text => new AttributeProto { Name = name, Type = 3, S = ByteString.CopyFromUtf8(text) },
        int[] numbers => new AttributeProto { Name = name, Type = 7, Ints = { numbers.Select(number => (long)number) } },
        _ => throw new ArgumentException($"no attribute is a {value.GetType()}", nameof(value)),
    };
}
