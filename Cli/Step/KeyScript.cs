using System.Globalization;
using NetViz.Engine;

namespace NetViz.Cli.Step;

/// <summary>Keys as text: <c>down*3 d down e 3,4,5 enter end q</c>.</summary>
internal static class KeyScript
{
    private const string Grammar = "keys are separated by blanks: down, up, left, right, home, end, tab, space, enter, esc, "
        + "backspace, a letter, ?, or digits and commas that are typed in; NAME*3 for three times";

    private const int LongestScript = 10_000;

    private static readonly Dictionary<string, ConsoleKey> Named = new(StringComparer.OrdinalIgnoreCase)
    {
        ["down"] = ConsoleKey.DownArrow,
        ["up"] = ConsoleKey.UpArrow,
        ["left"] = ConsoleKey.LeftArrow,
        ["right"] = ConsoleKey.RightArrow,
        ["home"] = ConsoleKey.Home,
        ["end"] = ConsoleKey.End,
        ["tab"] = ConsoleKey.Tab,
        ["space"] = ConsoleKey.Spacebar,
        ["enter"] = ConsoleKey.Enter,
        ["esc"] = ConsoleKey.Escape,
        ["backspace"] = ConsoleKey.Backspace,
    };

    /// <summary>Reads a script: for each frame what is pressed before it, and its name.</summary>
    /// <exception cref="NetVizException">A word is no key.</exception>
    public static IReadOnlyList<(string Name, ConsoleKeyInfo[] Keys)> Parse(string script)
    {
        var frames = new List<(string, ConsoleKeyInfo[])>();
        foreach (string word in script.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('*');
            int times = 1;
            bool counted = parts.Length == 1 || (parts.Length == 2 && parts[0].Length > 0
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out times) && times > 0);
            ConsoleKeyInfo[] keys = counted ? KeysOf(parts[0]) : [];
            if (keys.Length == 0) throw new NetVizException($"--script: '{word}' is no key", Grammar);
            if (frames.Count + (long)times > LongestScript)
                throw new NetVizException($"--script: more than {LongestScript} keys");
            for (int k = 0; k < times; k++) frames.Add((parts[0], keys));
        }

        return frames;
    }

    private static ConsoleKeyInfo[] KeysOf(string word)
    {
        if (Named.TryGetValue(word, out ConsoleKey key)) return [new ConsoleKeyInfo('\0', key, false, false, false)];
        bool typed = word.Length > 0 && word.All(c => char.IsAsciiDigit(c) || c == ',');
        return typed || (word.Length == 1 && (char.IsAsciiLetter(word[0]) || word[0] == '?'))
            ? [.. word.Select(c => new ConsoleKeyInfo(c, default, false, false, false))]
            : [];
    }
}
