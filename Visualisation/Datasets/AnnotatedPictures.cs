using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// Reads a set of pictures with XML annotations, as PASCAL VOC (JPEGImages, Annotations, ImageSets) and ILSVRC have it: a picture
/// belongs to the annotation of its name, wherever the two lie.
/// </summary>
internal sealed class AnnotatedPictures
{
    private const string PictureFolder = "JPEGImages";

    private readonly string _set, _root;
    private readonly SetAnnotations _annotations;
    private readonly ILookup<string, string> _byStem;

    private AnnotatedPictures(string set, string root, SetAnnotations annotations, ILookup<string, string> byStem) =>
        (_set, _root, _annotations, _byStem) = (set, root, annotations, byStem);

    /// <summary>The index of such a set; null where it is none.</summary>
    /// <param name="set">The set's path, for messages.</param>
    /// <param name="pictures">All pictures.</param>
    /// <param name="tables">All tables, by name.</param>
    /// <param name="annotations">All annotations.</param>
    /// <exception cref="NetVizException">The set contradicts itself.</exception>
    public static SetIndex? IndexOf(string set, List<string> pictures, Dictionary<string, SetFile> tables,
        SetAnnotations annotations)
    {
        if (annotations.All.Count == 0 && !(annotations.HasFolder && annotations.Broken is not null)
            || tables.Keys.Any(name => name.EndsWith(SetIndex.TableEnding, StringComparison.Ordinal))) return null;
        // Of VOC's other pictures, masks of segmentations bear the names of photographs.
        if (pictures.Exists(name => FoldersOf(name).Contains(PictureFolder)))
            pictures = pictures.FindAll(name => FoldersOf(name).Contains(PictureFolder));
        ILookup<string, string> byStem = pictures.ToLookup(StemOf, StringComparer.Ordinal);
        string root = CommonFolder([.. pictures, .. annotations.All.Select(annotation => annotation.Name)]);
        var found = new AnnotatedPictures(set, root, annotations, byStem);
        Dictionary<string, PictureAnnotation> matched = found.Match();
        if (matched.Count == 0 && !annotations.HasFolder) return null;
        if (annotations.Broken is { } broken) throw broken;
        if (matched.Count == 0)
        {
            throw new NetVizException($"{set}: none of {pictures.Count} pictures has an annotation; the first picture is "
                + $"{pictures[0]}, the first annotation {annotations.All[0].Name}",
                "the picture x.jpg belongs to the annotation x.xml, in whatever folders they lie");
        }

        LabelledClass[] classes = found.Classes(matched.Values, tables.Values);
        Dictionary<string, Place> places = found.Places(pictures, matched, classes);
        int splits = places.Values.Where(place => place.Examples.Count > 0).Aggregate(0, (bits, place) => bits | place.Splits);
        if (splits == 0)
        {
            throw new NetVizException($"{set}: no annotated picture holds an object, or none of those is in a list of ImageSets",
                "objects marked <difficult>1 do not count");
        }

        return new SetIndex(root, classes, SetIndex.SplitsOf(splits), places)
        {
            AnnotationsWithoutPicture = annotations.All.Count - matched.Count,
            CountsFromZero = annotations.CountsFromZero,
        };
    }

    private Dictionary<string, PictureAnnotation> Match()
    {
        var matched = new Dictionary<string, PictureAnnotation>(StringComparer.Ordinal);
        foreach (PictureAnnotation annotation in _annotations.All)
        {
            if (PictureOf(StemOf(annotation.Name), annotation.Name) is not { } picture) continue;
            if (!matched.TryAdd(picture, annotation))
                throw new NetVizException($"{_set}: {picture} has two annotations, {matched[picture].Name} and {annotation.Name}");
        }

        return matched;
    }

    /// <summary>The picture of a name: of several, the one that shares the most folders with the file that names it.</summary>
    private string? PictureOf(string stem, string from)
    {
        string[] found = [.. _byStem[stem]];
        if (found.Length < 2) return found.Length == 0 ? null : found[0];
        int[] shared = [.. found.Select(picture => CommonFolder([picture, from]).Length)];
        int most = shared.Max();
        return shared.Count(length => length == most) == 1
            ? found[Array.IndexOf(shared, most)]
            : throw new NetVizException($"{_set}: {from} names {stem}, which may be {found[0]} or {found[1]}",
                "give each picture a name of its own");
    }

