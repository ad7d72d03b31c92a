using System.Globalization;
using Microsoft.AspNetCore.Http;
using NetViz.Engine;

namespace NetViz.Explorer.Server;

/// <summary>What an address asks: the values after the question mark, checked. Nothing in it names a file of this machine.</summary>
internal sealed class Question(IQueryCollection query)
{
    private const int MaxLength = 2000, MaxRules = 6;

    /// <summary>Gets the question in a form in which equal questions are equal text.</summary>
    public string Key(string path) => path + "?" + string.Join('&', query.Where(pair => pair.Key != "live")
        .OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={Uri.EscapeDataString(value ?? "")}")));

    /// <summary>Returns a value; null if it is not given.</summary>
    /// <exception cref="NetVizException">It is given twice or too long.</exception>
    public string? Text(string name)
    {
        if (!query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) || values.Count == 0) return null;
        if (values.Count > 1) throw new NetVizException($"'{name}' is given {values.Count} times; once is supported");
        string text = values[0] ?? "";
        if (text.Length > MaxLength) throw new NetVizException($"'{name}' has {text.Length} characters; up to {MaxLength} are supported");
        return text.Length == 0 ? null : text;
    }

    /// <summary>Returns a value that must be given.</summary>
    public string Required(string name) => Text(name) ?? throw new NetVizException($"'{name}' is missing from the address");

    /// <summary>Returns a whole number.</summary>
    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new NetVizException($"'{name}' is '{text}'; a whole number from {least} to {most} is supported");
    }

    /// <summary>Returns a number; null if it is not given.</summary>
    public double? Real(string name)
    {
        if (Text(name) is not { } text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new NetVizException($"'{name}' is '{text}'; a number is expected");
    }

    /// <summary>Returns whether a switch is on.</summary>
    public bool Flag(string name) => Text(name) is "1" or "true";

    /// <summary>Returns the rules, gradient, deconvnet and guided if none is given.</summary>
    public string[] Rules()
    {
        string[] rules = [.. (query.TryGetValue("rule", out Microsoft.Extensions.Primitives.StringValues given) ? given.ToArray() : [])
            .Where(rule => !string.IsNullOrEmpty(rule)).Select(rule => rule!)];
        if (rules.Length > MaxRules) throw new NetVizException($"{rules.Length} rules; up to {MaxRules} are supported");
        if (rules.FirstOrDefault(rule => rule.Length > MaxLength) is { } longest)
            throw new NetVizException($"a rule has {longest.Length} characters; up to {MaxLength} are supported");
        return rules.Length > 0 ? rules : ["gradient", "deconvnet", "guided"];
    }

    /// <summary>Returns whole numbers parted by commas; null if none are given.</summary>
    public int[]? Numbers(string name, int most, int maxCount)
    {
        if (Text(name) is not { } text) return null;
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < most ? number : -1)];
        return numbers.Length <= maxCount && !numbers.Contains(-1)
            ? numbers
            : throw new NetVizException($"'{name}' is '{text}'; up to {maxCount} whole numbers below {most} are supported");
    }
}
