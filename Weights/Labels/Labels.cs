using System.Collections;
using System.Globalization;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights;

/// <summary>The names of a network's classes, in the order of its scores.</summary>
public sealed class Labels : IReadOnlyList<string>
{
    private static readonly Lazy<Labels> BuiltIn = new(() =>
    {
        using Stream stream = typeof(Labels).Assembly.GetManifestResourceStream("imagenet.txt")!;
        return new Labels(Lines(new StreamReader(stream).ReadToEnd()), "ImageNet");
    });

    private readonly string[] _names;

    private Labels(string[] names, string source) => (_names, Source) = (names, source);

    /// <summary>
    /// The 1000 classes of ILSVRC 2012 in the usual order (by WordNet number): the first word of each synset, with a word
    /// more where two classes share one (crane, maillot).
    /// </summary>
    public static Labels ImageNet => BuiltIn.Value;

    /// <summary>Where the names come from: a file's path, or "ImageNet".</summary>
    public string Source { get; }

    /// <summary>How many classes.</summary>
    public int Count => _names.Length;

    /// <summary>The name of a class.</summary>
    public string this[int index] => _names[index];

    /// <summary>Takes names from a list.</summary>
    /// <param name="names">One for each class.</param>
    /// <param name="source">Where they come from.</param>
    public static Labels Of(IEnumerable<string> names, string source) => new([.. names], source);

    /// <summary>Reads a file: one name a line (blank lines at the end do not count), or a JSON array of names.</summary>
    /// <exception cref="NetVizException">The file is missing, empty, or something else.</exception>
    public static Labels Read(string path)
    {
        FileGuard.Reads(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the label file {path} cannot be read: {e.Message}", inner: e);
        }

        string[] names;
        try
        {
            names = text.TrimStart().StartsWith('[') ? JsonSerializer.Deserialize<string[]>(text)! : Lines(text);
        }
        catch (JsonException e)
        {
            throw new NetVizException($"the label file {path} begins like a JSON array but is none: {e.Message}", inner: e);
        }

        return names.Length > 0 ? new Labels(names, path) : throw new NetVizException($"the label file {path} holds no names");
    }

    /// <summary>
    /// The index of a class given by its name, its number, or a part of its name that occurs in no other.
    /// Case does not matter, and underscores count as spaces.
    /// </summary>
    /// <exception cref="NetVizException">No class, or more than one, is meant; the message lists candidates.</exception>
    public int Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string wanted = Plain(text);
        int[] found = Where(name => name == wanted);
        if (found.Length == 0 && int.TryParse(wanted, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return index >= 0 && index < Count
                ? index
                : throw new NetVizException($"there is no class {index}", $"classes are numbered 0 to {Count - 1}");
        }

        if (found.Length == 0 && wanted.Length > 0) found = Where(name => name.Contains(wanted, StringComparison.Ordinal));
        if (found.Length == 1) return found[0];
        if (found.Length > 1)
            throw new NetVizException($"'{text}' may mean {found.Length} classes: {Listed(found)}",
                "give the whole name or the number");
        int[] near = [.. Enumerable.Range(0, Count).OrderBy(i => Distance(Plain(_names[i]), wanted)).Take(5)];
        throw new NetVizException($"there is no class '{text}'", $"nearest are {Listed(near)}");
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string[] Lines(string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        return lines[..(Array.FindLastIndex(lines, line => line.Length > 0) + 1)];
    }

    private static string Plain(string name) => name.Trim().Replace('_', ' ').ToLowerInvariant();

    private int[] Where(Func<string, bool> holds) => [.. Enumerable.Range(0, Count).Where(i => holds(Plain(_names[i])))];

    private string Listed(int[] indices) =>
        string.Join(", ", indices.Take(8).Select(i => $"{i} {_names[i]}")) + (indices.Length > 8 ? ", ..." : "");

    // Levenshtein's edit distance, by the usual table of which one row is kept.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
