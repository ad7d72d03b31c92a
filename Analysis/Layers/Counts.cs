using System.Globalization;

namespace NetViz.Analysis.Layers;

/// <summary>Counts in sentences.</summary>
internal static class Counts
{
    /// <summary>Returns a count with separators of thousands: 1,234.</summary>
    public static string Of(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
