using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetViz.Engine;

namespace NetViz.Cli.Docs;

/// <summary>
/// A value in a command's JSON: <c>.rows[2].gap</c> by name and index, and <c>.rows[layer=relu4_1].gap</c> or
/// <c>.rows[map=guided&amp;method=threshold].gap</c> by the values of properties. A format is .NET's for numbers; after a
/// percent sign, as in <c>%0.0</c>, it is that of a hundred times the number; <c>count</c> is the length of an array.
/// </summary>
internal sealed partial class JsonPath
{
    private readonly JsonElement _root;

    private JsonPath(JsonElement root) => _root = root;

    /// <summary>Reads a command's output.</summary>
    public static JsonPath Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new JsonPath(document.RootElement.Clone());
    }

    /// <summary>The value at a path, as text.</summary>
    /// <param name="path">For example <c>.rows[layer=relu4_1].gap</c>.</param>
    /// <param name="format">.NET's format for numbers, perhaps after a percent sign; <c>count</c>, or nothing.</param>
    /// <exception cref="NetVizException">There is no such value.</exception>
    public string Format(string path, string format)
    {
        JsonElement value = _root;
        int read = 0;
        foreach (Match step in Step().Matches(path))
        {
            if (step.Index != read) break;
            read += step.Length;
            value = Follow(value, step) ?? throw new NetVizException($"the command's JSON has no '{path[..read]}'");
        }

        if (read != path.Length) throw new NetVizException($"'{path}' is no path into JSON");
        return value.ValueKind switch
        {
            JsonValueKind.Array when format == "count" => value.GetArrayLength().ToString(CultureInfo.InvariantCulture),
            JsonValueKind.Number when format.StartsWith('%') => Rounded(100 * value.GetDouble(), format[1..]),
            JsonValueKind.Number => Rounded(value.GetDouble(), format),
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True or JsonValueKind.False => value.GetBoolean() ? "true" : "false",
            _ => throw new NetVizException($"'{path}' is {value.ValueKind}, not a number or text"),
        };
    }

    private static string Rounded(double value, string format)
    {
        try
        {
            if (!HugePrecision().IsMatch(format)) return NumberText.Fixed(value, format);
        }
        catch (FormatException)
        {
            // Refused below.
        }

        throw new NetVizException($"'{format}' is no format for a number", "0.00, for example, shows two decimals");
    }

    private static JsonElement? Follow(JsonElement value, Match step)
    {
        if (step.Groups["name"] is { Success: true } name)
            return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name.Value, out JsonElement of) ? of : null;
        if (value.ValueKind != JsonValueKind.Array) return null;
        if (step.Groups["index"] is { Success: true } index)
        {
            return int.TryParse(index.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int i)
                && i < value.GetArrayLength() ? value[i] : null;
        }

        string[][] wanted = [.. step.Groups["wanted"].Value.Split('&').Select(pair => pair.Split('=', 2))];
        return value.EnumerateArray().Cast<JsonElement?>().FirstOrDefault(element =>
            element!.Value.ValueKind == JsonValueKind.Object && wanted.All(pair =>
                element.Value.TryGetProperty(pair[0], out JsonElement property) && property.ToString() == pair[1]));
    }

    // A letter and a number of digits: N999999999 would be a text of a gigabyte.
    [GeneratedRegex("^[A-Za-z][0-9]{3,}$")]
    private static partial Regex HugePrecision();

    [GeneratedRegex(@"\.(?<name>\w+)|\[(?<index>[0-9]+)\]|\[(?<wanted>\w+=[^\]&]*(&\w+=[^\]&]*)*)\]")]
    private static partial Regex Step();
}
