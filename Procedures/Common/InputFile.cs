using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

namespace NetViz.Procedures;

/// <summary>A picture, or an array that is already preprocessed.</summary>
/// <param name="Path">The file, or sample:NAME.</param>
/// <param name="Stem">First part of the names of its results; unique within one run.</param>
public sealed record InputFile(string Path, string Stem)
{
    /// <summary>What the name of a picture that comes with NetViz begins with: sample:NAME.</summary>
    public const string SamplePrefix = "sample:";

    /// <summary>The file or sample of a path.</summary>
    /// <exception cref="NetVizException">There is none, or several.</exception>
    public static implicit operator InputFile(string path) => OneImage.TheOne(path);

    /// <summary>A photograph in memory.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="name">Its name, from which the names of its results are made.</param>
    public static InputFile Of(Photo photo, string name = "photo")
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, System.IO.Path.GetFileNameWithoutExtension(name)) { Sample = new Lazy<Photo>(photo) };
    }

    /// <summary>A picture in memory as a PNG, JPEG, WebP, GIF or BMP file holds it, for example one that a client sent.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">Its name, from which the names of its results are made.</param>
    /// <param name="maxPixels">Pixels that it may have; null for a limit from its length.</param>
    /// <exception cref="NetVizException">The bytes are no picture, damaged, or too large.</exception>
    public static InputFile Decode(ReadOnlySpan<byte> encoded, string name = "picture", long? maxPixels = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Of(ImageFile.Decode(encoded, name, maxPixels ?? ImageFile.PixelLimitFor(encoded.Length)), name);
    }

    /// <summary>The sample, read when it is first asked for; null for a file.</summary>
    private Lazy<Photo>? Sample { get; init; }

    /// <summary>The path's last part.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Whether it is an array that is already preprocessed.</summary>
    public bool IsArray => HasArrayName(Path);

    /// <summary>
    /// Turns arguments into files: a folder stands for the pictures and arrays in it, by name, but not for those
    /// that netviz wrote there as results; sample:NAME for a picture that comes with netviz; no argument at all for
    /// <see cref="SampleScenes.Default"/>. Two files of one name get a number each, so that no result overwrites another.
    /// </summary>
    /// <param name="arguments">Files, folders and samples.</param>
    /// <param name="note">Receives what was left out; null for none.</param>
    /// <exception cref="NetVizException">A path does not exist, a folder holds no picture, or a sample is unknown.</exception>
    public static IReadOnlyList<InputFile> Expand(IEnumerable<string> arguments, Action<string>? note = null)
    {
        var paths = new List<string>();
        string[] given = [.. arguments];
        if (given.Length == 0) given = [SamplePrefix + SampleScenes.Default.Name];
        foreach (string argument in given)
        {
            if (SceneOf(argument) is { } scene)
            {
                paths.Add(SamplePrefix + scene.Name);
            }
            else if (Directory.Exists(argument))
            {
                string[] inside = WithoutResults(argument, [.. Directory.EnumerateFiles(argument)
                    .Where(p => ImageFile.HasImageName(p) || HasArrayName(p)).Order(StringComparer.Ordinal)], note);
                if (inside.Length == 0)
                    throw new NetVizException($"folder '{argument}' holds no picture (.png, .jpg, .jpeg, .webp, .gif, .bmp) "
                        + "and no .npy");
                paths.AddRange(inside);
            }
            else if (File.Exists(argument))
            {
                paths.Add(argument);
            }
            else
            {
                throw new NetVizException(argument.StartsWith('-')
                    ? $"'{argument}' is neither an option nor a file"
                    : $"'{argument}' does not exist");
            }
        }

        // All of them before any is looked at: the first one's results must not take the place of the last.
        foreach (string path in paths.Where(p => SceneOf(p) is null)) FileGuard.Reads(path);
        string[] stems = [.. paths.Select(p => SceneOf(p)?.Name ?? System.IO.Path.GetFileNameWithoutExtension(p))];
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> twice = new(
            stems.GroupBy(s => s, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key),
            StringComparer.OrdinalIgnoreCase);
        taken.UnionWith(stems.Where(s => !twice.Contains(s)));
        return [.. paths.Zip(stems, (path, stem) =>
        {
            string unique = stem;
            for (int number = 1; twice.Contains(stem) && !taken.Add(unique = $"{stem}-{number}"); number++)
            {
            }

            return new InputFile(path, unique) { Sample = Reading(SceneOf(path)) };
        })];
    }

    /// <summary>A folder's files without those that NetViz wrote there as results.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">Its files.</param>
    /// <param name="note">Receives how many were left out; null for none.</param>
    internal static string[] WithoutResults(string folder, string[] files, Action<string>? note)
    {
        string[] inputs = [.. files.Where(file => !ResultMark.IsResult(file))];
        int results = files.Length - inputs.Length;
        if (results > 0) note?.Invoke(LeftOut(folder, results, "named by itself, such a file is looked at"));
        return inputs;
    }

    /// <summary>Opens a labelled set; says how many results of netviz are left out of it.</summary>
    internal static LabelledSet OpenSet(string path, Action<string> note, long? pixelLimit = null)
    {
        LabelledSet set = LabelledSet.Open(path, pixelLimit);
        if (set.ResultsLeftOut > 0) note(LeftOut(path, set.ResultsLeftOut, "named in a table, such a file is an input"));
        return set;
    }

    private static string LeftOut(string folder, int results, string otherwise) =>
        $"{folder}: {Counted.Of(results, "file")} that {Counted.Form(results, "is a result", "are results")} of netviz left out; "
        + otherwise;

    /// <summary>The SHA-256 of the file, or of a sample's pixels.</summary>
    public byte[] Sha256() => Hashes.GetValue(this, file => file.Hash());

    // Beside the record, whose equality it does not belong to.
    private static readonly ConditionalWeakTable<InputFile, byte[]> Hashes = [];

    private byte[] Hash()
    {
        if (Sample is not null) return SHA256.HashData(Sample.Value.Rgb);
        using FileStream stream = UntrustedFile.Open(Path, FileKind.Hashed);
        return SHA256.HashData(stream);
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="maxPixels">Pixels that a file's picture may have; null for a limit from the file's length.</param>
    internal Photo ReadPicture(long? maxPixels) => Sample is not null
        ? Sample.Value
        : ImageFile.Read(Path, maxPixels ?? ImageFile.PixelLimitFor(new FileInfo(Path).Length));

    /// <summary>Reads an array of float32 [N, C, H, W].</summary>
    /// <param name="judge">Is given the shape before the numbers are read; throws if it does not fit.</param>
    /// <param name="allowNonFinite">Whether NaN and infinity are taken; otherwise they are refused.</param>
    internal Tensor<float> ReadArray(Action<ReadOnlyMemory<long>> judge, bool allowNonFinite)
    {
        Tensor<float> array = Npy.Read(Path, judge);
        if (allowNonFinite) return array;
        long at = 0;
        foreach (float value in array)
        {
            if (!float.IsFinite(value))
            {
                throw new NetVizException($"'{Path}': element {at} is {value.ToString(CultureInfo.InvariantCulture)}; the input must be "
                    + "finite", "`AllowNonFinite` takes it all the same");
            }

            at++;
        }

        return array;
    }

    private static SampleScene? SceneOf(string argument) =>
        argument.StartsWith(SamplePrefix, StringComparison.Ordinal) && !File.Exists(argument)
            ? SampleScenes.Find(argument[SamplePrefix.Length..])
            : null;

    private static Lazy<Photo>? Reading(SampleScene? scene) =>
        scene is null ? null : new Lazy<Photo>(() => SampleScenes.Read(scene));

    private static bool HasArrayName(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);
}
