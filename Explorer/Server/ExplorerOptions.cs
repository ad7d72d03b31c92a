using System.Net;

namespace NetViz.Explorer.Server;

/// <summary>How the explorer serves.</summary>
public sealed record ExplorerOptions
{
    /// <summary>Gets the picture to begin with: a file, or sample:NAME; null for the default sample.</summary>
    public string? Picture { get; init; }

    /// <summary>Gets the port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// Gets the address on which a classroom is served, with a token in the page's address; null for this machine only.
    /// </summary>
    public IPAddress? Listen { get; init; }

    /// <summary>Gets whether visitors of a classroom may upload pictures and models. This machine's user always may.</summary>
    public bool AllowUploads { get; init; }

    /// <summary>Gets what turns a library's message, which names settings, into the program's.</summary>
    public Func<string, string> Message { get; init; } = text => text;

    /// <summary>Gets passes that run at the same time.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>Gets requests that may wait for a pass; more are refused.</summary>
    public int MaxWaiting { get; init; } = 200;

    /// <summary>Gets sessions at the same time; the one idle for longest goes when another comes.</summary>
    public int MaxSessions { get; init; } = 300;

    /// <summary>Gets after how long an idle session is dropped.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Gets the bytes of decoded pictures that one session may hold.</summary>
    public long SessionBytes { get; init; } = 64_000_000;

    /// <summary>Gets the bytes of activations and signals that all sessions may share.</summary>
    public long CacheBytes { get; init; } = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 256_000_000, 2_000_000_000);

    /// <summary>Gets the longest picture file that may be uploaded, in bytes.</summary>
    public long MaxPictureBytes { get; init; } = 20_000_000;

    /// <summary>Gets the longest model file that may be uploaded, in bytes.</summary>
    public long MaxModelBytes { get; init; } = 300_000_000;
}
