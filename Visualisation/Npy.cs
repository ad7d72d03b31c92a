using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Visualisation;

/// <summary>
/// NumPy array files (.npy, versions 1.0 to 3.0): how signals leave the program and preprocessed inputs enter it.
/// Read are little-endian float16, float32, float64, int32, int64 and uint8, in C or Fortran order.
/// Written is float32 or float64 in C order, version 1.0. A scalar is a tensor of shape [1].
/// </summary>
public static class Npy
{
    // Elements converted at a time, so that the file's bytes are never in memory as a whole.
    private const int Block = 16_384;

    /// <summary>Reads numbers of any supported type as float32; float64 and integers are rounded to it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The array in C order, of the file's shape.</returns>
    /// <exception cref="NetVizException">The file is missing, no .npy, of an unsupported type, truncated or too long.</exception>
    public static Tensor<float> Read(string path) => Read<float>(path, null);

    /// <summary>As <see cref="Read(string)"/>, with a judgement of the shape before any number is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="judge">Is given the shape; throws if such an array is not wanted.</param>
    /// <returns>The array in C order, of the file's shape.</returns>
    public static Tensor<float> Read(string path, Action<ReadOnlyMemory<long>>? judge) => Read<float>(path, judge);

    /// <summary>Reads numbers of any supported type as float64; exact but for integers beyond 2^53.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static Tensor<double> ReadDouble(string path) => Read<double>(path, null);

    /// <inheritdoc cref="Read(string, Action{ReadOnlyMemory{long}})"/>
    public static Tensor<double> ReadDouble(string path, Action<ReadOnlyMemory<long>>? judge) => Read<double>(path, judge);

    /// <summary>Reads whole numbers (int32, int64 or uint8).</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static Tensor<long> ReadInt64(string path) => Read<long>(path, null);

    /// <summary>Writes float32 in C order, whole or not at all (<see cref="OutputFile"/>).</summary>
    /// <param name="path">The file; an older one is replaced, a missing folder is created.</param>
    /// <param name="array">Of any shape.</param>
    /// <exception cref="NetVizException">The file cannot be written.</exception>
    public static void Write(string path, in ReadOnlyTensorSpan<float> array)
    {
        Write(path, array, "<f4", sizeof(float));
    }

    /// <summary>Writes float64 in C order, whole or not at all.</summary>
    /// <inheritdoc cref="Write(string, in ReadOnlyTensorSpan{float})"/>
    public static void Write(string path, in ReadOnlyTensorSpan<double> array) => Write(path, array, "<f8", sizeof(double));

    /// <summary>Computes the bytes of a file of float32 in C order.</summary>
    /// <param name="array">Of any shape.</param>
    public static byte[] ToBytes(in ReadOnlyTensorSpan<float> array) => ToBytes(array, "<f4", sizeof(float));

    /// <summary>Computes the bytes of a file of float64 in C order.</summary>
    /// <inheritdoc cref="ToBytes(in ReadOnlyTensorSpan{float})"/>
    public static byte[] ToBytes(in ReadOnlyTensorSpan<double> array) => ToBytes(array, "<f8", sizeof(double));

    /// <summary>Computes the head of a file of float32 in C order, whose length depends on the number of axes alone.</summary>
    /// <param name="shape">The shape; at most eight axes.</param>
    public static byte[] FloatHead(IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new NpyHeader("<f4", FortranOrder: false, [.. shape]).ToBytes(marked: FileGuard.Current is not null, leastBytes: 320);
    }

    private static byte[] ToBytes<T>(in ReadOnlyTensorSpan<T> array, string type, int size)
        where T : unmanaged
    {
        var shape = new long[array.Lengths.Length];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = array.Lengths[i];
        byte[] header = new NpyHeader(type, FortranOrder: false, shape).ToBytes(marked: FileGuard.Current is not null);
        byte[] file = GC.AllocateUninitializedArray<byte>(checked((int)(header.Length + array.FlattenedLength * size)));
        header.CopyTo(file, 0);
        array.FlattenTo(MemoryMarshal.Cast<byte, T>(file.AsSpan(header.Length)));
        SwapOnBigEndian(file.AsSpan(header.Length), size);
        return file;
    }

    private static void Write<T>(string path, in ReadOnlyTensorSpan<T> array, string type, int size)
        where T : unmanaged
    {
        var values = new T[array.FlattenedLength];
        array.FlattenTo(values);
        var shape = new long[array.Lengths.Length];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = array.Lengths[i];
        var header = new NpyHeader(type, FortranOrder: false, shape);
        OutputFile.Write(path, ResultKind.Array, stream =>
        {
            stream.Write(header.ToBytes(marked: FileGuard.Current is not null));
            var buffer = new byte[Block * size];
            for (var at = 0; at < values.Length; at += Block)
            {
                var block = MemoryMarshal.AsBytes(values.AsSpan(at, Math.Min(Block, values.Length - at)));
                block.CopyTo(buffer);
                SwapOnBigEndian(buffer.AsSpan(0, block.Length), size);
                stream.Write(buffer, 0, block.Length);
            }
        });
    }

