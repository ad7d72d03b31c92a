using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace NetViz.Weights.Onnx;

/// <summary>
/// Turns stored numbers of any supported type into float32 or int64. All are little-endian, as this code assumes of the machine.
/// </summary>
internal static class NumberConversion
{
    private const int Chunk = 1 << 20;

    /// <summary>float16, bfloat16 or float64 as float32, rounded to nearest; float32 in place where it can stay.</summary>
    public static ReadOnlyMemory<float> ToFloats(OnnxElementType type, StoredBytes stored)
    {
        if (type == OnnxElementType.Float32) return stored.AsFloats();
        int size = type.Size();
        var floats = new float[stored.Length / size];
        Parallel.For(0, (floats.Length + Chunk - 1) / Chunk, part =>
        {
            int start = part * Chunk, count = Math.Min(Chunk, floats.Length - start);
            ReadOnlySpan<byte> bytes = stored.Slice((long)start * size, count * size);
            Span<float> destination = floats.AsSpan(start, count);
            switch (type)
            {
                case OnnxElementType.Float16:
                    TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), destination);
                    break;
                case OnnxElementType.BFloat16:
                    ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                    for (int i = 0; i < count; i++) destination[i] = FromBFloat16(halves[i]);
                    break;
                default:
                    TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), destination);
                    break;
            }
        });
        return floats;
    }

    /// <summary>Bit patterns of float16 or bfloat16, one in each int32, as float32.</summary>
    public static float[] PatternsToFloats(OnnxElementType type, IReadOnlyList<int> patterns)
    {
        var floats = new float[patterns.Count];
        for (int i = 0; i < floats.Length; i++)
        {
            ushort pattern = unchecked((ushort)patterns[i]);
            floats[i] = type == OnnxElementType.BFloat16 ? FromBFloat16(pattern) : (float)BitConverter.UInt16BitsToHalf(pattern);
        }

        return floats;
    }

    /// <summary>Integers of any width, or booleans as 0 and 1, as int64. UInt64 beyond int64 wraps.</summary>
    public static long[] ToIntegers(OnnxElementType type, StoredBytes stored)
    {
        int size = type.Size();
        var integers = new long[stored.Length / size];
        for (int i = 0; i < integers.Length; i++)
        {
            ReadOnlySpan<byte> bytes = stored.Slice((long)i * size, size);
            integers[i] = type switch
            {
                OnnxElementType.UInt8 or OnnxElementType.Bool => bytes[0],
                OnnxElementType.Int8 => unchecked((sbyte)bytes[0]),
                OnnxElementType.UInt16 => BitConverter.ToUInt16(bytes),
                OnnxElementType.Int16 => BitConverter.ToInt16(bytes),
                OnnxElementType.Int32 => BitConverter.ToInt32(bytes),
                OnnxElementType.UInt32 => BitConverter.ToUInt32(bytes),
                _ => BitConverter.ToInt64(bytes),
            };
        }

        return integers;
    }

    private static float FromBFloat16(ushort pattern) => BitConverter.UInt32BitsToSingle((uint)pattern << 16);
}
