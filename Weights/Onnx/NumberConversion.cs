using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
                    FromHalf(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
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

    /// <summary>
    /// float16 as float32, exactly: the bits in place, then a product that corrects the exponent's bias, also of subnormal
    /// numbers. Vectors of 128 bits are compiled ahead of time on every platform, so that a start need not wait for the compiler.
    /// </summary>
    internal static void FromHalf(ReadOnlySpan<ushort> halves, Span<float> floats)
    {
        int i = 0;
        for (; i + 8 <= halves.Length; i += 8)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Create(halves[i..]));
            Widened(low).CopyTo(floats[i..]);
            Widened(high).CopyTo(floats[(i + 4)..]);
        }

        for (; i < halves.Length; i++) floats[i] = Widened(Vector128.CreateScalar((uint)halves[i])).ToScalar();
    }

    private static Vector128<float> Widened(Vector128<uint> half)
    {
        const float Bias = 5.192296858534828e33f; // 2^112
        Vector128<int> magnitude = ((half & Vector128.Create(0x7fffu)) << 13).AsInt32();
        Vector128<uint> value = (magnitude.AsSingle() * Bias).AsUInt32();
        Vector128<uint> isSpecial = Vector128.GreaterThan(magnitude, Vector128.Create(0x0f7fffff)).AsUInt32();
        Vector128<uint> isNaN = Vector128.GreaterThan(magnitude, Vector128.Create(0x0f800000)).AsUInt32();
        value |= isSpecial & Vector128.Create(0x7f800000u) | isNaN & Vector128.Create(0x00400000u);
        return (value | (half & Vector128.Create(0x8000u)) << 16).AsSingle();
    }

    private static float FromBFloat16(ushort pattern) => BitConverter.UInt32BitsToSingle((uint)pattern << 16);
}
