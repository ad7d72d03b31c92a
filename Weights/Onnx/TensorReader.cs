using Google.Protobuf;
using Google.Protobuf.Collections;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Onnx;

/// <summary>
/// Makes tensors from their stored form. Every length is checked against the shape before anything is allocated.
/// </summary>
internal static class TensorReader
{
    /// <summary>An initializer, its values taken from the model's file or from an external data file.</summary>
    public static OnnxTensor Read(InitializerProto header, TensorPlace place, LoadedFile file, ExternalFiles external)
    {
        string what = $"{file.Path}: initializer '{header.Name}'";
        (int[] dims, int count) = ReadDims(header.Dims, what);
        var type = (OnnxElementType)header.DataType;
        StoredBytes? raw = header.DataLocation == 1 ? external.Find(header.ExternalData, what)
            : place.Raw.Count > 0 ? StoredBytes.Join(file, place.Raw) : null;
        if (raw is null && type == OnnxElementType.Float32 && place.Floats.Count > 0) raw = StoredBytes.Join(file, place.Floats);
        if (raw is null && type == OnnxElementType.Float64 && place.Doubles.Count > 0)
            raw = StoredBytes.Join(file, place.Doubles);
        return Make(header.Name, type, dims, count, raw, header.Int32Data, header.Int64Data, what);
    }

    /// <summary>A tensor inside a node's attribute or a file of its own.</summary>
    /// <param name="tensor">The message.</param>
    /// <param name="what">How errors name it.</param>
    public static OnnxTensor Read(TensorProto tensor, string what)
    {
        if (tensor.DataLocation == 1)
            throw new NetVizException($"{what} keeps its values in an external file, which only initializers may do");
        (int[] dims, int count) = ReadDims(tensor.Dims, what);
        var type = (OnnxElementType)tensor.DataType;
        StoredBytes? raw = tensor.RawData.Length > 0 ? new StoredBytes(tensor.RawData.Memory) : null;
        if (raw is null && type == OnnxElementType.Float32) raw = BytesOf(tensor.FloatData);
        if (raw is null && type == OnnxElementType.Float64) raw = BytesOf(tensor.DoubleData);
        return Make(tensor.Name, type, dims, count, raw, tensor.Int32Data, tensor.Int64Data, what);
    }

    /// <summary>A file that holds one tensor.</summary>
    public static OnnxTensor ReadFile(string path)
    {
        using LoadedFile file = LoadedFile.Open(path, FileKind.Tensor);
        try
        {
            return Read(TensorProto.Parser.ParseFrom(file.Bytes(0, (int)file.Length)), path);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new NetVizException($"{path} is not a tensor in ONNX's format: {e.Message}", inner: e);
        }
    }

    private static OnnxTensor Make(string name, OnnxElementType type, int[] dims, int count, StoredBytes? raw,
        RepeatedField<int> int32, RepeatedField<long> int64, string what)
    {
        string shape = $"its shape [{string.Join(", ", dims)}] of {type}";
        int size = type.Size();
        // A type that is not supported is no error until somebody uses the tensor.
        if (size == 0) return new OnnxTensor(name, type, dims, null, null);
        if (raw is { } stored)
        {
            if (stored.Length != (long)count * size)
                throw new NetVizException($"{what} has {Counted.Of(stored.Length, "byte")} of values; {shape} needs "
                    + $"{(long)count * size}");
            return type.IsFloat()
                ? new OnnxTensor(name, type, dims, NumberConversion.ToFloats(type, stored), null)
                : new OnnxTensor(name, type, dims, null, new Lazy<long[]>(() => NumberConversion.ToIntegers(type, stored)));
        }

        // Left are int64_data, and int32_data for all narrower integers and the bit patterns of half-precision numbers.
        int given = type == OnnxElementType.Int64 ? int64.Count : size <= 2 || type == OnnxElementType.Int32 ? int32.Count : 0;
        if (given != count) throw new NetVizException($"{what} has {Counted.Of(given, "value")}; {shape} needs {count}");
        return type.IsFloat()
            ? new OnnxTensor(name, type, dims, NumberConversion.PatternsToFloats(type, int32), null)
            : new OnnxTensor(name, type, dims, null,
                new Lazy<long[]>(() => type == OnnxElementType.Int64 ? [.. int64] : [.. int32]));
    }

    private static (int[] Dims, int Count) ReadDims(RepeatedField<long> dims, string what)
    {
        if (dims.Count > OnnxTensor.MostAxes)
            throw new NetVizException($"{what} has {dims.Count} axes; at most {OnnxTensor.MostAxes} are supported");
        Int128 count = 1;
        foreach (long length in dims)
        {
            if (length is < 0 or > int.MaxValue) throw new NetVizException($"{what} has an axis of length {length}");
            count *= length;
            if (count > Array.MaxLength)
                throw new NetVizException($"{what} has more than {Array.MaxLength} elements: [{string.Join(", ", dims)}]");
        }

        return ([.. dims.Select(length => (int)length)], (int)count);
    }

    private static StoredBytes? BytesOf<T>(RepeatedField<T> values) where T : unmanaged => values.Count == 0
        ? null
        : new StoredBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.ToArray().AsSpan()).ToArray());
}
