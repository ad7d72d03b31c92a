using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetViz.Engine;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// The files of several archives, data-{000..127}.tar, one archive after another. As webdataset lays them out, a picture KEY.jpg has
/// its class in KEY.cls beside it, a number; it is then a picture of the folder of that number. Archives of class folders are taken
/// together as they are. Nothing of an archive is written to disk, and one file is held at a time.
/// </summary>
internal sealed partial class TarShards : ISetFiles
{
    private const int MostArchives = 100_000, ClassDigits = 9;

    private const string ClassEnding = ".cls";

    private readonly ArchiveFiles[] _archives;
    private readonly Dictionary<string, string>[] _classes;

    /// <exception cref="NetVizException">An archive is missing or broken, or a class is no number.</exception>
    public TarShards(string path)
    {
        Path = path;
        string[] paths = Expand(path);
        if (paths.FirstOrDefault(archive => !File.Exists(archive)) is { } missing)
            throw new NetVizException($"{missing} does not exist, one of {Counted.Of(paths.Length, "archive")} of {path}");
        _archives = [.. paths.Select(archive => new ArchiveFiles(archive))];
        _classes = [.. _archives.Select(Classes)];
    }

    public string Path { get; }

    /// <summary>Whether a path stands for several archives.</summary>
    public static bool IsPattern(string path) => Range().IsMatch(path);

    public IEnumerable<SetFile> Read(Func<string, bool> wanted, bool marks = false)
    {
        for (int i = 0; i < _archives.Length; i++)
        {
            int archive = i;
            foreach (SetFile file in _archives[i].Read(name => !name.EndsWith(ClassEnding, StringComparison.Ordinal)
                && wanted(NameOf(archive, name)), marks))
            {
                if (!file.Name.EndsWith(ClassEnding, StringComparison.Ordinal)) yield return file with { Name = NameOf(archive, file.Name) };
            }
        }
    }

    /// <summary>The paths that a pattern with one range stands for.</summary>
    internal static string[] Expand(string pattern)
    {
        Match range = Range().Match(pattern);
        string first = range.Groups[1].Value, last = range.Groups[2].Value;
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
            || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int to) || to < from || to - from >= MostArchives)
            throw new NetVizException($"{pattern}: {range.Value} is no range of numbers", "such as {000..127}");
        return [.. Enumerable.Range(from, to - from + 1).Select(number => pattern[..range.Index]
            + number.ToString(CultureInfo.InvariantCulture).PadLeft(first.Length, '0') + pattern[(range.Index + range.Length)..])];
    }

    // Keys of two archives may be the same; a key of a class gets the folder of the class.
    private string NameOf(int archive, string name) => ImageFile.HasImageName(name) && _classes[archive].TryGetValue(KeyOf(name), out string? @class)
        ? string.Create(CultureInfo.InvariantCulture, $"{@class}/{archive}.{name.Replace('/', '.')}")
        : name;

    private Dictionary<string, string> Classes(ArchiveFiles archive)
    {
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SetFile file in archive.Read(name => name.EndsWith(ClassEnding, StringComparison.Ordinal)))
        {
            if (file.Bytes is not { } bytes || !file.Name.EndsWith(ClassEnding, StringComparison.Ordinal)) continue;
            string text = bytes.Length > 64 ? "" : Encoding.ASCII.GetString(bytes).Trim();
            if (text.Length is 0 or > ClassDigits || !text.All(char.IsAsciiDigit))
                throw new NetVizException($"{archive.Path}: {file.Name} holds no number of a class", "webdataset's .cls holds 0, 1, 2, ...");
            classes[KeyOf(file.Name)] = int.Parse(text, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        }

        return classes;
    }

    // webdataset: the key is the path up to the first dot of the file's name.
    private static string KeyOf(string name)
    {
        int folder = name.LastIndexOf('/') + 1, dot = name.IndexOf('.', folder);
        return dot < 0 ? name : name[..dot];
    }

    [GeneratedRegex(@"\{([0-9]{1,9})\.\.([0-9]{1,9})\}")]
    private static partial Regex Range();
}
