using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetViz.Tests.Common;

/// <summary>How a server answers one request; as it stands, honestly and whole.</summary>
internal sealed record Conduct
{
    public int Status { get; init; } = 200;

    public string? Location { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>What it serves in place of its file.</summary>
    public byte[]? Content { get; init; }

    public string? ETag { get; init; }

    public bool IgnoresRange { get; init; }

    /// <summary>The first byte that it says and sends, whatever was asked for.</summary>
    public int? RangeStart { get; init; }

    /// <summary>The Content-Length that it claims; -1 for none at all.</summary>
    public long? DeclaredLength { get; init; }

    /// <summary>The whole file's length that Content-Range claims.</summary>
    public long? DeclaredTotal { get; init; }

    /// <summary>After the given number of bytes of the body the connection ends...</summary>
    public int? BreakAfter { get; init; }

    /// <summary>... by a reset rather than by an end.</summary>
    public bool Reset { get; init; }

    /// <summary>After the given number of bytes of the body nothing more comes, and the connection stays.</summary>
    public int? StallAfter { get; init; }

    public int? BytesPerSecond { get; init; }

    /// <summary>After the body comes rubbish, up to 64 MB.</summary>
    public bool GoesOn { get; init; }
}

/// <summary>A request as it came.</summary>
internal sealed record Received(string Path, long? RangeStart, string? IfRange);

/// <summary>
/// An HTTP server on 127.0.0.1 that answers as it is told, one conduct a request, and honestly after the last. It ends with
/// the test; no connection lives longer than half a minute.
/// </summary>
internal sealed class MisbehavingServer : IDisposable
{
    private static readonly byte[] Rubbish = new byte[1 << 16];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Queue<Conduct> _conducts;
    private readonly List<Received> _requests = [];
    private readonly Task _accepting;
    private readonly byte[] _content;
    private long _bytesSent;

    public MisbehavingServer(byte[] content, params Conduct[] conducts)
    {
        (_content, _conducts) = (content, new Queue<Conduct>(conducts));
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>What it does after the last conduct of the list.</summary>
    public Conduct Afterwards { get; init; } = new();

    /// <summary>The paths that it has; all others are 404.</summary>
    public Func<string, bool> Has { get; init; } = _ => true;

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<Received> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>Bytes of bodies that were handed to the network.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public void Dispose()
    {
        _ended.Cancel();
        _accepting.Wait();
        _listener.Stop();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        life.CancelAfter(TimeSpan.FromSeconds(30));
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                Received request = await ReadAsync(stream, life.Token);
                Conduct conduct;
                lock (_requests)
                {
                    _requests.Add(request);
                    conduct = _conducts.TryDequeue(out Conduct? next) ? next : Afterwards;
                }

                await AnswerAsync(stream, request, conduct, life.Token);
                if (conduct.Reset) client.Client.LingerState = new LingerOption(true, 0);
                else client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
                or ObjectDisposedException)
            {
                // The client went, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream, Received request, Conduct conduct, CancellationToken cancellation)
    {
        byte[] file = conduct.Content ?? _content;
        int status = conduct.Status == 200 && !Has(request.Path) ? 404 : conduct.Status;
        bool isVersion = request.IfRange is null || request.IfRange == conduct.ETag;
        bool partial = status == 200 && request.RangeStart is not null && !conduct.IgnoresRange && isVersion;
        if (partial && request.RangeStart >= file.Length) (status, partial) = (416, false);
        int start = partial ? conduct.RangeStart ?? (int)request.RangeStart! : 0;
        byte[] body = status == 200 ? file[start..] : [];

        var head = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {(partial ? 206 : status)} Answer\r\nConnection: close\r\n");
        long length = conduct.DeclaredLength ?? body.Length, total = conduct.DeclaredTotal ?? file.Length;
        if (length != -1) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        if (partial) head.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {start}-{total - 1}/{total}\r\n");
        if (conduct.Location is { } location) head.Append(CultureInfo.InvariantCulture, $"Location: {location}\r\n");
        if (conduct.RetryAfter is { } seconds) head.Append(CultureInfo.InvariantCulture, $"Retry-After: {seconds}\r\n");
        if (conduct.ETag is { } tag) head.Append(CultureInfo.InvariantCulture, $"ETag: {tag}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), cancellation);

        int end = Math.Min(body.Length, Math.Min(conduct.BreakAfter ?? int.MaxValue, conduct.StallAfter ?? int.MaxValue));
        int piece = conduct.BytesPerSecond is { } rate ? Math.Max(1, rate / 50) : 1 << 16;
        for (int at = 0; at < end; at += piece)
        {
            await SendAsync(stream, body.AsMemory(at, Math.Min(piece, end - at)), cancellation);
            if (conduct.BytesPerSecond is not null) await Task.Delay(20, cancellation);
        }

        for (int i = 0; conduct.GoesOn && i < 1024; i++) await SendAsync(stream, Rubbish, cancellation);
        if (conduct.StallAfter is not null) await Task.Delay(Timeout.Infinite, cancellation);
    }

    private async Task SendAsync(NetworkStream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await stream.WriteAsync(bytes, cancellation);
        Interlocked.Add(ref _bytesSent, bytes.Length);
    }

    private static async Task<Received> ReadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string path = (await reader.ReadLineAsync(cancellation) ?? throw new IOException("no request")).Split(' ')[1];
        long? start = null;
        string? condition = null;
        while (await reader.ReadLineAsync(cancellation) is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                start = long.Parse(line["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            if (line.StartsWith("If-Range: ", StringComparison.OrdinalIgnoreCase)) condition = line["If-Range: ".Length..];
        }

        return new Received(path, start, condition);
    }
}
