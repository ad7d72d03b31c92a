using System.Globalization;

namespace NetViz.Engine;

/// <summary>Numbers as people write them.</summary>
public static class NumberText
{
    /// <summary>Returns numbers as in English, with a separator between them.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="separator">The separator.</param>
    public static string List<T>(IEnumerable<T> values, string separator = ", ")
        where T : IFormattable =>
        string.Join(separator, values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    /// <summary>Returns a number in a format, as in English; what rounds to 0 has no sign.</summary>
    /// <param name="value">The number.</param>
    /// <param name="format">A standard or custom format.</param>
    public static string Fixed(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text.Any(c => c is >= '1' and <= '9') || !double.IsFinite(value) ? text : text.TrimStart('-');
    }
}
