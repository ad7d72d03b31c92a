using System.Collections;
using System.Globalization;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights.ClassLabels;

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
        string text;
        try
        {
            text = UntrustedFile.ReadText(path, FileKind.Labels);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the label file {path} cannot be read: {e.Message}", inner: e);
        }

        string[] names;
        try
        {
            names = text.TrimStart().StartsWith('[') ? Names(text) : Lines(text);
        }
        catch (JsonException e)
        {
            throw new NetVizException($"the label file {path} begins like a JSON array but is none: {e.Message}", inner: e);
        }

        return names.Length > 0 ? new Labels(names, path) : throw new NetVizException($"the label file {path} holds no names");
    }

    /// <summary>
    /// The index of a class given by its name, one of its names where commas part several, its number, or a part of its name that
    /// occurs in no other. Case does not matter, and hyphens and underscores count as spaces, unless names differ in nothing else
    /// (see <see cref="ClassName.Fold"/>).
    /// </summary>
    /// <exception cref="NetVizException">No class, or more than one, is meant; the message lists candidates.</exception>
    public int Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string given = text.Trim(), wanted = ClassName.Fold(given);
        int[] found = given.Length == 0 ? [] : FirstOf(
            name => name.Trim() == given,
            name => ClassName.Fold(name) == wanted,
            name => ClassName.AllOf(name).Contains(given),
            name => ClassName.AllOf(name).Select(ClassName.Fold).Contains(wanted));
        if (found.Length == 0 && int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return index >= 0 && index < Count
                ? index
                : throw new NetVizException($"there is no class {index}", $"classes are numbered 0 to {Count - 1}");
        }

        if (found.Length == 0 && given.Length > 0)
            found = FirstOf(name => ClassName.Fold(name).Contains(wanted, StringComparison.Ordinal));
        if (found.Length == 1) return found[0];
        if (found.Length > 1)
            throw new NetVizException($"'{text}' may mean {found.Length} classes: {Listed(found)}",
                "give the whole name or the number");
        int[] near = [.. Enumerable.Range(0, Count).OrderBy(i => ClassName.AllOf(_names[i])
            .Select(name => NearestName.Distance(ClassName.Fold(name), wanted)).DefaultIfEmpty(wanted.Length).Min()).Take(5)];
        throw new NetVizException($"there is no class '{text}'", $"nearest are {Listed(near)}");
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string[] Names(string json)
    {
        using JsonDocument document = StrictJson.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(name => name.ValueKind == JsonValueKind.String
            ? name.GetString()!
            : throw new JsonException($"a name is a text, and one of them is {name.ValueKind}"))];
    }

    private static string[] Lines(string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        return lines[..(Array.FindLastIndex(lines, line => line.Length > 0) + 1)];
    }

    // The classes of the first condition that any class meets.
    private int[] FirstOf(params Func<string, bool>[] conditions) => conditions
        .Select(holds => (int[])[.. Enumerable.Range(0, Count).Where(i => holds(_names[i]))])
        .FirstOrDefault(classes => classes.Length > 0) ?? [];

    private string Listed(int[] indices) =>
        string.Join(", ", indices.Take(8).Select(i => $"{i} {_names[i]}")) + (indices.Length > 8 ? ", ..." : "");
}
