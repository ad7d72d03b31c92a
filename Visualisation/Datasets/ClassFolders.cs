using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>Reads a set of class folders: where each picture belongs, by its name and the set's tables.</summary>
internal sealed class ClassFolders
{
    private readonly string _set, _root;
    private readonly bool _hasSplits;
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private LabelledClass[] _classes = [];

    private ClassFolders(string set, string root, bool hasSplits) => (_set, _root, _hasSplits) = (set, root, hasSplits);

    /// <summary>The index of such a set.</summary>
    /// <param name="set">The set's path, for messages.</param>
    /// <param name="pictures">All pictures.</param>
    /// <param name="tables">All tables, by name.</param>
    /// <exception cref="NetVizException">The set contradicts itself.</exception>
    public static SetIndex IndexOf(string set, List<string> pictures, Dictionary<string, SetFile> tables)
    {
        string root = RootOf(pictures, tables.Keys);
        string[][] parts = [.. pictures.Select(name => name[root.Length..].Split('/'))];
        var folders = new ClassFolders(set, root, parts.All(p => SetIndex.SplitFolders.Contains(p[0])
            && (p.Length > 2 || p.Length == 2 && tables.ContainsKey(root + p[0] + SetIndex.TableEnding))));
        folders.Fill(parts, tables);
        int splits = folders._places.Values.Aggregate(0, (bits, place) => bits | place.Splits);
        return new SetIndex(root, folders._classes, SetIndex.SplitsOf(splits), folders._places);
    }

    // An archive is mostly packed with the folder that it was made of. Where there is a table, that tells; otherwise one folder
    // around folders of pictures, but for a split.
    private static string RootOf(List<string> pictures, IEnumerable<string> tables)
    {
        string first = pictures[0][..(pictures[0].IndexOf('/', StringComparison.Ordinal) + 1)];
        if (first.Length == 0 || !pictures.TrueForAll(name => name.StartsWith(first, StringComparison.Ordinal))) return "";
        return tables.Any(name => name.StartsWith(first, StringComparison.Ordinal))
            || pictures.TrueForAll(name => name.IndexOf('/', first.Length) >= 0) && !SetIndex.SplitFolders.Contains(first[..^1])
            ? first
            : "";
    }

    private void Fill(string[][] pictures, Dictionary<string, SetFile> tables)
    {
        int above = _hasSplits ? 1 : 0;
        _classes = tables.TryGetValue(_root + SetIndex.ClassTable, out SetFile table)
            ? SetTables.Classes(_set, table)
            : [.. pictures.Where(parts => parts.Length > above + 1).Select(parts => parts[above])
                .Distinct().Order(StringComparer.Ordinal).Select(folder => new LabelledClass(folder, [folder]))];
        Example[][] withoutBoxes = [.. _classes.Select((_, number) => (Example[])[new Example(number, [])])];
        Dictionary<string, Example[]> examples = _classes.Select((c, number) => (c.Id, withoutBoxes[number]))
            .ToDictionary(c => c.Id, c => c.Item2, StringComparer.Ordinal);
        foreach (string[] parts in pictures)
        {
            string name = string.Join('/', parts);
            if (!_places.TryAdd(name, new Place(SetIndex.BitOf(_hasSplits ? parts[0] : SetIndex.All),
                parts.Length > above + 1 && examples.TryGetValue(parts[above], out Example[]? example) ? example : [])))
                throw new NetVizException($"{_set} holds {name} twice");
        }

        foreach (string split in _hasSplits ? SetIndex.SplitFolders : [SetIndex.All])
        {
            if (!tables.TryGetValue(_root + split + SetIndex.TableEnding, out table)) continue;
            foreach ((string name, (int number, PixelBox box)) in SetTables.Pictures(_set, table, _classes.Length))
                Add(table.Name, split, name, number, box);
        }

        if (_places.FirstOrDefault(place => place.Value.Examples.Count == 0) is { Key: { } stray })
        {
            throw new NetVizException($"{_set}: {stray} has no class: it lies in no folder of a class, and no table names it",
                tables.ContainsKey(_root + SetIndex.ClassTable)
                    ? "classes.txt lists the folders"
                    : "give each class a folder of its own");
        }
    }

    private void Add(string table, string split, string name, int number, PixelBox box)
    {
        if (!_places.TryGetValue(name, out Place place) || place.Splits != SetIndex.BitOf(split))
            throw new NetVizException($"{_set}: {table} names {name}, which is not among the pictures of {split}");
        if (place.Examples.Count > 0 && place.Examples[0].Class is var said && said != number)
        {
            throw new NetVizException($"{_set}: {table} says that {name} is of class {number}, {_classes[number].Name}; "
                + $"its folder says {said}, {_classes[said].Name}");
        }

        _places[name] = place with { Examples = [new Example(number, [box])] };
    }
}
