namespace NetViz.Weights.Onnx;

/// <summary>Bytes Start .. End - 1 of the file.</summary>
internal readonly record struct ByteRange(int Start, int End)
{
    /// <summary>How many bytes.</summary>
    public int Length => End - Start;
}

/// <summary>
/// Where the values of one initializer lie in the file. Writers put them into one piece; the wire format also allows
/// several, which are then joined. raw_data, packed float_data and packed double_data are all plain little-endian numbers.
/// </summary>
internal sealed class TensorPlace
{
    /// <summary>Pieces of raw_data: numbers of the tensor's own type.</summary>
    public List<ByteRange> Raw { get; } = [];

    /// <summary>Pieces of float_data: float32.</summary>
    public List<ByteRange> Floats { get; } = [];

    /// <summary>Pieces of double_data: float64.</summary>
    public List<ByteRange> Doubles { get; } = [];
}

/// <summary>
/// Finds the values of a model's initializers: walks Model.graph (field 7), Graph.initializer (5) and there raw_data
/// (9), float_data (4) and double_data (10), over lengths alone, so that no page of weights is touched.
/// </summary>
internal static class TensorLocator
{
    private static readonly Dictionary<int, WireType> ModelFields = new()
    {
        [1] = WireType.Varint, [2] = WireType.Bytes, [3] = WireType.Bytes, [4] = WireType.Bytes, [5] = WireType.Varint,
        [6] = WireType.Bytes, [7] = WireType.Bytes, [8] = WireType.Bytes, [14] = WireType.Bytes, [20] = WireType.Bytes,
        [25] = WireType.Bytes,
    };

    /// <summary>The places of all initializers, in the file's order.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="sawVersion">Whether a version number of the format came up: the mark by which an ONNX file is known.</param>
    /// <exception cref="InvalidDataException">These bytes are not an ONNX model.</exception>
    /// <exception cref="EndOfStreamException">The model breaks off.</exception>
    public static List<TensorPlace> Locate(ReadOnlySpan<byte> file, out bool sawVersion)
    {
        sawVersion = false;
        var places = new List<TensorPlace>();
        var model = new WireReader(file, 0, file.Length);
        while (model.TryReadTag(out int field, out WireType type))
        {
            if (ModelFields.TryGetValue(field, out WireType expected) && type != expected)
                throw new InvalidDataException($"field {field} of the model has wire type {(int)type}, not {(int)expected}");
            if (field == 1) sawVersion = true;
            (int start, int end) = model.ReadContent(type);
            if (field == 7) LocateInGraph(file, start, end, places);
        }

        return places;
    }

    private static void LocateInGraph(ReadOnlySpan<byte> file, int start, int end, List<TensorPlace> places)
    {
        var graph = new WireReader(file, start, end);
        while (graph.TryReadTag(out int field, out WireType type))
        {
            (int tensorStart, int tensorEnd) = graph.ReadContent(type);
            if (field != 5) continue;
            if (type != WireType.Bytes) throw new InvalidDataException("an initializer is no message");
            places.Add(LocateInTensor(file, tensorStart, tensorEnd));
        }
    }

    private static TensorPlace LocateInTensor(ReadOnlySpan<byte> file, int start, int end)
    {
        var place = new TensorPlace();
        var tensor = new WireReader(file, start, end);
        while (tensor.TryReadTag(out int field, out WireType type))
        {
            (int valueStart, int valueEnd) = tensor.ReadContent(type);
            List<ByteRange>? pieces = (field, type) switch
            {
                (9, WireType.Bytes) => place.Raw,
                (4, WireType.Bytes or WireType.Fixed32) => place.Floats,
                (10, WireType.Bytes or WireType.Fixed64) => place.Doubles,
                _ => null,
            };
            if (field == 9) place.Raw.Clear(); // a single value: where it is given twice, the last one counts
            pieces?.Add(new ByteRange(valueStart, valueEnd));
        }

        return place;
    }
}
