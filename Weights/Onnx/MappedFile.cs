using System.IO.MemoryMappedFiles;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights.Onnx;

/// <summary>
/// A file mapped read-only into memory: the operating system brings in the pages that are read, keeps one copy for
/// all who map the file, and may drop them again. Memory handed out is valid until <see cref="Dispose"/>; afterwards
/// its Span throws, but a span taken earlier must no longer be touched. Do not write to the file while it is mapped.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly FileSha256 _sha256;
    private int _disposed;

    private MappedFile(string path, long length, MemoryMappedFile file)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _sha256 = new FileSha256(this);
    }

    /// <summary>The path it was opened with.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="NetVizException">There is no such file, it cannot be read, or it is empty.</exception>
    public static MappedFile Open(string path)
    {
        if (Directory.Exists(path)) throw new NetVizException($"{path} is a folder, not a file");
        try
        {
            // Asked before it is opened: a named pipe has no length either, and opening one waits for its writer for ever.
            if (new FileInfo(path) is { Exists: true, Length: 0 }) throw new NetVizException($"{path} is empty (0 bytes)");
            FileGuard.Reads(path);
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long length = stream.Length;

            return new MappedFile(path, length, MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NetVizException($"there is no file {path}", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NetVizException($"{path} cannot be read: {e.Message}", inner: e);
        }
    }

    /// <summary>A part of the file's bytes.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        Check(offset, length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>
    /// A part of the file as little-endian float32, without a copy. Its address is a multiple of 4 only where the
    /// offset is: see <see cref="IsAligned"/>.
    /// </summary>
    public ReadOnlyMemory<float> Floats(long offset, int count)
    {
        Check(offset, (long)count * sizeof(float));
        return new MappedFloats(this, offset, count).Memory;
    }

    /// <summary>
    /// Whether float32 numbers at this offset lie at addresses that are multiples of 4 (a mapping starts at a page).
    /// </summary>
    public static bool IsAligned(long offset) => offset % sizeof(float) == 0;

    /// <summary>The SHA-256 of the whole file in lower-case hexadecimal, computed when first asked for.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Begins to compute <see cref="Sha256"/> while cores are idle, for who will ask for it.</summary>
    public void BeginSha256() => _sha256.Begin();

    /// <summary>The address of a byte; throws once the file is closed.</summary>
    internal byte* Address(long offset)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _start + offset;
    }

    /// <summary>Keeps the mapping alive even past <see cref="Dispose"/>, until <see cref="Release"/>.</summary>
    internal void Hold()
    {
        byte* unused = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref unused);
    }

    /// <summary>Ends one <see cref="Hold"/>.</summary>
    internal void Release() => _view.SafeMemoryMappedViewHandle.ReleasePointer();

    /// <summary>Unmaps the file as soon as nothing holds it any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        GC.SuppressFinalize(this);
        Release();
        _view.Dispose();
        _file.Dispose();
    }

    /// <summary>
    /// Nobody called <see cref="Dispose"/>, and nothing refers to the file or its numbers any more: the view's own handle
    /// unmaps it once this hold is gone. (It is finalised after this object, as critical handles are.)
    /// </summary>
    ~MappedFile()
    {
        if (_start is not null && Interlocked.Exchange(ref _disposed, 1) == 0) Release();
    }

    private void Check(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
    }
}
