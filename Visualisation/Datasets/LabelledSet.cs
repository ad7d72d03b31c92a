using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Training;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// Pictures with their classes: a folder of class folders, train/ and val/ with class folders in each, or a .tar or .tar.gz of
/// either. At its root may lie classes.txt (a class's number, folder and names) and for each split a table such as val.tsv (file,
/// class, xmin, ymin, xmax, ymax: a box around the object), columns separated by tabs. Nothing of an archive is written to disk.
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
        string[] names = [.. Classes.Select(c => c.Name)];
        // Where two classes share their first name (crane, the bird and the machine), all names tell them apart.
        ClassNames = [.. Classes.Select(c =>
            names.Count(name => name == c.Name) == 1 ? c.Name : string.Join(", ", c.Names))];
    }

    /// <summary>The folder or archive, as it was given.</summary>
    public string Path => _files.Path;

    /// <summary>The names of the parts: "train" and "val" mostly, "all" where the set has none.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>The classes, by number: in the order of classes.txt, otherwise by their folders' names.</summary>
    public IReadOnlyList<LabelledClass> Classes => _index.Classes;

    /// <summary>A short name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Opens a set: goes through its files once, and reads its tables, but no pictures.</summary>
    /// <param name="path">A folder, a .tar or a .tar.gz.</param>
    /// <param name="pixelLimit">The most pixels that a picture may have; null for
    /// <see cref="ImageFile.PixelLimitFor"/>.</param>
    /// <exception cref="NetVizException">There is no such set, it holds no picture, or it is broken or contradicts
    /// itself.</exception>
    public static LabelledSet Open(string path, long? pixelLimit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) return new LabelledSet(new FolderFiles(path), pixelLimit);
        return File.Exists(path)
            ? new LabelledSet(new ArchiveFiles(path), pixelLimit)
            : throw new NetVizException($"{path} does not exist", "give a folder, a .tar or a .tar.gz");
    }

    /// <summary>How many pictures a split holds.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public int CountOf(string split)
    {
        Require(split);
        return _index.Places.Values.Count(place => place.Split == split);
    }

    /// <summary>How many pictures of some classes a split holds.</summary>
    /// <param name="split">The split.</param>
    /// <param name="isWanted">Asked for the number of a class.</param>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public int CountOf(string split, Func<int, bool> isWanted)
    {
        Require(split);
        return _index.Places.Values.Count(place => place.Split == split && isWanted(place.Class));
    }

    /// <summary>Whether the set tells of any picture of a split where the object is.</summary>
    /// <exception cref="NetVizException">There is no such split.</exception>
    public bool HasBoxes(string split)
    {
        Require(split);
        return _index.Places.Values.Any(place => place.Split == split && place.Box is not null);
    }

    /// <summary>
    /// The pictures of a split, one after another: those of a folder by name, those of an archive as they lie in it. Only a few
    /// are held at a time.
    /// </summary>
    /// <exception cref="NetVizException">There is no such split; or, on the way, a picture cannot be decoded, or its box reaches
    /// beyond it.</exception>
    public IEnumerable<LabelledPicture> Read(string split)
    {
        Require(split);
        return Decoded(FilesOf(split));
    }

    /// <summary>Some pictures of a split, in the order of <see cref="Read(string)"/>; the others are not decoded.</summary>
    /// <param name="split">The split.</param>
    /// <param name="isWanted">Asked once for each picture, in that order, by its name and class.</param>
    /// <exception cref="NetVizException">As for <see cref="Read(string)"/>.</exception>
    public IEnumerable<LabelledPicture> Read(string split, Func<string, int, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        Require(split);
        return Decoded(FilesOf(split).Where(file => isWanted(file.Name, _index.Places[file.Name].Class)));
    }

    /// <summary>Some pictures of a split, in the order of <see cref="Read(string)"/>; the others are not decoded.</summary>
    /// <param name="split">The split.</param>
    /// <param name="names">The files of those that are wanted.</param>
    /// <exception cref="NetVizException">As for <see cref="Read(string)"/>.</exception>
    public IEnumerable<LabelledPicture> Read(string split, IReadOnlySet<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Require(split);
        return Decoded(FilesOf(split).Where(file => names.Contains(file.Name)));
    }

    /// <summary>
    /// All pictures of a split at one size, by name, so that a folder and an archive of it give the same. A picture of another
    /// size is scaled until it just covers the size, and cut at the centre.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="progress">Told how many pictures are ready, from any thread.</param>
    /// <exception cref="NetVizException">There is no such split, a picture cannot be decoded, or memory does not
    /// suffice.</exception>
    public LabelledImages Load(string split, int width, int height, Action<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Require(split);
        string[] names = [.. _index.Places.Where(place => place.Value.Split == split).Select(place => place.Key)
            .Order(StringComparer.Ordinal)];
        double needed = 3.0 * width * height * names.Length, there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
        {
            throw new NetVizException($"{Path}: {names.Length} pictures of {width} x {height} need {needed / 1e9:0.0} GB; "
                + $"there are {there / 1e9:0.0} GB", "take a smaller size");
        }

        Dictionary<string, int> positions = names.Select((name, i) => (name, i))
            .ToDictionary(n => n.name, n => n.i, StringComparer.Ordinal);
        var pixels = new byte[names.Length][];
        int ready = 0;
        InParallel(FilesOf(split), file =>
        {
            pixels[positions[file.Name]] = Fitting.Fit(PhotoOf(file), width, height);
            progress?.Invoke(Interlocked.Increment(ref ready));
        });
        return new LabelledImages(width, height, pixels, [.. names.Select(name => _index.Places[name].Class)], ClassNames);
    }

    private void Require(string split)
    {
        if (!Splits.Contains(split))
            throw new NetVizException($"{Path} has no split '{split}'", $"there are {string.Join(", ", Splits)}");
    }

    private IEnumerable<LabelledPicture> Decoded(IEnumerable<SetFile> files)
    {
        int most = Math.Min(MostAtOnce, 4 * Environment.ProcessorCount);
        var waiting = new List<SetFile>();
        long bytes = 0;
        foreach (SetFile file in files)
        {
            waiting.Add(file);
            bytes += file.Bytes!.Length;
            if (waiting.Count < most && bytes < BytesAtOnce) continue;
            foreach (LabelledPicture picture in AtOnce(waiting)) yield return picture;
            waiting.Clear();
            bytes = 0;
        }

        foreach (LabelledPicture picture in AtOnce(waiting)) yield return picture;
    }

    private LabelledPicture[] AtOnce(List<SetFile> files)
    {
        var pictures = new LabelledPicture[files.Count];
        InParallel(Enumerable.Range(0, files.Count), i =>
        {
            SetIndex.Place place = _index.Places[files[i].Name];
            Photo photo = PhotoOf(files[i]);
            if (place.Box is { } box && (box.XMax >= photo.Width || box.YMax >= photo.Height))
            {
                throw new NetVizException($"{Path}: the box of {files[i].Name} reaches to column {box.XMax} and row {box.YMax}; "
                    + $"the picture has {photo.Width} x {photo.Height} pixels", "columns and rows are counted from 0");
            }

            pictures[i] = new LabelledPicture(files[i].Name, place.Class, photo, place.Box);
        });
        return pictures;
    }

    private IEnumerable<SetFile> FilesOf(string split)
    {
        int missing = CountOf(split);
        string root = _index.Root;
        foreach (SetFile file in _files.Read(name => name.StartsWith(root, StringComparison.Ordinal)
            && _index.Places.TryGetValue(name[root.Length..], out SetIndex.Place place) && place.Split == split))
        {
            if (file.Bytes is null) continue;
            yield return file with { Name = file.Name[root.Length..] };
            if (--missing == 0) yield break;
        }

        throw new NetVizException($"{Path} has changed since it was opened: {missing} pictures of {split} are missing");
    }

    private Photo PhotoOf(SetFile file) =>
        ImageFile.Decode(file.Bytes, $"{Path}: {file.Name}", _pixelLimit ?? ImageFile.PixelLimitFor(file.Bytes!.Length));

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
