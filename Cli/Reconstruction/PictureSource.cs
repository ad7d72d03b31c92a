using System.CommandLine;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;

namespace NetViz.Cli.Reconstruction;

/// <summary>Pictures that can be read one after another as often as wanted.</summary>
/// <param name="Name">What they are, for people.</param>
/// <param name="Count">How many.</param>
/// <param name="Read">Reads all, or only those of some names; always in the same order.</param>
internal sealed record PictureSource(string Name, int Count,
    Func<IReadOnlySet<string>?, IEnumerable<(string Name, Photo Photo)>> Read)
{
    /// <summary>Opens --data: a folder of pictures, or a labelled set of which a split is taken.</summary>
    /// <exception cref="NetVizException">There is no such set or split.</exception>
    public static PictureSource Open(string path, string? split, ParseResult parsed)
    {
        long? limit = parsed.GetValue(CommonOptions.MaxPixels);
        if (Directory.Exists(path) && Directory.EnumerateFiles(path).Any(ImageFile.HasImageName) && split is null
            && !Directory.EnumerateDirectories(path).Any())
        {
            string[] files = InputFile.WithoutResults(path,
                [.. Directory.EnumerateFiles(path).Where(ImageFile.HasImageName).Order(StringComparer.Ordinal)]);
            if (files.Length == 0) throw new NetVizException($"folder '{path}' holds no picture but results of netviz");
            return new PictureSource(path, files.Length, names => files
                .Where(file => names?.Contains(Path.GetFileName(file)) ?? true)
                .Select(file => (Path.GetFileName(file),
                    ImageFile.Read(file, limit ?? ImageFile.PixelLimitFor(new FileInfo(file).Length)))));
        }

        LabelledSet set = Progress.Run("looking through the pictures", 0, parsed.GetValue(CommonOptions.Quiet),
            _ => InputFile.OpenSet(path, limit));
        string part = split ?? EvaluateCommand.DefaultSplit(set);
        return new PictureSource($"{path}, {part}", set.CountOfPhotos(part), names => set.ReadPhotos(part, names));
    }
}
