using System.Globalization;
using NetViz.Engine;

namespace NetViz.Benchmarks;

/// <summary>The options of one entry of the benchmarks: names, each with a value.</summary>
internal sealed class Options
{
    private readonly string _entry;
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads them.</summary>
    /// <param name="entry">What they belong to, as on the command line.</param>
    /// <param name="arguments">Names and values in turns.</param>
    /// <param name="known">The names.</param>
    /// <exception cref="NetVizException">A name is not known, or its value is missing.</exception>
    public Options(string entry, string[] arguments, params string[] known)
    {
        _entry = entry;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (!known.Contains(arguments[i]) || i + 1 == arguments.Length)
                throw new NetVizException($"{entry}: {arguments[i]}", $"known are {string.Join(", ", known)}, each with a value");
            _values[arguments[i]] = arguments[i + 1];
        }
    }

    /// <summary>An option's text; null where it was not given.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A whole number of at least 1.</summary>
    /// <exception cref="NetVizException">It is something else.</exception>
    public int Whole(string name, int otherwise) => Text(name) is { } text ? Whole(name, text) : otherwise;

    /// <summary>Whole numbers of at least 1 with commas between them.</summary>
    /// <exception cref="NetVizException">They are something else.</exception>
    public int[] Wholes(string name, params int[] otherwise) =>
        Text(name) is { } text ? [.. text.Split(',').Select(part => Whole(name, part))] : otherwise;

    /// <summary>One of an enumeration's names, in small letters.</summary>
    /// <exception cref="NetVizException">It is something else.</exception>
    public T Choice<T>(string name, T otherwise) where T : struct, Enum
    {
        if (Text(name) is not { } text) return otherwise;
        return Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw new NetVizException($"{_entry}: {name} {text}",
                $"there are {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }

    private int Whole(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : throw new NetVizException($"{_entry}: {name} {text}", "a whole number of at least 1 is needed");
}
