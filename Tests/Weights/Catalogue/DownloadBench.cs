using System.Collections.Concurrent;
using System.Security.Cryptography;
using NetViz.Weights.Catalogue;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>An empty cache and one model to download into it, with a clock that does not wait.</summary>
internal sealed class DownloadBench : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DownloadBench(int bytes = 300_000)
    {
        Content = new byte[bytes];
        new Random(bytes).NextBytes(Content);
        Cache = new ModelCache(_folder.File("cache"));
        Model = new CatalogueModel
        {
            Name = "test-1", Family = "test", Path = "some/where/test-1.onnx", From = "http://127.0.0.1:1",
            Bytes = bytes, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content)),
        };
    }

    public byte[] Content { get; }

    public ModelCache Cache { get; }

    public CatalogueModel Model { get; init; }

    /// <summary>The waits between tries that were asked for.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public string Final => Cache.PathOf(Model);

    public string Part => Final + ".part";

    /// <summary>The part's length; 0 if there is none.</summary>
    public long PartLength => File.Exists(Part) ? new FileInfo(Part).Length : 0;

    /// <summary>Whether the file has its final name, and all bytes are right.</summary>
    public bool IsWhole => File.ReadAllBytes(Final).AsSpan().SequenceEqual(Content);

    /// <summary>A file beside the cache.</summary>
    public string Beside(params string[] parts) => _folder.File(parts);

    /// <summary>Puts bytes where a process that was killed would have left them.</summary>
    public void Leave(ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, bytes);
    }

    public Task<string> GetAsync(string from, int tries = 5, int stallMilliseconds = 10_000,
        IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default) =>
        Cache.GetAsync(Model, new DownloadOptions
        {
            From = from,
            Tries = tries,
            StallTimeout = TimeSpan.FromMilliseconds(stallMilliseconds),
            Wait = (time, _) =>
            {
                Waits.Enqueue(time);
                return Task.CompletedTask;
            },
        }, progress, cancellation);

    public void Dispose() => _folder.Dispose();
}
