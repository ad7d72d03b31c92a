using NetViz.Engine;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>Where each picture of a set belongs.</summary>
/// <param name="Root">What all names begin with in the archive, and in the set do not: "tiny-imagenet-50/", or nothing.</param>
/// <param name="Classes">The classes, by number.</param>
/// <param name="Splits">The splits that hold pictures.</param>
/// <param name="Places">The pictures by name.</param>
internal sealed record SetIndex(string Root, IReadOnlyList<LabelledClass> Classes, IReadOnlyList<string> Splits,
    IReadOnlyDictionary<string, Place> Places)
{
    /// <summary>The split of a set that has none.</summary>
    public const string All = "all";

    /// <summary>A table of classes.</summary>
    public const string ClassTable = "classes.txt";

    /// <summary>What the name of a table of pictures ends with.</summary>
    public const string TableEnding = ".tsv";

    /// <summary>Folders that are splits and not classes, in the order in which they are listed.</summary>
    public static readonly string[] SplitFolders = ["train", "val", "valid", "validation", "test"];

    private static readonly string[] AllSplits = ["train", "val", "valid", "validation", "trainval", "test", All];

    /// <summary>Of a set with XML annotations: how many of them belong to no picture; otherwise null.</summary>
    public int? AnnotationsWithoutPicture { get; init; }

    /// <summary>Of a set of class folders: pictures that are results of netviz, and are left out.</summary>
    public int ResultsLeftOut { get; init; }

    /// <summary>Of a set with XML annotations: whether their columns and rows count from 0.</summary>
    public bool CountsFromZero { get; init; }

    /// <summary>The bit of a split in <see cref="Place.Splits"/>.</summary>
    public static int BitOf(string split) => 1 << Array.IndexOf(AllSplits, split);

    /// <summary>The splits of some bits, in the order in which they are listed.</summary>
    public static string[] SplitsOf(int bits) => [.. AllSplits.Where(split => (BitOf(split) & bits) != 0)];

    /// <summary>Goes once through a set's files, of which it reads the tables and annotations alone.</summary>
    /// <exception cref="NetVizException">The set cannot be read, holds no picture, or contradicts itself.</exception>
    public static SetIndex Of(ISetFiles files)
    {
        var pictures = new List<string>();
        var tables = new Dictionary<string, SetFile>(StringComparer.Ordinal);
        var annotations = new SetAnnotations(files.Path);
        var results = new HashSet<string>(StringComparer.Ordinal);
        foreach (SetFile file in files.Read(name => IsTable(name) || SetAnnotations.IsWanted(name), marks: true))
        {
            if (IsTable(file.Name)) tables[file.Name] = file;
            else if (SetAnnotations.IsWanted(file.Name)) annotations.Add(file);
            else if (ImageFile.HasImageName(file.Name)) pictures.Add(file.Name);
            if (file.IsResult) results.Add(file.Name);
            if (pictures.Count > SetLimits.Pictures)
                throw new NetVizException($"{files.Path} holds more than {SetLimits.Pictures} pictures, the limit for a set");
        }

        if (pictures.Count > 0 && AnnotatedPictures.IndexOf(files.Path, pictures, tables, annotations) is { } annotated)
            return annotated;
        // What an annotation or a table names is an input, also if netviz wrote it.
        if (results.Count > 0) results.ExceptWith(SetTables.NamedIn(tables.Values));
        pictures.RemoveAll(results.Contains);
        if (pictures.Count == 0)
        {
            throw new NetVizException($"{files.Path} holds no picture"
                + $"{(results.Count > 0 ? " that is no result of netviz" : "")} (.png, .jpg, .jpeg, .webp, .gif, .bmp)",
                "wanted is a folder, .tar or .tar.gz of class folders, or of train/ and val/ with class folders in each");
        }

        return ClassFolders.IndexOf(files.Path, pictures, tables) with { ResultsLeftOut = results.Count };
    }

    private static bool IsTable(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length <= 2 && (parts[^1] == ClassTable || parts[^1] == All + TableEnding
            || SplitFolders.Any(split => parts[^1] == split + TableEnding));
    }
}

/// <summary>Where a picture belongs.</summary>
/// <param name="Splits">Bits of <see cref="SetIndex.BitOf"/>.</param>
/// <param name="Examples">The classes that are on it, by number; none where the set does not say.</param>
internal readonly record struct Place(int Splits, IReadOnlyList<Example> Examples)
{
    /// <summary>Objects that its annotation calls difficult.</summary>
    public int Difficult { get; init; }

    /// <summary>Columns and rows of the picture as its annotation has them; 0 where it does not say.</summary>
    public (int Width, int Height) Size { get; init; }
}

/// <summary>A class on a picture.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Boxes">Around each of its objects; none where the set does not say.</param>
internal readonly record struct Example(int Class, IReadOnlyList<PixelBox> Boxes);
