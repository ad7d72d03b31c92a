using System.Collections.Immutable;
using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using static System.FormattableString;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// Brings one file, in as many tries as it takes: after a break it goes on where the bytes end. Nothing a server says is
/// believed but the bytes, and they only by their SHA-256.
/// </summary>
internal sealed class Download(CatalogueModel model, DownloadOptions options, IProgress<DownloadProgress>? progress)
{
    // This number of bytes counts as progress, see DownloadOptions.Tries; it also bounds the number of tries.
    private const long Further = 1 << 20;
    private const int BufferBytes = 1 << 17;

    private readonly long _began = options.Clock.GetTimestamp();
    private readonly ImmutableArray<Uri> _addresses =
        ModelSource.AddressesOf(model, options.From ?? ModelSource.EnvironmentMirror);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private Uri? _answered;

    // Whether the part's bytes may come from several answers, hence from several files.
    private bool _pieced;

    // After a server made nonsense of a range the whole file is asked for; what there is is kept until that comes.
    private bool _whole;

    /// <summary>Fills a part to the whole file, hash checked.</summary>
    /// <exception cref="NetVizException">It could not be had, or is another file; what was wrong is removed.</exception>
    public async Task RunAsync(PartFile part, CancellationToken cancellation)
    {
        using var http = new HttpSource(options);
        _pieced = part.Length > 0;
        bool secondChance = true;
        int failed = 0;
        long furthest = part.Length;
        while (true)
        {
            if (part.Length == model.Bytes)
            {
                string sha256 = part.Sha256;
                if (sha256 == model.Sha256) return;
                part.Clear();
                // Pieces that do not fit each other: the whole is asked for once more, from the start.
                if (!_pieced || !secondChance) throw WrongFile(part, sha256);
                (secondChance, failed, furthest) = (false, 0, 0);
            }

            try
            {
                await TryAsync(http, part, cancellation).ConfigureAwait(false);
            }
            catch (TransferException e)
            {
                RequireInTime(part);
                _whole = e.AskWhole;
                failed = part.Length >= furthest + Further ? 1 : failed + 1;
                furthest = Math.Max(furthest, part.Length);
                if (failed >= options.Tries) throw GivenUp(part, e, failed);
                TimeSpan delay = Delay(failed, e.RetryAfter);
                progress?.Report(new DownloadProgress(part.Length, Invariant($"{e.Message}; next try in {delay.TotalSeconds:0.#} s")));
                await options.Wait(delay, cancellation).ConfigureAwait(false);
            }
        }
    }

    // One try: the first address that has the file, from where the part ends.
    private async Task TryAsync(HttpSource http, PartFile part, CancellationToken cancellation)
    {
        long start = _whole ? 0 : part.Length;
        foreach (Uri address in _addresses)
        {
            using Transfer? transfer = address.IsFile
                ? Transfer.OfFile(address.LocalPath, start)
                : await http.OpenAsync(address, start, model.Bytes, cancellation).ConfigureAwait(false);
            if (transfer is null) continue;
            _answered = address;
            if (transfer.Start != 0 && transfer.Start != start)
                throw new TransferException("the server sent another range than it was asked for") { AskWhole = true };
            if (transfer.Start == 0) part.Clear();
            _pieced = transfer.Start > 0;
            await CopyAsync(transfer.Body, part, cancellation).ConfigureAwait(false);
            return;
        }

        throw new NetVizException($"{string.Join(" and ", _addresses.Select(ModelSource.Shown))}: there is no such file",
            "`From` names a mirror");
    }

    // Takes no byte more than the file has, however many are offered.
    private async Task CopyAsync(Stream body, PartFile part, CancellationToken cancellation)
    {
        (long since, long bytes) = (options.Clock.GetTimestamp(), 0);
        while (part.Length < model.Bytes)
        {
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            stall.CancelAfter(options.StallTimeout);
            int read;
            try
            {
                int wanted = (int)Math.Min(BufferBytes, model.Bytes - part.Length);
                read = await body.ReadAsync(_buffer.AsMemory(0, wanted), stall.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
            {
                throw new TransferException(Invariant($"nothing came for {options.StallTimeout.TotalSeconds:0.#} s"), e);
            }
            catch (IOException e)
            {
                throw new TransferException("the connection broke", e);
            }

            if (read == 0) throw new TransferException("the connection ended too early");
            part.Append(_buffer.AsSpan(0, read));
            progress?.Report(new DownloadProgress(part.Length, null));
            bytes += read;
            RequireInTime(part);
            TimeSpan passed = options.Clock.GetElapsedTime(since);
            if (passed < options.RateTime) continue;
            if (part.Length < model.Bytes && bytes < options.MinBytesPerSecond * passed.TotalSeconds)
            {
                throw new TransferException(Invariant($"only {bytes:N0} bytes came in {passed.TotalSeconds:0} s, and at least ")
                    + Invariant($"{options.MinBytesPerSecond:N0} a second are wanted"));
            }

            (since, bytes) = (options.Clock.GetTimestamp(), 0);
        }
    }

    private void RequireInTime(PartFile part)
    {
        if (part.Length == model.Bytes || options.Clock.GetElapsedTime(_began) < options.Deadline) return;
        throw new NetVizException($"{model.Name} could not be downloaded within {InWords(options.Deadline)}; "
            + Invariant($"{part.Length:N0} of {model.Bytes:N0} bytes are there"),
            "run it again to go on from there, or name a mirror by `From`");
    }

    private static string InWords(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(time.TotalHours < 1 ? time.TotalSeconds : time.TotalHours):0.##} ")
        + (time.TotalHours < 1 ? "seconds" : time.TotalHours is 1 ? "hour" : "hours");

    private TimeSpan Delay(int failed, TimeSpan? asked)
    {
        TimeSpan delay = options.FirstDelay * Math.Pow(2, Math.Min(failed - 1, 30));
        if (asked > delay) delay = asked.Value;
        return delay < options.LongestDelay ? delay : options.LongestDelay;
    }

    private NetVizException WrongFile(PartFile part, string sha256)
    {
        part.Delete();
        string source = _answered is null ? "what was downloaded before" : ModelSource.Shown(_answered);
        return new NetVizException($"{source} is not {model.Name}: its SHA-256 is {sha256}, the catalogue's is {model.Sha256};"
            + " what was downloaded is removed", "`From` names a mirror");
    }

    private NetVizException GivenUp(PartFile part, TransferException e, int failed) =>
        new($"{model.Name} could not be downloaded: {e.Message}, {(failed == 1 ? "once" : $"{failed} times in a row")};"
            + Invariant($" {part.Length:N0} of {model.Bytes:N0} bytes are there"),
            "run it again to go on from there, or name a mirror by `From`", e);
}

/// <summary>A try that failed in a way which another try may mend.</summary>
internal sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asks to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the next try had better ask for the whole file.</summary>
    public bool AskWhole { get; init; }
}

/// <summary>An answer: the file's bytes from <paramref name="Start"/> on.</summary>
internal sealed record Transfer(Stream Body, long Start, IDisposable? Owner) : IDisposable
{
    /// <summary>A file of a folder; null if there is none.</summary>
    public static Transfer? OfFile(string path, long start)
    {
        if (!File.Exists(path)) return null;
        try
        {
            FileStream file = UntrustedFile.Open(path, FileKind.Hashed);
            file.Seek(start, SeekOrigin.Begin);
            return new Transfer(file, start, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {e.Message}", inner: e);
        }
    }

    public void Dispose()
    {
        Body.Dispose();
        Owner?.Dispose();
    }
}
