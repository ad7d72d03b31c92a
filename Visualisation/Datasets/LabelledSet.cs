using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Training;
using NetViz.Visualisation.Rendering;
using static System.FormattableString;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// Pictures with their classes: a folder of class folders, train/ and val/ with class folders in each, or a .tar or .tar.gz of
/// either. At its root may lie classes.txt (a class's number, folder and names) and for each split a table such as val.tsv (file,
/// class, xmin, ymin, xmax, ymax: a box around the object), columns separated by tabs. Or pictures with annotations in PASCAL
/// VOC's XML, as VOC and ILSVRC lay them out; there a picture may hold several classes, and several objects of each. Nothing of
/// an archive is written to disk.
/// </summary>
public sealed class LabelledSet
{
    // Pictures decoded at once where they come one after another; fewer where files are large.
    private const int MostAtOnce = 32;
    private const long BytesAtOnce = 8_000_000;

    private readonly ISetFiles _files;
    private readonly SetIndex _index;
    private readonly long? _pixelLimit;

    private LabelledSet(ISetFiles files, long? pixelLimit)
    {
        (_files, _pixelLimit) = (files, pixelLimit);
        _index = SetIndex.Of(files);
        Splits = _index.Splits;
        Dictionary<string, int> names = Classes.CountBy(c => c.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        // Where two classes share their first name (crane, the bird and the machine), all names tell them apart.
        ClassNames = [.. Classes.Select(c => names[c.Name] == 1 ? c.Name : string.Join(", ", c.Names))];
    }

    /// <summary>The folder or archive, as it was given.</summary>
    public string Path => _files.Path;

    /// <summary>The archives, where the set is in archives; none of a folder.</summary>
    public IReadOnlyList<string> Archives => Directory.Exists(Path) ? []
        : _files is TarShards ? TarShards.Expand(Path) : [Path];

    /// <summary>
    /// The names of the parts: "train" and "val" mostly, "all" where the set has none. A picture may lie in several.
    /// </summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>
    /// The classes, by number: in the order of classes.txt, otherwise by the names that folders or annotations have for them.
    /// Those that classes.txt leaves out follow it where the set has annotations.
    /// </summary>
    public IReadOnlyList<LabelledClass> Classes => _index.Classes;

    /// <summary>
    /// How many pictures in class folders are results of netviz and are left out; one that a table names is an input.
    /// </summary>
    public int ResultsLeftOut => _index.ResultsLeftOut;

    /// <summary>A short name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>
    /// Called with the name of each picture that cannot be read, which is then left out; null if such a picture is an error.
    /// <see cref="Load"/> takes none without its pictures.
    /// </summary>
    public Action<string, NetVizException>? WhenBroken { get; set; }

    /// <summary>Opens a set: goes through its files once, and reads its tables, but no pictures.</summary>
    /// <param name="path">A folder, a .tar or a .tar.gz, or several of them as data-{000..127}.tar.</param>
    /// <param name="pixelLimit">The most pixels that a picture may have; null for
    /// <see cref="ImageFile.PixelLimitFor"/>.</param>
    /// <exception cref="NetVizException">There is no such set, it holds no picture, or it is broken or contradicts
    /// itself.</exception>
    public static LabelledSet Open(string path, long? pixelLimit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) return new LabelledSet(new FolderFiles(path), pixelLimit);
        if (!File.Exists(path) && TarShards.IsPattern(path)) return new LabelledSet(new TarShards(path), pixelLimit);
        return File.Exists(path)
            ? new LabelledSet(new ArchiveFiles(path), pixelLimit)
            : throw new NetVizException($"{path} does not exist", "give a folder, a .tar or a .tar.gz, or several as data-{000..127}.tar");
    }

    /// <summary>How many pictures a split holds; one with several classes counts for each of them.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public int CountOf(string split) => PlacesOf(split).Sum(place => place.Examples.Count);

    /// <summary>How many pictures of some classes a split holds; one with several of them counts for each.</summary>
    /// <param name="split">The split.</param>
    /// <param name="isWanted">Asked for the number of a class.</param>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public int CountOf(string split, Func<int, bool> isWanted) =>
        PlacesOf(split).Sum(place => place.Examples.Count(example => isWanted(example.Class)));

    /// <summary>How many photographs a split holds, whatever is on them.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public int CountOfPhotos(string split) => PlacesOf(split).Count();

