using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;

namespace NetViz.Procedures;

/// <summary>Pictures that can be read one after another as often as wanted.</summary>
/// <param name="Name">What they are, for people.</param>
/// <param name="Count">How many.</param>
/// <param name="Broken">Takes note of those that cannot be read.</param>
/// <param name="Names">The pictures' names, in the order of reading.</param>
/// <param name="Sha256">The SHA-256 of the list of pictures.</param>
/// <param name="Read">Reads all, or only those of some names; always in the same order.</param>
internal sealed record PictureSource(string Name, int Count, BrokenPictures Broken,
    IReadOnlyList<string> Names, Func<string> Sha256, Func<IReadOnlySet<string>?, IEnumerable<(string Name, Photo Photo)>> Read)
{
    /// <summary>Opens a folder of pictures, or a labelled set of which a split is taken.</summary>
    /// <param name="path">The folder or set.</param>
    /// <param name="split">The part of a set; null for the usual one.</param>
    /// <param name="isStrict">Whether the first broken picture ends the run.</param>
    /// <param name="limit">Pixels that a picture may have; null for a limit from its file's length.</param>
    /// <param name="run">Receives what is left out.</param>
    /// <exception cref="NetVizException">There is no such set or split.</exception>
    public static PictureSource Open(string path, string? split, bool isStrict, long? limit, ProcedureRun run)
    {
        if (Directory.Exists(path) && Directory.EnumerateFiles(path).Any(ImageFile.HasImageName) && split is null
            && !Directory.EnumerateDirectories(path).Any())
        {
            string[] files = InputFile.WithoutResults(path,
                [.. Directory.EnumerateFiles(path).Where(ImageFile.HasImageName).Order(StringComparer.Ordinal)], run.Note);
            if (files.Length == 0) throw new NetVizException($"folder '{path}' holds no picture but results of netviz");
            var inFolder = new BrokenPictures(isStrict, files.Length);
            string[] ownNames = [.. files.Select(file => Path.GetFileName(file))];
            return new PictureSource(path, files.Length, inFolder, ownNames,
                () => ShardFile.HashOf(string.Join('\n', ownNames)), names => Pictures(
                files.Where(file => names?.Contains(Path.GetFileName(file)) ?? true), limit, inFolder));
        }

        LabelledSet set = run.Do("looking through the pictures", 0, _ => InputFile.OpenSet(path, run.Note, limit));
        string part = split ?? Splits.DefaultOf(set);
        int count = set.CountOfPhotos(part);
        var broken = new BrokenPictures(isStrict, count);
        set.WhenBroken = broken.Add;
        return new PictureSource($"{path}, {part}", count, broken, set.NamesOf(part), () => set.Sha256Of(part),
            names => set.ReadPhotos(part, names));
    }

    private static IEnumerable<(string Name, Photo Photo)> Pictures(IEnumerable<string> files, long? limit,
        BrokenPictures broken)
    {
        foreach (string file in files)
        {
            Photo? photo = null;
            broken.Try(new InputFile(file, ""), () => photo = BrokenPictureException.Guard(new InputFile(file, ""),
                () => ImageFile.Read(file, limit ?? ImageFile.PixelLimitFor(new FileInfo(file).Length))));
            if (photo is not null) yield return (Path.GetFileName(file), photo);
        }
    }
}
