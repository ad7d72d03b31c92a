using System.Globalization;

namespace NetViz.Engine;

/// <summary>Counts with their nouns, as messages have them: 1 class, 2 classes.</summary>
public static class Counted
{
    /// <summary>Returns a count with its noun.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">
    /// The noun for one, which gets an s, or es behind s, x and the ch of switch and branch; axis becomes axes.
    /// </param>
    /// <param name="format">How the number is written.</param>
    public static string Of(long count, string noun, string format = "0")
    {
        ArgumentNullException.ThrowIfNull(noun);
        return $"{count.ToString(format, CultureInfo.InvariantCulture)} {(count == 1 ? noun : Several(noun))}";
    }

    /// <summary>Returns the form of a word that goes with a count: is or are, has or have.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The form for one.</param>
    /// <param name="several">The form for none and for several.</param>
    public static string Form(long count, string one, string several) => count == 1 ? one : several;

    private static string Several(string noun) =>
        noun.EndsWith("axis", StringComparison.Ordinal) ? noun[..^2] + "es"
        : noun[^1] is 's' or 'x' || noun.EndsWith("tch", StringComparison.Ordinal)
            || noun.EndsWith("nch", StringComparison.Ordinal) ? noun + "es"
        : noun + "s";
}
