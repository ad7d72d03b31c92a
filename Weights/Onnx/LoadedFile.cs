using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights.Onnx;

/// <summary>
/// A file's bytes in memory outside the garbage collector's heap, each block read once and when it is first needed. The file is
/// not mapped: a process that reads a mapped file dies when another one truncates it, and no code can catch that. Memory handed
/// out is valid until <see cref="Dispose"/>; afterwards its Span throws, but a span taken earlier must no longer be touched.
/// </summary>
internal sealed unsafe class LoadedFile : IDisposable
{
    private const int Block = 1 << 20;

    private readonly SafeFileHandle? _handle;
    private readonly NativeBytes _memory;
    private readonly bool[] _isLoaded;
    private readonly Lock _loading = new();
    private readonly FileSha256 _sha256;
    private int _disposed;

    private LoadedFile(string path, long length, SafeFileHandle? handle)
    {
        (Path, Length, _handle) = (path, length, handle);
        _memory = new NativeBytes(length);
        _isLoaded = new bool[(length + Block - 1) / Block];
        _sha256 = new FileSha256(this);
    }

    /// <summary>The path it was opened with, or the name of what was given in memory.</summary>
    public string Path { get; }

    /// <summary>Whether it was given in memory, so that no file lies at <see cref="Path"/>.</summary>
    public bool IsInMemory => _handle is null;

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Opens a file; its bytes are read when they are needed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it has to be.</param>
    /// <exception cref="NetVizException">There is no such file, it cannot be read, is empty, or does not fit into
    /// memory.</exception>
    public static LoadedFile Open(string path, FileKind kind)
    {
        try
        {
            // The stream's handle is kept, so the stream itself is not disposed.
            FileStream stream = UntrustedFile.Open(path, kind);
            if (stream.Length == 0)
            {
                stream.Dispose();
                throw new NetVizException($"{path} is empty (0 bytes)");
            }

            return new LoadedFile(path, stream.Length, stream.SafeFileHandle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NetVizException($"there is no file {path}", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NetVizException($"{path} cannot be read: {e.Message}", inner: e);
        }
        catch (OutOfMemoryException e)
        {
            throw new NetVizException($"{path} does not fit into the memory that this process may take", inner: e);
        }
    }

    /// <summary>Copies bytes that are no file.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="NetVizException">There are none.</exception>
    public static LoadedFile Of(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) throw new NetVizException($"{name} is empty (0 bytes)");
        var file = new LoadedFile(name, bytes.Length, handle: null);
        bytes.CopyTo(new Span<byte>(file._memory.Start, bytes.Length));
        Array.Fill(file._isLoaded, true);
        return file;
    }

    /// <summary>A part of the file's bytes.</summary>
    /// <exception cref="NetVizException">The file has become shorter, or cannot be read.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        Check(offset, length);
        Load(offset, length);
        return new ReadOnlySpan<byte>(_memory.Start + offset, length);
    }

    /// <summary>
    /// A part of the file as little-endian float32, without a further copy. Its address is a multiple of 4 only where the
    /// offset is: see <see cref="IsAligned"/>.
    /// </summary>
    /// <exception cref="NetVizException">The file has become shorter, or cannot be read.</exception>
    public ReadOnlyMemory<float> Floats(long offset, int count)
    {
        Check(offset, (long)count * sizeof(float));
        Load(offset, (long)count * sizeof(float));
        return new LoadedFloats(this, offset, count).Memory;
    }

    /// <summary>
    /// Whether float32 numbers at this offset lie at addresses that are multiples of 4 (the memory starts at a multiple of 64).
    /// </summary>
    public static bool IsAligned(long offset) => offset % sizeof(float) == 0;

    /// <summary>The SHA-256 of the whole file in lower-case hexadecimal, computed when first asked for.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Begins to compute <see cref="Sha256"/> while cores are idle, for who will ask for it.</summary>
    public void BeginSha256() => _sha256.Begin();

    /// <summary>The bytes of a stretch for the digest: those in memory, else the file's, which are then not kept.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="buffer">Takes the bytes that are not in memory.</param>
    public ReadOnlySpan<byte> BytesToHash(long offset, Span<byte> buffer)
    {
        Check(offset, buffer.Length);
        bool isLoaded = true;
        for (long block = offset / Block; block <= (offset + buffer.Length - 1) / Block; block++)
            isLoaded &= Volatile.Read(ref _isLoaded[block]);
        if (isLoaded) return new ReadOnlySpan<byte>(_memory.Start + offset, buffer.Length);
        Read(offset, buffer);
        return buffer;
    }

    /// <summary>The address of a byte that was loaded; throws once the file is closed.</summary>
    internal byte* Address(long offset)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _memory.Start + offset;
    }

    /// <summary>Keeps the memory alive even past <see cref="Dispose"/>, until <see cref="Release"/>.</summary>
    internal void Hold()
    {
        bool isHeld = false;
        _memory.DangerousAddRef(ref isHeld);
    }

    /// <summary>Ends one <see cref="Hold"/>.</summary>
    internal void Release() => _memory.DangerousRelease();

    /// <summary>Frees the memory as soon as nothing holds it any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _handle?.Dispose();
        _memory.Dispose();
    }

    private void Check(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
    }

    // Reads the blocks of a stretch that were not read yet, with all cores: the kernel's copy is what takes time.
    private void Load(long offset, long length)
    {
        if (length == 0) return;
        long first = offset / Block, last = (offset + length - 1) / Block;
        if (AreLoaded(first, last)) return;
        lock (_loading)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            NetVizException? failed = null;
            Parallel.For(first, last + 1, (block, state) =>
            {
                if (_isLoaded[block]) return;
                try
                {
                    long start = block * Block;
                    Read(start, new Span<byte>(_memory.Start + start, (int)Math.Min(Block, Length - start)));
                    Volatile.Write(ref _isLoaded[block], true);
                }
                catch (NetVizException e)
                {
                    failed = e;
                    state.Stop();
                }
            });
            if (failed is not null) throw failed;
        }
    }

    private bool AreLoaded(long first, long last)
    {
        for (long block = first; block <= last; block++)
        {
            if (!Volatile.Read(ref _isLoaded[block])) return false;
        }

        return true;
    }

    private void Read(long offset, Span<byte> to)
    {
        try
        {
            while (!to.IsEmpty)
            {
                int read = RandomAccess.Read(_handle!, to, offset);
                if (read == 0)
                {
                    throw new NetVizException($"{Path} had {Length} bytes when it was opened and ends at {offset} now",
                        "another program truncated it; fetch or export the file again");
                }

                offset += read;
                to = to[read..];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{Path} cannot be read: {e.Message}", inner: e);
        }
    }
}

/// <summary>Memory outside the heap, freed with the last reference.</summary>
internal sealed unsafe class NativeBytes : SafeHandle
{
    private const nuint Alignment = 64;
    private readonly long _length;

    /// <summary>Reserves memory; pages that are never written take none.</summary>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public NativeBytes(long length) : base(invalidHandleValue: 0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AlignedAlloc(checked((nuint)length), Alignment));
        _length = length;
        GC.AddMemoryPressure(_length);
    }

    /// <summary>The first byte.</summary>
    public byte* Start => (byte*)handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        GC.RemoveMemoryPressure(_length);
        return true;
    }
}