    /// <summary>Whether the set tells of any picture of a split where the object is.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public bool HasBoxes(string split) =>
        PlacesOf(split).Any(place => place.Examples.Any(example => example.Boxes.Count > 0));

    /// <summary>What a split's XML annotations say; null of a set without such.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public AnnotationCounts? CountAnnotations(string split)
    {
        Place[] places = [.. PlacesOf(split)];
        return _index.AnnotationsWithoutPicture is not { } without ? null
            : new AnnotationCounts(places.Length, places.Count(place => place.Examples.Count == 0),
                places.Sum(place => place.Difficult), without, _index.CountsFromZero);
    }

    /// <summary>
    /// The pictures of a split, one after another: those of a folder by name, those of an archive as they lie in it; one with
    /// several classes for each of them, by number. Only a few are held at a time.
    /// </summary>
    /// <exception cref="NetVizException">There is no such split; or, on the way, a picture cannot be decoded, or its box reaches
    /// beyond it.</exception>
    public IEnumerable<LabelledPicture> Read(string split) => Read(split, (_, _) => true);

    /// <summary>Some pictures of a split, in the order of <see cref="Read(string)"/>; the others are not decoded.</summary>
    /// <param name="split">The split.</param>
    /// <param name="isWanted">Asked once for each picture and class on it, in that order, by its name and class.</param>
    /// <exception cref="NetVizException">As for <see cref="Read(string)"/>.</exception>
    public IEnumerable<LabelledPicture> Read(string split, Func<string, int, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        return Read(split, (name, @class, _) => isWanted(name, @class), () => false);
    }

