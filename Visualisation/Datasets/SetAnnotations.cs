using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// The XML annotations of a set and the lists that lie beside them, as its files are read. An error in one is reported once it is
/// known that the set goes by them.
/// </summary>
internal sealed class SetAnnotations(string set)
{
    private const string Xml = ".xml";
    private const string Folder = "Annotations";
    private const string ListFolder = "ImageSets";

    // Of VOC, and of ILSVRC as Kaggle has it. Lists of Layout, Segmentation and Action are of other tasks.
    private static readonly string[] ListFolders = ["Main", "CLS-LOC"];

    private static readonly Dictionary<string, string> ListNames = new(StringComparer.Ordinal)
    {
        ["train.txt"] = "train", ["train_cls.txt"] = "train", ["val.txt"] = "val", ["trainval.txt"] = "trainval",
        ["test.txt"] = "test",
    };

    // A line for each WordNet number: the number, a space, names separated by commas.
    private static readonly string[] NameTables = ["LOC_synset_mapping.txt", "synset_words.txt"];

    private readonly List<PictureAnnotation> _annotations = [];
    private readonly List<SetFile> _lists = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private long _objects, _listBytes;

    /// <summary>The annotations, in the set's order.</summary>
    public IReadOnlyList<PictureAnnotation> All => _annotations;

    /// <summary>Whether one lies in a folder called Annotations.</summary>
    public bool HasFolder { get; private set; }

    /// <summary>What is wrong with the first broken one; null mostly.</summary>
    public NetVizException? Broken { get; private set; }

    /// <summary>Whether columns and rows count from 0, as ILSVRC's, and not from 1, as VOC's: a 0 tells.</summary>
    public bool CountsFromZero { get; private set; }

    /// <summary>The lists of splits, with the split of each.</summary>
    public IEnumerable<(SetFile File, string Split)> Splits =>
        _lists.Where(list => IsSplitList(list.Name)).Select(list => (list, ListNames[NameOf(list.Name)]));

    /// <summary>Whether a file is an annotation or such a list, by its name.</summary>
    public static bool IsWanted(string name) => IsXml(name) || IsSplitList(name)
        || NameOf(name) is SetIndex.ClassTable || NameTables.Contains(NameOf(name));

    /// <summary>Whether a file is an annotation, and longer than any.</summary>
    public static bool IsTooLong(string name, long length) => IsXml(name) && length > SetLimits.AnnotationBytes;

    /// <summary>The table of classes that lies in the innermost folder around a place; null if there is none.</summary>
    /// <param name="root">The place, with a slash at its end, or empty.</param>
    /// <param name="others">Where it may be, too.</param>
    public SetFile? ClassTable(string root, IEnumerable<SetFile> others) =>
        Innermost(root, [.. others, .. _lists], SetIndex.ClassTable);

    /// <summary>The table of WordNet numbers in the innermost folder around a place; null if there is none.</summary>
    /// <param name="root">The place, with a slash at its end, or empty.</param>
    public SetFile? NameTable(string root) => Innermost(root, _lists, NameTables);

    /// <summary>Takes a file up.</summary>
    public void Add(SetFile file)
    {
        if (!IsXml(file.Name))
        {
            _lists.Add(file);
            if ((_listBytes += file.Bytes!.Length) > SetLimits.ListBytes)
                throw new NetVizException($"{set}: its lists have more than {SetLimits.ListBytes} bytes, the limit for a set");
            return;
        }

        HasFolder |= file.Name.Split('/').SkipLast(1).Contains(Folder);
        // There are thousands, and mostly nothing is wrong: the first tells enough.
        if (Broken is not null) return;
        try
        {
            if (PictureAnnotation.Read(set, file) is { } annotation) Add(annotation);
        }
        catch (NetVizException error)
        {
            Broken = error;
        }
    }

    private void Add(PictureAnnotation annotation)
    {
        if ((_objects += annotation.Objects.Length) > SetLimits.Objects || _annotations.Count >= SetLimits.Pictures)
        {
            throw new NetVizException($"{set}: its annotations tell of more than {SetLimits.Objects} objects or "
                + $"{SetLimits.Pictures} pictures, the limit for a set");
        }

        for (int i = 0; i < annotation.Objects.Length; i++)
        {
            AnnotatedObject found = annotation.Objects[i];
            CountsFromZero |= found.Box.XMin == 0 || found.Box.YMin == 0;
            // One string for each class, not for each object.
            if (!_names.TryGetValue(found.Class, out string? name)) _names[found.Class] = name = found.Class;
            annotation.Objects[i] = found with { Class = name };
        }

        _annotations.Add(annotation);
    }

    private static SetFile? Innermost(string root, IEnumerable<SetFile> files, params string[] names) => files
        .Where(file => names.Contains(NameOf(file.Name)) && root.StartsWith(FolderOf(file.Name), StringComparison.Ordinal))
        .Select(file => (SetFile?)file).MaxBy(file => file!.Value.Name.Count(c => c == '/'));

    private static bool IsXml(string name) => name.EndsWith(Xml, StringComparison.OrdinalIgnoreCase);

    private static bool IsSplitList(string name)
    {
        string[] parts = name.Split('/');
        return ListNames.ContainsKey(parts[^1]) && (parts is [.., ListFolder, _]
            || parts is [.., ListFolder, { } folder, _] && ListFolders.Contains(folder));
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];
}
