using System.Globalization;

namespace NetViz.Cli;

/// <summary>Numbers as people write them.</summary>
internal static class NumberText
{
    /// <summary>Returns a number in a format; what rounds to 0 has no sign.</summary>
    public static string Fixed(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text.Any(c => c is >= '1' and <= '9' || char.IsLetter(c)) ? text : text.TrimStart('-');
    }

    /// <summary>Returns a count with its noun: 1 class, 2 classes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The noun for one.</param>
    /// <param name="many">The noun for several; null for the first with an s.</param>
    public static string Count(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");
}