    /// <summary>
    /// Some pictures of a split, in the order of <see cref="Read(string)"/>; the bytes of the others are not read.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="isWanted">Asked once for each picture and class on it, in that order, by its name and class, and by whether
    /// boxes of the class are known.</param>
    /// <param name="isDone">Asked before each file: whether no further picture is wanted.</param>
    /// <exception cref="NetVizException">As for <see cref="Read(string)"/>.</exception>
    public IEnumerable<LabelledPicture> Read(string split, Func<string, int, bool, bool> isWanted, Func<bool> isDone)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        ArgumentNullException.ThrowIfNull(isDone);
        Require(split);
        return Decoded(Wanted(split, isWanted, isDone)).SelectMany(decoded => decoded.Examples.Select(example =>
            new LabelledPicture(decoded.Name, example.Class, decoded.Photo, example.Boxes)));
    }

    /// <summary>The names of a split's photographs, in the order of <see cref="Read(string)"/>.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public IReadOnlyList<string> NamesOf(string split)
    {
        Require(split);
        int bit = SetIndex.BitOf(split);
        return [.. _index.Places.Where(place => (place.Value.Splits & bit) != 0).Select(place => place.Key)];
    }

    /// <summary>
    /// The SHA-256 of the list of a split's pictures: their names in order, their classes and boxes. Their pixels are not read.
    /// </summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public string Sha256Of(string split)
    {
        Require(split);
        int bit = SetIndex.BitOf(split);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(string.Join('\t', Classes.Select(c => c.Id)));
        foreach ((string name, Place place) in _index.Places)
        {
            if ((place.Splits & bit) == 0) continue;
            Add(name + string.Concat(place.Examples.Select(example => string.Create(CultureInfo.InvariantCulture,
                $"\t{example.Class}") + string.Concat(example.Boxes.Select(box => string.Create(CultureInfo.InvariantCulture,
                $" {box.XMin},{box.YMin},{box.XMax},{box.YMax}"))))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string line) => hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
    }

    /// <summary>
    /// The photographs of a split, each once, in the order of <see cref="Read(string)"/>, those without any object too.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="names">The files of those that are wanted; null for all.</param>
    /// <exception cref="NetVizException">As for <see cref="Read(string)"/>.</exception>
    public IEnumerable<(string Name, Photo Photo)> ReadPhotos(string split, IReadOnlySet<string>? names = null)
    {
        Require(split);
        return Decoded(FilesOf(split).Where(file => names?.Contains(file.Name) ?? true)
            .Select(file => (file, Array.Empty<Example>()))).Select(decoded => (decoded.Name, decoded.Photo));
    }

    /// <summary>
    /// All pictures of a split at one size, by name, so that a folder and an archive of it give the same. A picture of another
    /// size is scaled until it just covers the size, and cut at the centre. One with several classes is there for each of them.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="progress">Receives how many pictures are ready, from any thread.</param>
    /// <exception cref="NetVizException">There is no such split, a picture cannot be decoded, or memory does not
    /// suffice.</exception>
    public LabelledImages Load(string split, int width, int height, Action<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Require(split);
        int bit = SetIndex.BitOf(split);
        (string Name, int Class)[] examples = [.. _index.Places.Where(place => (place.Value.Splits & bit) != 0)
            .OrderBy(place => place.Key, StringComparer.Ordinal)
            .SelectMany(place => place.Value.Examples.Select(example => (place.Key, example.Class)))];
        double needed = 3.0 * width * height * examples.Length, there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
        {
            throw new NetVizException(Invariant($"{Path}: {examples.Length} pictures of {width} x {height} need {needed / 1e9:0.0} GB; ")
                + Invariant($"there are {there / 1e9:0.0} GB"), "take a smaller size");
        }

        ILookup<string, int> positions = examples.Select((example, i) => (example.Name, i))
            .ToLookup(n => n.Name, n => n.i, StringComparer.Ordinal);
        var pixels = new byte[examples.Length][];
        int ready = 0;
        InParallel(FilesOf(split).Where(file => positions.Contains(file.Name)), file =>
        {
            byte[] fitted = Fitting.Fit(PhotoOf(file), width, height);
            foreach (int position in positions[file.Name])
            {
                pixels[position] = fitted;
                progress?.Invoke(Interlocked.Increment(ref ready));
            }
        });
        return new LabelledImages(width, height, pixels, [.. examples.Select(example => example.Class)], ClassNames);
    }

    private void Require(string split)
    {
        if (!Splits.Contains(split))
            throw new NetVizException($"{Path} has no split '{split}'", $"there are {string.Join(", ", Splits)}");
    }

    private IEnumerable<Place> PlacesOf(string split)
    {
        Require(split);
        int bit = SetIndex.BitOf(split);
        return _index.Places.Values.Where(place => (place.Splits & bit) != 0);
    }

    private IEnumerable<(string Name, Photo Photo, Example[] Examples)> Decoded(IEnumerable<(SetFile, Example[])> files)
    {
        using IEnumerator<List<(SetFile, Example[])>> groups = Groups(files).GetEnumerator();
        // The next pictures are read and decoded while those before them are looked at.
        Task<DecodedFile[]?>? next = Begin();
        try
        {
            while (next is not null)
            {
                Task<DecodedFile[]?> current = next;
                next = null;
                if (current.GetAwaiter().GetResult() is not { } decoded) yield break;
                next = Begin();
                foreach (DecodedFile file in decoded)
                {
                    if (file.Problem is { } problem) WhenBroken!(file.Name, problem);
                    else yield return (file.Name, file.Photo!, file.Examples);
                }
            }
        }
        finally
        {
            // Nothing of the archive is read after this; what went wrong there no longer matters.
            if (next is not null) ((IAsyncResult)next).AsyncWaitHandle.WaitOne();
        }

        Task<DecodedFile[]?> Begin() => Task.Run(() => groups.MoveNext() ? AtOnce(groups.Current) : null);
    }

    /// <summary>As many files as are decoded at once.</summary>
    private static IEnumerable<List<(SetFile, Example[])>> Groups(IEnumerable<(SetFile, Example[])> files)
    {
        int most = Math.Min(MostAtOnce, 4 * Environment.ProcessorCount);
        var waiting = new List<(SetFile, Example[])>();
        long bytes = 0;
        foreach ((SetFile file, Example[] examples) in files)
        {
            waiting.Add((file, examples));
            bytes += file.Bytes?.Length ?? 0;
            if (waiting.Count < most && bytes < BytesAtOnce) continue;
            yield return waiting;
            waiting = [];
            bytes = 0;
        }

        if (waiting.Count > 0) yield return waiting;
    }

    private DecodedFile[] AtOnce(List<(SetFile File, Example[] Examples)> files)
    {
        var pictures = new DecodedFile[files.Count];
        InParallel(Enumerable.Range(0, files.Count), i =>
        {
            (SetFile file, Example[] examples) = files[i];
            try
            {
                Photo photo = PhotoOf(file);
                pictures[i] = new DecodedFile(file.Name, photo, [.. examples.Select(example =>
                    example with { Boxes = [.. example.Boxes.Select(box => Within(photo, box, file.Name))] })], null);
            }
            catch (NetVizException problem) when (WhenBroken is not null)
            {
                pictures[i] = new DecodedFile(file.Name, null, [], problem);
            }
        });
        return pictures;
    }

    private sealed record DecodedFile(string Name, Photo? Photo, Example[] Examples, NetVizException? Problem);

    // Annotations in XML are sometimes one pixel out.
    private PixelBox Within(Photo photo, PixelBox box, string name)
    {
        PixelBox inside = _index.AnnotationsWithoutPicture is null ? box : box with
        {
            XMax = box.XMax == photo.Width ? photo.Width - 1 : box.XMax,
            YMax = box.YMax == photo.Height ? photo.Height - 1 : box.YMax,
        };
        if (inside.XMin <= inside.XMax && inside.XMax < photo.Width && inside.YMin <= inside.YMax && inside.YMax < photo.Height)
            return inside;
        throw new NetVizException($"{Path}: the box of {name} reaches to column {box.XMax} and row {box.YMax}; "
            + $"the picture has {photo.Width} x {photo.Height} pixels",
            _index.AnnotationsWithoutPicture is null || _index.CountsFromZero
                ? "columns and rows are counted from 0"
                : "columns and rows are counted from 0 here, from 1 in the set's annotations, where there is no 0");
    }

    /// <summary>The files of the wanted pictures, with the wanted classes on each.</summary>
    private IEnumerable<(SetFile, Example[])> Wanted(string split, Func<string, int, bool, bool> isWanted, Func<bool> isDone)
    {
        int missing = CountOfPhotos(split), bit = SetIndex.BitOf(split);
        string root = _index.Root;
        Example[] examples = [];
        // Asked once for each file, before it is read.
        bool IsFileWanted(string file)
        {
            if (!file.StartsWith(root, StringComparison.Ordinal)) return false;
            string name = file[root.Length..];
            if (!_index.Places.TryGetValue(name, out Place place) || (place.Splits & bit) == 0) return false;
            missing--;
            examples = [.. place.Examples.Where(example => isWanted(name, example.Class, example.Boxes.Count > 0))];
            return examples.Length > 0;
        }

        if (missing == 0 || isDone()) yield break;
        foreach (SetFile file in _files.Read(IsFileWanted))
        {
            if (file.Bytes is not null || file.Problem is not null)
                yield return (file with { Name = file.Name[root.Length..] }, examples);
            if (missing == 0 || isDone()) yield break;
        }

        throw new NetVizException($"{Path} has changed since it was opened: {missing} pictures of {split} are missing");
    }

    private IEnumerable<SetFile> FilesOf(string split)
    {
        int missing = CountOfPhotos(split), bit = SetIndex.BitOf(split);
        string root = _index.Root;
        foreach (SetFile file in _files.Read(name => name.StartsWith(root, StringComparison.Ordinal)
            && _index.Places.TryGetValue(name[root.Length..], out Place place) && (place.Splits & bit) != 0))
        {
            if (file.Bytes is null && file.Problem is null) continue;
            yield return file with { Name = file.Name[root.Length..] };
            if (--missing == 0) yield break;
        }

        throw new NetVizException($"{Path} has changed since it was opened: {missing} pictures of {split} are missing");
    }

    // Where an annotation measured a picture lying on its side, as it is stored, it is taken so.
    private Photo PhotoOf(SetFile file)
    {
        if (file.Problem is { } problem) throw problem;
        string name = $"{Path}: {file.Name}";
        long limit = _pixelLimit ?? ImageFile.PixelLimitFor(file.Bytes!.Length);
        Photo photo = ImageFile.Decode(file.Bytes, name, limit);
        (int width, int height) = _index.Places[file.Name].Size;
        return width != height && (width, height) == (photo.Height, photo.Width)
            ? ImageFile.Decode(file.Bytes, name, limit, upright: false)
            : photo;
    }

    /// <summary>Works on items as they come; no more are taken than are worked on.</summary>
    private static void InParallel<T>(IEnumerable<T> items, Action<T> work)
    {
        try
        {
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, work);
        }
        catch (AggregateException error)
        {
            Exception first = error.Flatten().InnerExceptions[0];
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
