using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// Reads from a stream up to a limit, beyond which it refuses: a small archive can unpack to more than any disk holds.
/// </summary>
internal sealed class BoundedStream(Stream inner, string name, long limit) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        _read += read;
        return _read <= limit
            ? read
            : throw new NetVizException($"{name} unpacks to more than {limit} bytes, the limit for an archive of its length",
                "unpack it and give the folder");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
