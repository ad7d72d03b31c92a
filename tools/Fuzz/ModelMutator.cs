namespace NetViz.Fuzz;

/// <summary>
/// Changes a model: values, names, wiring, shapes, attributes, data, nesting, external data, whole subtrees, and at last its
/// bytes. Everything is drawn from one random generator, so a seed and an index tell a case.
/// </summary>
internal sealed class ModelMutator(IReadOnlyList<(string Name, Message Model)> seeds, Random random)
{
    private static readonly string[] Operators =
    [
        "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "ConstantOfShape", "Conv", "Div",
        "Dropout", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Identity", "LRN", "LeakyRelu", "MatMul",
        "MaxPool", "Mul", "Pad", "Relu", "Reshape", "Shape", "Slice", "Softmax", "Squeeze", "Sub", "Sum", "Transpose",
        "Unsqueeze", "Loop", "If", "Sigmoid", "HardSigmoid", "HardSwish", "Gelu", "Mish", "Erf", "PRelu", "Min", "Max", "ReduceSum",
        "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSum", "ReduceSumSquare", "ReduceProd", "Expand", "Tile", "Range",
        "Where", "Equal", "Greater", "Not", "And", "Mod", "Split", "NonZero", "Size", "Pow", "Sqrt", "Floor",
    ];

    private static readonly string[] Attributes =
    [
        "pads", "strides", "dilations", "kernel_shape", "group", "axis", "axes", "perm", "alpha", "beta", "size", "bias",
        "epsilon", "auto_pad", "ceil_mode", "count_include_pad", "transA", "transB", "allowzero", "to", "value", "value_ints",
        "shape", "mode", "spatial", "starts", "ends", "keepdims", "noop_with_empty_axes", "approximate", "split", "num_outputs", "fmod",
    ];