    private LabelledClass[] Classes(IEnumerable<PictureAnnotation> matched, IEnumerable<SetFile> tables)
    {
        LabelledClass[] listed = _annotations.ClassTable(_root, tables) is { } table ? SetTables.Classes(_set, table) : [];
        Dictionary<string, string[]> names = _annotations.NameTable(_root) is { } words
            ? SetTables.WordNetNames(_set, words)
            : [];
        string[] known = [.. listed.Select(c => c.Id)];
        return [.. listed, .. matched.SelectMany(annotation => annotation.Objects).Select(found => found.Class).Distinct()
            .Except(known).Order(StringComparer.Ordinal)
            .Select(id => new LabelledClass(id, names.TryGetValue(id, out string[]? own) ? own : [id]))];
    }

    private Dictionary<string, Place> Places(List<string> pictures, Dictionary<string, PictureAnnotation> matched,
        LabelledClass[] classes)
    {
        Dictionary<string, int> numbers = classes.Select((c, number) => (c.Id, number))
            .ToDictionary(c => c.Id, c => c.number, StringComparer.Ordinal);
        Func<string, int> splitsOf = Splits(pictures);
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (string picture in pictures)
        {
            Place place = matched.TryGetValue(picture, out PictureAnnotation? annotation)
                ? new Place(0, ExamplesOf(annotation, numbers))
                {
                    Difficult = annotation.Objects.Count(found => found.IsDifficult),
                    Size = annotation.Size,
                }
                // Of ILSVRC's training pictures two in five have boxes; the folder tells the class of the others.
                : new Place(0, FoldersOf(picture) is [.., { } folder] && numbers.TryGetValue(folder, out int number)
                    ? [new Example(number, [])]
                    : []);
            if (!places.TryAdd(picture[_root.Length..], place with { Splits = splitsOf(picture) }))
                throw new NetVizException($"{_set} holds {picture} twice");
        }

        return places;
    }

    private Example[] ExamplesOf(PictureAnnotation annotation, Dictionary<string, int> numbers)
    {
        int first = _annotations.CountsFromZero ? 0 : 1;
        return [.. annotation.Objects.Where(found => !found.IsDifficult).GroupBy(found => numbers[found.Class], found => found.Box)
            .OrderBy(group => group.Key)
            .Select(group => new Example(group.Key, [.. group.Select(box =>
                new PixelBox(box.XMin - first, box.YMin - first, box.XMax - first, box.YMax - first))]))];
    }

    /// <summary>Tells a picture's splits: by the lists of ImageSets, otherwise by its folders, where all lie in such.</summary>
    private Func<string, int> Splits(List<string> pictures)
    {
        var listed = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((SetFile file, string split) in _annotations.Splits)
        {
            string[] stems = [.. SetTables.Stems(file)];
            string?[] named = [.. stems.Select(stem => PictureOf(stem, file.Name))];
            // A list of pictures that were not fetched, such as those of the test.
            if (Array.TrueForAll(named, picture => picture is null)) continue;
            for (int i = 0; i < named.Length; i++)
            {
                string picture = named[i] ?? throw new NetVizException(
                    $"{_set}: {file.Name} names {SetTables.Short(stems[i])}, of which there is no picture; "
                    + $"{named.Count(name => name is null)} of {named.Length} are missing", "fetch the set again");
                listed[picture] = listed.GetValueOrDefault(picture) | SetIndex.BitOf(split);
            }
        }

        if (listed.Count > 0) return picture => listed.GetValueOrDefault(picture);
        if (!pictures.TrueForAll(picture => FolderSplit(picture) is not null)) return _ => SetIndex.BitOf(SetIndex.All);
        return picture => SetIndex.BitOf(FolderSplit(picture)!);
    }

    private static string? FolderSplit(string picture) =>
        FoldersOf(picture).LastOrDefault(folder => SetIndex.SplitFolders.Contains(folder));

    private static string[] FoldersOf(string name) => name.Split('/')[..^1];

    private static string StemOf(string name) => Path.GetFileNameWithoutExtension(name);

    private static string CommonFolder(IReadOnlyList<string> names)
    {
        ReadOnlySpan<char> common = names[0];
        foreach (string name in names) common = common[..common.CommonPrefixLength(name)];
        return common[..(common.LastIndexOf('/') + 1)].ToString();
    }
}
