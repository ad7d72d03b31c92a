using System.Text;

namespace NetViz.Fuzz;

/// <summary>A field of a protobuf message: a number of 64 or 32 bits, bytes, or a message of its own.</summary>
internal sealed class Field
{
    public int Number { get; set; }

    /// <summary>0 variable-length integer, 1 eight bytes, 2 bytes after a length, 5 four bytes.</summary>
    public int Type { get; set; }

    public ulong Value { get; set; }

    public byte[] Bytes { get; set; } = [];

    public Message? Child { get; set; }

    public string Text
    {
        get => Encoding.UTF8.GetString(Bytes);
        set => Bytes = Encoding.UTF8.GetBytes(value);
    }

    public Field Copy() => new() { Number = Number, Type = Type, Value = Value, Bytes = Bytes, Child = Child?.Copy() };
}

/// <summary>
/// A protobuf message taken apart as far as ONNX's structure is known here, so that it can be changed and put together.
/// </summary>
internal sealed class Message(string kind)
{
    /// <summary>The messages inside messages, by kind and field number, as in onnx.proto.</summary>
    private static readonly Dictionary<(string Kind, int Field), string> Inner = new()
    {
        [("Model", 7)] = "Graph", [("Model", 8)] = "Opset", [("Model", 14)] = "Entry",
        [("Graph", 1)] = "Node", [("Graph", 5)] = "Tensor", [("Graph", 11)] = "Value", [("Graph", 12)] = "Value",
        [("Graph", 13)] = "Value", [("Node", 5)] = "Attribute", [("Attribute", 5)] = "Tensor", [("Attribute", 6)] = "Graph",
        [("Tensor", 13)] = "Entry", [("Value", 2)] = "Type", [("Type", 1)] = "TensorType", [("TensorType", 2)] = "Shape",
        [("Shape", 1)] = "Dim",
    };

    public string Kind { get; } = kind;

    public List<Field> Fields { get; } = [];

    /// <summary>Takes a message apart; null where the bytes are none.</summary>
    public static Message? Parse(string kind, ReadOnlySpan<byte> bytes)
    {
        var message = new Message(kind);
        int at = 0;
        while (at < bytes.Length)
        {
            if (!TryVarint(bytes, ref at, out ulong tag)) return null;
            var field = new Field { Number = (int)(tag >> 3), Type = (int)(tag & 7) };
            switch (field.Type)
            {
                case 0:
                    if (!TryVarint(bytes, ref at, out ulong value)) return null;
                    field.Value = value;
                    break;
                case 1 or 5:
                    int width = field.Type == 1 ? 8 : 4;
                    if (at + width > bytes.Length) return null;
                    field.Value = width == 8 ? BitConverter.ToUInt64(bytes[at..]) : BitConverter.ToUInt32(bytes[at..]);
                    at += width;
                    break;
                case 2:
                    if (!TryVarint(bytes, ref at, out ulong length) || length > (ulong)(bytes.Length - at)) return null;
                    field.Bytes = bytes.Slice(at, (int)length).ToArray();
                    at += (int)length;
                    if (Inner.TryGetValue((kind, field.Number), out string? child)) field.Child = Parse(child, field.Bytes);
                    break;
                default:
                    return null;
            }

            message.Fields.Add(field);
        }

        return message;
    }

    public IEnumerable<Field> All(int number) => Fields.Where(field => field.Number == number);

    public string TextOf(int number) => All(number).FirstOrDefault()?.Text ?? "";

    public Message Copy()
    {
        var copy = new Message(Kind);
        copy.Fields.AddRange(Fields.Select(field => field.Copy()));
        return copy;
    }

    /// <summary>All messages below and with this one.</summary>
    public IEnumerable<Message> Messages() =>
        [this, .. Fields.Where(field => field.Child is not null).SelectMany(field => field.Child!.Messages())];

    public Field Add(int number, ulong value) => Put(new Field { Number = number, Type = 0, Value = value });

    public Field Add(int number, byte[] bytes) => Put(new Field { Number = number, Type = 2, Bytes = bytes });

    public Field Add(int number, string text) => Add(number, Encoding.UTF8.GetBytes(text));

    public Field Add(int number, Message child) => Put(new Field { Number = number, Type = 2, Child = child });

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        WriteTo(stream);
        return stream.ToArray();
    }

    private Field Put(Field field)
    {
        Fields.Add(field);
        return field;
    }

    private void WriteTo(MemoryStream stream)
    {
        foreach (Field field in Fields)
        {
            Varint(stream, ((ulong)field.Number << 3) | (uint)field.Type);
            if (field.Type == 0) Varint(stream, field.Value);
            else if (field.Type == 1) stream.Write(BitConverter.GetBytes(field.Value));
            else if (field.Type == 5) stream.Write(BitConverter.GetBytes((uint)field.Value));
            else if (field.Type == 2)
            {
                byte[] content = field.Child?.ToBytes() ?? field.Bytes;
                Varint(stream, (ulong)content.Length);
                stream.Write(content);
            }
        }
    }

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }

    private static bool TryVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return true;
        }

        return false;
    }
}