    private static readonly string[] Names =
    [
        "", "../../etc/passwd", "/etc/passwd", "..", "a\nb", "\u001b[31mred", "\0", "\u202e", "x", "y", "data.bin", "link.bin",
        "pipe", "SAME_UPPER", "VALID",
    ];

    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 3, 7, 16, 127, 128, 255, 1000, 65536, 1 << 24, int.MaxValue - 1, int.MaxValue, 1UL << 31, uint.MaxValue,
        1UL << 32, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1, unchecked((ulong)int.MinValue),
        unchecked((ulong)-100),
    ];

    /// <summary>The bytes of a mutated model.</summary>
    public byte[] Next()
    {
        Message model = Any(seeds).Model.Copy();
        for (int count = random.Next(4) switch { 0 or 1 => 1, 2 => 2, _ => 4 }; count > 0; count--) Mutate(model);
        byte[] bytes = model.ToBytes();
        return random.Next(12) == 0 ? Bytes.Damage(bytes, random) : bytes;
    }

    private void Mutate(Message model)
    {
        Message[] all = [.. model.Messages()];
        Message? graph = all.FirstOrDefault(message => message.Kind == "Graph");
        Message[] nodes = Of("Node"), tensors = Of("Tensor"), attributes = Of("Attribute");
        switch (random.Next(22))
        {
            case 0 when Numbers(all) is { Length: > 0 } numbers: Any(numbers).Value = Number(); break;
            case 1 when Numbers(attributes) is { Length: > 0 } numbers: Any(numbers).Value = Number(); break;
            case 2 when Numbers(Of("Dim")) is { Length: > 0 } numbers: Any(numbers).Value = Number(); break;
            case 3 when Floats(attributes) is { Length: > 0 } floats:
                Any(floats).Value = BitConverter.SingleToUInt32Bits(Float()); break;
            case 4: Drop(Any(all)); break;
            case 5: Duplicate(Any(all)); break;
            case 6: Rename(Any(all)); break;
            case 7 or 8 when nodes.Length > 0 && graph is not null: Rewire(Any(nodes), graph); break;
            case 9 when graph is not null: Swap(graph); break;
            case 10 when nodes.Length > 0: Set(Any(nodes), 4, Any(Operators)); break;
            case 11 when tensors.Length > 0: ChangeDims(Any(tensors)); break;
            case 12 when tensors.Length > 0: ChangeData(Any(tensors)); break;
            case 13 when attributes.Length > 0: ChangeAttribute(Any(attributes)); break;
            case 14 when nodes.Length > 0: AddAttribute(Any(nodes)); break;
            case 15 when tensors.Length > 0: MakeExternal(Any(tensors)); break;
            case 16 when Of("Opset") is { Length: > 0 } opsets:
                Set(Any(opsets), 2, random.Next(3) == 0 ? Number() : (ulong)random.Next(1, 27)); break;
            case 17 when nodes.Length > 0: Nest(Any(nodes)); break;
            case 18 or 19 when graph is not null: Insert(graph); break;
            case 20: Splice(Any(all)); break;
            default: Retype(Any(all)); break;
        }

        Message[] Of(string kind) => [.. all.Where(message => message.Kind == kind)];
    }

    private static Field[] Numbers(IEnumerable<Message> messages) =>
        [.. messages.SelectMany(message => message.Fields.Where(field => field.Type == 0))];

    private static Field[] Floats(IEnumerable<Message> messages) =>
        [.. messages.SelectMany(message => message.Fields.Where(field => field.Type == 5))];

    private ulong Number() => random.Next(3) == 0 ? Any(Extremes) : unchecked((ulong)random.Next(-3, 12));

    private float Float() => Any([0f, -0f, 1f, -1f, 1e-30f, 1e30f, float.MaxValue, float.Epsilon, float.NaN,
        float.PositiveInfinity, float.NegativeInfinity]);

    private void Drop(Message message)
    {
        if (message.Fields.Count > 0) message.Fields.RemoveAt(random.Next(message.Fields.Count));
    }

    private void Duplicate(Message message)
    {
        if (message.Fields.Count == 0) return;
        Field field = Any(message.Fields);
        for (int copies = random.Next(20) == 0 ? 500 : 1; copies > 0; copies--)
            message.Fields.Insert(random.Next(message.Fields.Count + 1), field.Copy());
    }

    private void Rename(Message message)
    {
        Field[] texts = [.. message.Fields.Where(field => field is { Type: 2, Child: null, Bytes.Length: < 200 })];
        if (texts.Length > 0) Any(texts).Text = random.Next(30) == 0 ? new string('n', 70_000) : Any(Names);
    }

    // A node reads something else: another node's output, often one after it.
    private void Rewire(Message node, Message graph)
    {
        Field[] inputs = [.. node.All(1)];
        string[] names = [.. graph.Fields.Select(field => field.Child).OfType<Message>()
            .SelectMany(child => child.Kind == "Node"
                ? child.All(2).Select(output => output.Text)
                : [child.TextOf(child.Kind == "Tensor" ? 8 : 1)])];
        if (names.Length == 0) return;
        if (inputs.Length == 0 || random.Next(5) == 0) node.Add(1, Any(names));
        else Any(inputs).Text = Any(names);
    }

    private void Swap(Message graph)
    {
        int[] nodes = [.. Enumerable.Range(0, graph.Fields.Count).Where(i => graph.Fields[i].Number == 1)];
        if (nodes.Length < 2) return;
        (int a, int b) = (Any(nodes), Any(nodes));
        (graph.Fields[a], graph.Fields[b]) = (graph.Fields[b], graph.Fields[a]);
    }

    // Half of the time the data follows, so that the tensor stays whole.
    private void ChangeDims(Message tensor)
    {
        Field[] dims = [.. tensor.All(1)];
        if (dims.Length == 0 || random.Next(6) == 0)
        {
            tensor.Add(1, Number());
            return;
        }

        Field dim = Any(dims);
        if (dim.Type == 2)
        {
            dim.Bytes = [(byte)random.Next(1, 9), (byte)random.Next(1, 9)];
            return;
        }

        ulong old = dim.Value;
        dim.Value = random.Next(4) == 0 ? Number() : Math.Max(1, old + (ulong)random.Next(3) - 1);
        foreach (Field data in tensor.Fields.Where(field => field.Number is 4 or 9 && field.Type == 2))
        {
            if (random.Next(2) == 0 || old == 0) continue;
            Int128 length = (Int128)data.Bytes.Length * dim.Value / old;
            if (length > 1_000_000) continue;
            byte[] bytes = new byte[(int)length];
            for (int i = 0; i < bytes.Length && data.Bytes.Length > 0; i++) bytes[i] = data.Bytes[i % data.Bytes.Length];
            data.Bytes = bytes;
        }
    }

    private void ChangeData(Message tensor)
    {
        if (random.Next(3) == 0) Set(tensor, 2, (ulong)Any([0, 1, 1, 2, 3, 6, 7, 8, 9, 10, 10, 11, 14, 16, 17, 22]));
        foreach (Field data in tensor.Fields.Where(field => field is { Number: 4 or 9, Type: 2 }))
        {
            byte[] bytes = [.. data.Bytes];
            if (random.Next(4) == 0) bytes = Bytes.Damage(bytes, random);
            else if (bytes.Length >= 4) BitConverter.TryWriteBytes(bytes.AsSpan(random.Next(bytes.Length / 4) * 4), Float());
            data.Bytes = bytes;
        }
    }

    private void ChangeAttribute(Message attribute)
    {
        switch (random.Next(3))
        {
            case 0: Set(attribute, 20, (ulong)random.Next(0, 12)); break;
            case 1: Set(attribute, 1, Any(Attributes)); break;
            default: attribute.Add(8, Number()); break;
        }
    }

    private void AddAttribute(Message node)
    {
        var attribute = new Message("Attribute");
        attribute.Add(1, Any(Attributes));
        int kind = Any([1, 2, 3, 7, 7, 2]);
        attribute.Add(20, (ulong)kind);
        if (kind == 1) attribute.Fields.Add(new Field { Number = 2, Type = 5, Value = BitConverter.SingleToUInt32Bits(Float()) });
        else if (kind == 2) attribute.Add(3, Number());
        else if (kind == 3) attribute.Add(4, Any(Names));
        else for (int count = random.Next(6); count > 0; count--) attribute.Add(8, Number());
        node.Add(5, attribute);
    }

    private void MakeExternal(Message tensor)
    {
        if (random.Next(2) == 0) tensor.Fields.RemoveAll(field => field.Number is 4 or 9);
        Set(tensor, 14, 1);
        Entry("location", Any(Names.Append("data.bin").Append("./data.bin").Append("data.bin")));
        if (random.Next(2) == 0) Entry("offset", Any(["0", "4", "-1", "9223372036854775807", "1e3", "18446744073709551616"]));
        if (random.Next(2) == 0) Entry("length", Any(["0", "4", "400", "-1", "9223372036854775807", "99999999"]));

        void Entry(string key, string value)
        {
            var entry = new Message("Entry");
            entry.Add(1, key);
            entry.Add(2, value);
            tensor.Add(13, entry);
        }
    }

    // An attribute that holds a graph that holds a node with an attribute that holds a graph ...
    private void Nest(Message node)
    {
        byte[] inner = [];
        for (int depth = Any([3, 20, 90, 110, 2000]); depth > 0; depth--)
        {
            var attribute = new Message("Attribute");
            attribute.Add(1, "body");
            attribute.Add(20, 5UL);
            attribute.Add(6, inner);
            var holder = new Message("Node");
            holder.Add(5, attribute);
            var graph = new Message("Graph");
            graph.Add(1, holder);
            inner = graph.ToBytes();
        }

        var outer = new Message("Attribute");
        outer.Add(1, "body");
        outer.Add(20, 5UL);
        outer.Add(6, inner);
        node.Add(5, outer);
    }

    // A node of one input and no attribute between two others.
    private void Insert(Message graph)
    {
        int[] nodes = [.. Enumerable.Range(0, graph.Fields.Count).Where(i => graph.Fields[i] is { Number: 1, Child: not null })];
        if (nodes.Length == 0) return;
        int at = Any(nodes);
        Field? read = graph.Fields[at].Child!.All(1).FirstOrDefault();
        if (read is null) return;
        var node = new Message("Node");
        string output = $"inserted{random.Next(1000)}";
        node.Add(1, read.Text);
        node.Add(2, output);
        node.Add(4, Any(["Relu", "Identity", "Flatten", "GlobalAveragePool", "GlobalMaxPool", "Softmax", "LeakyRelu",
            "Dropout", "Sum", "Transpose", "Squeeze", "Shape", "Sigmoid", "Erf", "Mish", "ReduceMax", "ReduceSum", "ReduceL2", "ReduceMin",
            "Mul", "Div", "Min", "Max", "Size", "NonZero"]));

        // A product of a tensor with itself, a quotient by itself.
        if (node.TextOf(4) is "Mul" or "Div") node.Add(1, read.Text);
        read.Text = output;
        graph.Fields.Insert(at, new Field { Number = 1, Type = 2, Child = node });
    }

    // A piece of another model of the same kind.
    private void Splice(Message message)
    {
        Field[] own = [.. message.Fields.Where(field => field.Child is not null)];
        if (own.Length == 0) return;
        Field target = Any(own);
        Message[] others = [.. Any(seeds).Model.Messages().Where(other => other.Kind == target.Child!.Kind)];
        if (others.Length > 0) target.Child = Any(others).Copy();
    }

    private void Retype(Message message)
    {
        if (message.Fields.Count == 0) return;
        Field field = Any(message.Fields);
        if (random.Next(2) == 0) field.Number = random.Next(1, 26);
        else if (field.Child is null) field.Type = Any([0, 1, 2, 5]);
    }

    private static void Set(Message message, int number, ulong value)
    {
        message.Fields.RemoveAll(field => field.Number == number);
        message.Add(number, value);
    }

    private static void Set(Message message, int number, string text)
    {
        message.Fields.RemoveAll(field => field.Number == number);
        message.Add(number, text);
    }

    private T Any<T>(IEnumerable<T> choices)
    {
        IReadOnlyList<T> list = choices as IReadOnlyList<T> ?? [.. choices];
        return list[random.Next(list.Count)];
    }
}
