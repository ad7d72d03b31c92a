using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>Bytes as people read them.</summary>
internal static class ByteText
{
    /// <summary>For example <c>1.23 GB</c>.</summary>
    public static string Of(long bytes) => bytes switch
    {
        >= 1_000_000_000 => Invariant($"{bytes / 1e9:0.00} GB"),
        >= 1_000_000 => Invariant($"{bytes / 1e6:0.0} MB"),
        >= 1_000 => Invariant($"{bytes / 1e3:0.0} kB"),
        _ => $"{bytes} B",
    };
}
