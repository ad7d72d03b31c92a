using System.Globalization;
using System.Text;
using NetViz.Engine;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>The text tables of a set, mostly with columns separated by tabs.</summary>
internal static class SetTables
{
    /// <summary>The first line of a table of pictures.</summary>
    public const string PictureColumns = "file\tclass\txmin\tymin\txmax\tymax";

    /// <summary>
    /// Reads classes.txt: a line for each class, its number from 0 upwards, its folder's name, and its names separated by
    /// commas.
    /// </summary>
    /// <exception cref="NetVizException">A line is something else, or a folder is named twice.</exception>
    public static LabelledClass[] Classes(string set, SetFile file)
    {
        var classes = new List<LabelledClass>();
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string line, string where) in Lines(set, file))
        {
            string[] columns = line.Split('\t');
            string[] names = columns.Length == 3
                ? columns[2].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                : [];
            if (names.Length == 0 || columns[1].Length == 0 || columns[0] != classes.Count.ToString(CultureInfo.InvariantCulture))
            {
                throw new NetVizException($"{where} is '{Short(line)}'",
                    $"the line of class {classes.Count} is wanted: its number, its folder and its names, separated by tabs");
            }

            if (!folders.Add(columns[1])) throw new NetVizException($"{where}: the folder {Short(columns[1])} has two classes");
            if (classes.Count == SetLimits.Classes)
                throw new NetVizException($"{where}: {file.Name} has more than {SetLimits.Classes} classes, the limit for a set");
            classes.Add(new LabelledClass(columns[1], names));
        }

        return classes.Count > 0 ? [.. classes] : throw new NetVizException($"{set}: {file.Name} holds no class");
    }

    /// <summary>Reads a table of pictures with their classes and boxes.</summary>
    /// <param name="set">The set's path, for messages.</param>
    /// <param name="file">The table.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <returns>By the picture's name: its class and box.</returns>
    /// <exception cref="NetVizException">A line is something else, or a picture has two.</exception>
    public static Dictionary<string, (int Class, PixelBox Box)> Pictures(string set, SetFile file, int classes)
    {
        var pictures = new Dictionary<string, (int, PixelBox)>(StringComparer.Ordinal);
        bool isFirst = true;
        foreach ((string line, string where) in Lines(set, file))
        {
            if (isFirst)
            {
                isFirst = false;
                if (line == PictureColumns) continue;
                throw new NetVizException($"{where} is '{Short(line)}'",
                    $"the columns {PictureColumns.Replace("\t", ", ", StringComparison.Ordinal)} are wanted, separated by tabs");
            }

            string[] columns = line.Split('\t');
            var numbers = new int[5];
            bool fits = columns.Length == 6;
            for (int i = 0; fits && i < 5; i++)
                fits = int.TryParse(columns[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]);
            if (!fits || numbers[1] > numbers[3] || numbers[2] > numbers[4])
            {
                throw new NetVizException($"{where} is '{Short(line)}'",
                    "a file, its class, and the first and last column and row of its box are wanted, separated by tabs");
            }

            if (numbers[0] >= classes)
                throw new NetVizException($"{where}: there is no class {numbers[0]}", $"classes are numbered 0 to {classes - 1}");
            var box = new PixelBox(numbers[1], numbers[2], numbers[3], numbers[4]);
            if (!pictures.TryAdd(columns[0], (numbers[0], box)))
                throw new NetVizException($"{where}: {Short(columns[0])} has a line above already");
        }

        return pictures;
    }

    /// <summary>
    /// Returns the files that tables of pictures name, as they are called inside the folder or archive: what the first columns
    /// hold, read from the tables' own folders.
    /// </summary>
    public static IEnumerable<string> NamedIn(IEnumerable<SetFile> tables) =>
        tables.Where(table => table.Name.EndsWith(SetIndex.TableEnding, StringComparison.Ordinal)).SelectMany(table =>
            Lines("", table).Select(line => table.Name[..(table.Name.LastIndexOf('/') + 1)] + line.Line.Split('\t', 2)[0]));

    /// <summary>
    /// Reads a list of pictures, as VOC's and ILSVRC's ImageSets have them: the first word of each line, of which folders and the
    /// ending are left out.
    /// </summary>
    public static IEnumerable<string> Stems(SetFile file) => Lines("", file)
        .Select(line => line.Line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(words => words.Length > 0)
        .Select(words => words[0][(words[0].LastIndexOf('/') + 1)..])
        .Select(name => ImageFile.HasImageName(name) ? Path.GetFileNameWithoutExtension(name) : name);

    /// <summary>Reads a list of WordNet numbers with their names: n01440764 tench, Tinca tinca.</summary>
    /// <exception cref="NetVizException">A line is something else.</exception>
    public static Dictionary<string, string[]> WordNetNames(string set, SetFile file)
    {
        var names = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach ((string line, string where) in Lines(set, file))
        {
            string[] parts = line.Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 2)
                throw new NetVizException($"{where} is '{Short(line)}'", "a WordNet number is wanted, a space, and names");
            names[parts[0]] = line[(line.IndexOf(parts[0], StringComparison.Ordinal) + parts[0].Length)..]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        return names;
    }

    private static IEnumerable<(string Line, string Where)> Lines(string set, SetFile file)
    {
        // With a byte order mark, if there is one, taken for what it is.
        using var reader = new StreamReader(new MemoryStream(file.Bytes!), Encoding.UTF8);
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length > 0) yield return (line, $"{set}: {file.Name}, line {number}");
        }
    }

    /// <summary>A text as messages show it.</summary>
    public static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
