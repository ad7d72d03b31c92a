using NetViz.Engine;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>Where each picture of a set belongs, by its name and the set's tables.</summary>
internal sealed class SetIndex
{
    /// <summary>The split of a set that has none.</summary>
    public const string All = "all";

    private const string ClassTable = "classes.txt";
    private const string TableEnding = ".tsv";

    // Folders that are splits and not classes, in the order in which they are listed.
    private static readonly string[] SplitNames = ["train", "val", "valid", "validation", "test"];

    private readonly string _set;
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    private SetIndex(string set, string root, bool hasSplits) => (_set, Root, HasSplits) = (set, root, hasSplits);

    /// <summary>What all names begin with in the archive, and in the set do not: "tiny-imagenet-50/", or nothing.</summary>
    public string Root { get; }

    /// <summary>The classes, by number.</summary>
    public IReadOnlyList<LabelledClass> Classes { get; private set; } = [];

    /// <summary>The pictures by name.</summary>
    public IReadOnlyDictionary<string, Place> Places => _places;

    /// <summary>The splits that hold pictures.</summary>
    public IReadOnlyList<string> Splits =>
        HasSplits ? [.. SplitNames.Where(split => _places.Values.Any(place => place.Split == split))] : [All];

    private bool HasSplits { get; }

    /// <summary>Goes once through a set's files, of which it reads the tables alone.</summary>
    /// <exception cref="NetVizException">The set cannot be read, holds no picture, or contradicts itself.</exception>
    public static SetIndex Of(ISetFiles files)
    {
        var pictures = new List<string>();
        var tables = new Dictionary<string, SetFile>(StringComparer.Ordinal);
        foreach (SetFile file in files.Read(IsTable))
        {
            if (file.Bytes is not null) tables[file.Name] = file;
            else if (ImageFile.HasImageName(file.Name)) pictures.Add(file.Name);
            if (pictures.Count > SetLimits.Pictures)
                throw new NetVizException($"{files.Path} holds more than {SetLimits.Pictures} pictures, the limit for a set");
        }

        if (pictures.Count == 0)
        {
            throw new NetVizException($"{files.Path} holds no picture (.png, .jpg, .jpeg, .webp, .gif, .bmp)",
                "wanted is a folder, .tar or .tar.gz of class folders, or of train/ and val/ with class folders in each");
        }

        string root = RootOf(pictures, tables.Keys);
        string[][] parts = [.. pictures.Select(name => name[root.Length..].Split('/'))];
        var index = new SetIndex(files.Path, root, parts.All(p => SplitNames.Contains(p[0])
            && (p.Length > 2 || p.Length == 2 && tables.ContainsKey(root + p[0] + TableEnding))));
        index.Fill(parts, tables);
        return index;
    }

    private static bool IsTable(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length <= 2 && (parts[^1] == ClassTable || parts[^1] == All + TableEnding
            || SplitNames.Any(split => parts[^1] == split + TableEnding));
    }

    // An archive is mostly packed with the folder that it was made of. Where there is a table, that tells; otherwise one folder
    // around folders of pictures, but for a split.
    private static string RootOf(List<string> pictures, IEnumerable<string> tables)
    {
        string first = pictures[0][..(pictures[0].IndexOf('/', StringComparison.Ordinal) + 1)];
        if (first.Length == 0 || !pictures.TrueForAll(name => name.StartsWith(first, StringComparison.Ordinal))) return "";
        return tables.Any(name => name.StartsWith(first, StringComparison.Ordinal))
            || pictures.TrueForAll(name => name.IndexOf('/', first.Length) >= 0) && !SplitNames.Contains(first[..^1])
            ? first
            : "";
    }

    private void Fill(string[][] pictures, Dictionary<string, SetFile> tables)
    {
        int above = HasSplits ? 1 : 0;
        Classes = tables.TryGetValue(Root + ClassTable, out SetFile table)
            ? SetTables.Classes(_set, table)
            : [.. pictures.Where(parts => parts.Length > above + 1).Select(parts => parts[above])
                .Distinct().Order(StringComparer.Ordinal).Select(folder => new LabelledClass(folder, [folder]))];
        Dictionary<string, int> numbers = Classes.Select((c, number) => (c.Id, number))
            .ToDictionary(c => c.Id, c => c.number, StringComparer.Ordinal);
        foreach (string[] parts in pictures)
        {
            string name = string.Join('/', parts);
            if (!_places.TryAdd(name, new Place(HasSplits ? parts[0] : All,
                parts.Length > above + 1 && numbers.TryGetValue(parts[above], out int number) ? number : -1, null)))
                throw new NetVizException($"{_set} holds {name} twice");
        }

        foreach (string split in HasSplits ? SplitNames : [All])
        {
            if (!tables.TryGetValue(Root + split + TableEnding, out table)) continue;
            foreach ((string name, (int number, PixelBox box)) in SetTables.Pictures(_set, table, Classes.Count))
                Add(table.Name, split, name, number, box);
        }

        if (_places.FirstOrDefault(place => place.Value.Class < 0) is { Key: { } stray })
        {
            throw new NetVizException($"{_set}: {stray} has no class: it lies in no folder of a class, and no table names it",
                tables.ContainsKey(Root + ClassTable) ? "classes.txt lists the folders" : "give each class a folder of its own");
        }
    }

    private void Add(string table, string split, string name, int number, PixelBox box)
    {
        if (!_places.TryGetValue(name, out Place place) || place.Split != split)
            throw new NetVizException($"{_set}: {table} names {name}, which is not among the pictures of {split}");
        if (place.Class >= 0 && place.Class != number)
        {
            throw new NetVizException($"{_set}: {table} says that {name} is of class {number}, {Classes[number].Name}; "
                + $"its folder says {place.Class}, {Classes[place.Class].Name}");
        }

        _places[name] = new Place(split, number, box);
    }

    /// <summary>Where a picture belongs.</summary>
    public readonly record struct Place(string Split, int Class, PixelBox? Box);
}
