using System.Globalization;

namespace NetViz.Engine;

/// <summary>Numbers as people write them.</summary>
public static class NumberText
{
    /// <summary>Returns a number in a format, as in English; what rounds to 0 has no sign.</summary>
    /// <param name="value">The number.</param>
    /// <param name="format">A standard or custom format.</param>
    public static string Fixed(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text.Any(c => c is >= '1' and <= '9') || !double.IsFinite(value) ? text : text.TrimStart('-');
    }
}
