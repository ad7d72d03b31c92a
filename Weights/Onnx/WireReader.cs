namespace NetViz.Weights.Onnx;

/// <summary>How a protobuf field's value is laid out; the values are those of the wire format.</summary>
internal enum WireType
{
    /// <summary>A variable-length integer.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length and as many bytes.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>Walks over the fields of a protobuf message without copying or reading its contents.</summary>
/// <param name="data">The bytes in which <paramref name="start"/> and <paramref name="end"/> count.</param>
/// <param name="start">Where the message begins.</param>
/// <param name="end">Where it ends.</param>
internal ref struct WireReader(ReadOnlySpan<byte> data, int start, int end)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private readonly int _end = end;
    private int _position = start;

    /// <summary>Moves to the next field; false at the message's end.</summary>
    /// <exception cref="InvalidDataException">These bytes are no protobuf message.</exception>
    /// <exception cref="EndOfStreamException">The message breaks off.</exception>
    public bool TryReadTag(out int field, out WireType type)
    {
        (field, type) = (0, default);
        if (_position == _end) return false;
        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > 0x1FFFFFFF || (tag & 7) is 3 or 4 or > 5)
            throw new InvalidDataException($"no field has the tag {tag}");
        (field, type) = ((int)(tag >> 3), (WireType)(tag & 7));
        return true;
    }

    /// <summary>
    /// The place of a field's content: of the bytes after a length, or of the fixed or variable-length number itself.
    /// </summary>
    public (int Start, int End) ReadContent(WireType type)
    {
        int start = _position;
        if (type == WireType.Varint) ReadVarint();
        else if (type == WireType.Fixed64) Advance(8);
        else if (type == WireType.Fixed32) Advance(4);
        else
        {
            ulong length = ReadVarint();
            start = _position;
            Advance(length);
        }

        return (start, _position);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_position == _end) throw new EndOfStreamException("a number breaks off");
            byte b = _data[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }

        throw new InvalidDataException("a number is longer than ten bytes");
    }

    private void Advance(ulong length)
    {
        if (length > (ulong)(_end - _position))
        {
            throw new EndOfStreamException(
                $"a field of {length} bytes begins at byte {_position}, and only {_end - _position} follow");
        }

        _position += (int)length;
    }
}