    private static Tensor<T> Read<T>(string path, Action<ReadOnlyMemory<long>>? judge) where T : unmanaged, INumber<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = UntrustedFile.Open(path, FileKind.Array, bufferBytes: 4096);
            if (stream.Length == 0)
                throw new NetVizException($"{path} is not a NumPy array file (.npy): it has 0 bytes", "write it with numpy.save");
            return Read<T>(stream, path, judge);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NetVizException($"{path} does not exist", "check the spelling and the folder", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }

    private static Tensor<T> Read<T>(FileStream stream, string name, Action<ReadOnlyMemory<long>>? judge)
        where T : unmanaged, INumber<T>
    {
        var header = NpyHeader.Read(stream, name);
        var (bytesEach, convert) = Converter<T>(header.Descr, name);
        var count = CheckedCount(header, bytesEach, stream.Length - stream.Position, name);
        judge?.Invoke(header.Shape);
        var values = new T[count];
        var buffer = new byte[Block * bytesEach];
        for (var at = 0; at < count; at += Block)
        {
            var length = Math.Min(Block, count - at);
            var bytes = buffer.AsSpan(0, length * bytesEach);
            stream.ReadExactly(bytes);
            SwapOnBigEndian(bytes, bytesEach);
            convert(bytes, values.AsSpan(at, length));
        }
        nint[] shape = header.Shape.Length == 0 ? [1] : Array.ConvertAll(header.Shape, length => (nint)length);
        return Tensor.Create(header.FortranOrder ? ToCOrder(values, shape) : values, shape);
    }

    private static int CheckedCount(NpyHeader header, int bytesEach, long bytesLeft, string name)
    {
        // Lengths of 2^60 are easily claimed by a damaged header; nothing is allocated before the file's size confirms them.
        Int128 count = 1, axes = 1;
        foreach (var length in header.Shape)
        {
            count = Int128.Min(count * length, long.MaxValue);
            axes = Int128.Min(axes * Math.Max(length, 1), long.MaxValue);
        }
        var shape = string.Join(", ", header.Shape);
        if (count * bytesEach != bytesLeft)
            throw new NetVizException(
                $"{name} holds {Counted.Of(bytesLeft, "byte")} of data, but its shape ({shape}) of {header.Descr} needs "
                    + $"{count * bytesEach}",
                "it is truncated or damaged; write it again");
        // An array with an axis of length 0 holds nothing, and its other axes could still be of any length.
        if (axes > Array.MaxLength)
            throw new NetVizException($"{name} has the shape ({shape}), more than the {Array.MaxLength} numbers supported");
        return (int)count;
    }

    private delegate void Convert<T>(ReadOnlySpan<byte> from, Span<T> to);

    private static (int BytesEach, Convert<T> Convert) Converter<T>(string descr, string name) where T : unmanaged, INumber<T>
    {
        var whole = typeof(T) == typeof(long);
        return descr switch
        {
            "|u1" => (sizeof(byte), ConvertFrom<byte, T>),
            "<i4" => (sizeof(int), ConvertFrom<int, T>),
            "<i8" => (sizeof(long), ConvertFrom<long, T>),
            "<f2" when !whole => (2, ConvertFrom<Half, T>),
            "<f4" when !whole => (sizeof(float), ConvertFrom<float, T>),
            "<f8" when !whole => (sizeof(double), ConvertFrom<double, T>),
            _ => throw new NetVizException($"{name} holds numbers of type {descr}, "
                + $"supported are {(whole ? "" : "<f4, <f8, <f2, ")}<i4, <i8 and |u1", "convert it with numpy's astype"),
        };
    }

    private static void ConvertFrom<TFile, T>(ReadOnlySpan<byte> from, Span<T> to)
        where TFile : unmanaged, INumber<TFile> where T : unmanaged, INumber<T> =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, TFile>(from), to);

    // The file is little-endian, whatever the machine.
    private static void SwapOnBigEndian(Span<byte> bytes, int bytesEach)
    {
        if (BitConverter.IsLittleEndian)
            return;
        for (var at = 0; at < bytes.Length; at += bytesEach)
            bytes.Slice(at, bytesEach).Reverse();
    }

    // Element (i0, ..., ik) stands at i0 + n0 (i1 + n1 (i2 + ...)) in Fortran order.
    private static T[] ToCOrder<T>(T[] values, nint[] shape)
    {
        var ordered = new T[values.Length];
        var index = new nint[shape.Length];
        for (var to = 0; to < ordered.Length; to++)
        {
            nint from = 0;
            for (var d = shape.Length - 1; d >= 0; d--)
                from = from * shape[d] + index[d];
            ordered[to] = values[from];
            for (var d = shape.Length - 1; d >= 0 && ++index[d] == shape[d]; d--)
                index[d] = 0;
        }
        return ordered;
    }
}
