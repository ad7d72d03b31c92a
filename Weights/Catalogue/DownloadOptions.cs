namespace NetViz.Weights.Catalogue;

/// <summary>How a model is downloaded.</summary>
public sealed record DownloadOptions
{
    /// <summary>
    /// A mirror: an http, https or file address, or a folder, that holds the files under the catalogue's paths or side by
    /// side. Null for the one that $NETVIZ_MIRROR names, else for the catalogue's own.
    /// </summary>
    public string? From { get; init; }

    /// <summary>
    /// How many tries may fail in a row. A try that came a mebibyte further than all before it starts the count anew, so that
    /// a connection which breaks now and then still brings a large file.
    /// </summary>
    public int Tries { get; init; } = 5;

    /// <summary>The wait before the second try; it doubles from try to try.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries, also where a server asks for more by Retry-After.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a server may send nothing at all before the try counts as failed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The bytes a second below which a try counts as failed, as a mean over <see cref="RateTime"/>: a server that sends a
    /// byte now and then never stalls.
    /// </summary>
    public double MinBytesPerSecond { get; init; } = 1000;

    /// <summary>The time over which the rate is measured.</summary>
    public TimeSpan RateTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a download may take in all; what came by then is kept.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The clock by which rate and deadline are measured; tests put one of their own here.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits; tests put a clock of their own here.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;
}

/// <summary>How far a download is.</summary>
/// <param name="Bytes">Bytes that are there.</param>
/// <param name="Note">What is waited for: another process, or the next try; null while bytes come.</param>
public readonly record struct DownloadProgress(long Bytes, string? Note);
