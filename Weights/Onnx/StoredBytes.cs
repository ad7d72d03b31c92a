using System.Runtime.InteropServices;

namespace NetViz.Weights.Onnx;

/// <summary>The bytes of one tensor's values: a stretch of a loaded file, or an array.</summary>
internal readonly struct StoredBytes
{
    /// <summary>
    /// float32 tensors up to this size are copied where the file has them at an odd address. A protobuf file puts
    /// values anywhere; x86 and ARM64 read numbers at any address, at a small cost, so large ones stay where they lie.
    /// </summary>
    private const int SmallFloats = 1 << 16;

    private readonly LoadedFile? _file;
    private readonly long _offset;
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <summary>A stretch of a loaded file.</summary>
    public StoredBytes(LoadedFile file, long offset, long length) => (_file, _offset, Length) = (file, offset, length);

    /// <summary>Bytes in ordinary memory.</summary>
    public StoredBytes(ReadOnlyMemory<byte> bytes) => (_bytes, Length) = (bytes, bytes.Length);

    /// <summary>How many bytes.</summary>
    public long Length { get; }

    /// <summary>A part of the bytes.</summary>
    public ReadOnlySpan<byte> Slice(long start, int length) =>
        _file is null ? _bytes.Span.Slice((int)start, length) : _file.Bytes(_offset + start, length);

    /// <summary>Joins pieces of a file; one piece stays where it is.</summary>
    public static StoredBytes Join(LoadedFile file, IReadOnlyList<ByteRange> pieces)
    {
        if (pieces.Count == 1) return new StoredBytes(file, pieces[0].Start, pieces[0].Length);
        using var joined = new MemoryStream();
        foreach (ByteRange piece in pieces) joined.Write(file.Bytes(piece.Start, piece.Length));
        return new StoredBytes(joined.ToArray());
    }

    /// <summary>The bytes as little-endian float32: in place in a loaded file, else a copy.</summary>
    public ReadOnlyMemory<float> AsFloats()
    {
        int count = (int)(Length / sizeof(float));
        bool anyAddressWorks = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;
        if (_file is not null && (LoadedFile.IsAligned(_offset) || (count > SmallFloats && anyAddressWorks)))
            return _file.Floats(_offset, count);
        var copy = new float[count];
        Slice(0, count * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(copy.AsSpan()));
        return copy;
    }
}
