using System.Globalization;

namespace NetViz.Fuzz;

/// <summary>Small graphs with gates, reductions, rectifiers by channel and chains of constants, written as lines.</summary>
internal static class SeedGraphs
{
    // OPERATOR output input ... [attribute=integers or attribute=number.]; a line of numbers is a constant: name dims : values.
    private static readonly (string Name, ulong Opset, string Text)[] Graphs =
    [
        ("squeeze and excitation", 13, """
            w 3,2,3,3 : 0.1
            u 2,3,1,1 : 0.3
            v 3,2,1,1 : -0.2
            Conv c x w
            GlobalAveragePool p c
            Conv k p u
            Relu r k
            Conv e r v
            HardSigmoid s e
            Mul y c s
            """),
        ("swish and a spatial gate", 13, """
            w 3,2,3,3 : 0.1
            u 1,2,1,1 : 0.5
            Conv c x w
            Sigmoid s c
            Mul m c s
            ReduceMax a m axes=1
            ReduceMean b m axes=1
            Concat j a b axis=1
            Conv k j u
            Sigmoid g k
            Mul y m g
            """),
        ("quotients and extrema", 13, """
            h 2,1,1 : 0.2
            Exp e x
            Div d x e
            PRelu p d h
            Tanh t x
            Min m p t
            Max n m x
            ReduceL2 l n axes=2,3
            Sub o n l
            Neg q o
            Mul y q q
            """),
        ("Gelu and others", 20, """
            Gelu g x
            Mish m g
            Erf e m
            ThresholdedRelu t e alpha=0.1
            Swish y t
            """),
        ("layer normalisation by hand", 13, """
            two : 2
            eps : 0.1
            ReduceMean m x axes=1
            Sub d x m
            Pow q d two
            ReduceMean v q axes=1
            Add z v eps
            Sqrt s z
            Div y d s
            """),
        ("chains of constants", 13, """
            a 2,1 : -1.5
            b 1,3 : 2
            t 2 : 2
            Sqrt s b
            Mul m a s
            Greater g m a
            Where w g m a
            ReduceProd p w axes=0 keepdims=0
            Expand f p t
            Split h i w axis=1 split=1,2
            MatMul j w p
            Softmax k w
            Floor l k
            ReduceSum n l keepdims=0
            Add y x n
            """),
        ("products of matrices", 13, """
            w 2,5,3 : 0.1
            v 4,5 : 0.2
            MatMul m x w
            MatMul y v x
            """),
    ];

    /// <summary>The graphs as messages.</summary>
    public static IEnumerable<(string Name, Message Model)> All() => Graphs.Select(graph => (graph.Name, Model(graph.Opset, graph.Text)));

    private static Message Model(ulong opset, string text)
    {
        (Message model, Message graph, Message set) = (new("Model"), new("Graph"), new("Opset"));
        set.Add(2, opset);
        string last = "x";
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Contains(':', StringComparison.Ordinal)) graph.Add(5, Tensor(line));
            else graph.Add(1, Node(line, out last));
        }

        graph.Add(2, "graph");
        graph.Add(11, Value("x", 1, 2, 5, 5));
        graph.Add(12, Value(last));
        model.Add(1, 8UL);
        model.Add(7, graph);
        model.Add(8, set);
        return model;
    }

    private static Message Node(string line, out string output)
    {
        string[] parts = line.Split(' ');
        var node = new Message("Node");
        int outputs = parts[0] == "Split" ? 2 : 1;
        output = parts[1];
        foreach (string part in parts[(1 + outputs)..].Where(part => !part.Contains('='))) node.Add(1, part);
        foreach (string part in parts[1..(1 + outputs)]) node.Add(2, part);
        node.Add(3, output);
        node.Add(4, parts[0]);
        foreach (string part in parts.Where(part => part.Contains('='))) node.Add(5, Attribute(part));
        return node;
    }

    private static Message Attribute(string text)
    {
        (string name, string value) = (text.Split('=')[0], text.Split('=')[1]);
        var attribute = new Message("Attribute");
        attribute.Add(1, name);
        if (value.Contains('.', StringComparison.Ordinal))
        {
            attribute.Add(20, 1UL);
            attribute.Fields.Add(new Field { Number = 2, Type = 5, Value = BitConverter.SingleToUInt32Bits(Number(value)) });
        }
        else if (name is "axes" or "split")
        {
            attribute.Add(20, 7UL);
            foreach (string number in value.Split(',')) attribute.Add(8, ulong.Parse(number, CultureInfo.InvariantCulture));
        }
        else
        {
            attribute.Add(20, 2UL);
            attribute.Add(3, ulong.Parse(value, CultureInfo.InvariantCulture));
        }

        return attribute;
    }

    private static Message Tensor(string line)
    {
        string[] parts = line.Split(':', StringSplitOptions.TrimEntries), head = parts[0].Split(' ');
        bool isShape = head[0] == "t";
        var tensor = new Message("Tensor");
        int count = 1;
        foreach (string length in head.Length > 1 ? head[1].Split(',') : [])
        {
            tensor.Add(1, ulong.Parse(length, CultureInfo.InvariantCulture));
            count *= int.Parse(length, CultureInfo.InvariantCulture);
        }

        tensor.Add(2, isShape ? 7UL : 1UL);
        tensor.Add(8, head[0]);
        byte[] values = [.. Enumerable.Range(0, count).SelectMany(i => isShape
            ? BitConverter.GetBytes((long)Number(parts[1])) : BitConverter.GetBytes(Number(parts[1]) * (1 + i % 5)))];
        tensor.Add(9, values);
        return tensor;
    }

    private static Message Value(string name, params ulong[] dims)
    {
        (Message value, Message type, Message tensor, Message shape) = (new("Value"), new("Type"), new("TensorType"), new("Shape"));
        foreach (ulong length in dims)
        {
            var dim = new Message("Dim");
            dim.Add(1, length);
            shape.Add(1, dim);
        }

        tensor.Add(1, 1UL);
        if (dims.Length > 0) tensor.Add(2, shape);
        type.Add(1, tensor);
        value.Add(1, name);
        value.Add(2, type);
        return value;
    }

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
