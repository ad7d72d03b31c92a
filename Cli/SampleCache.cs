using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;
using NetViz.Weights;

namespace NetViz.Cli;

/// <summary>
/// Samples that were drawn before: drawing takes seconds, and every command without an IMAGE asks for the same one. They lie as
/// PNG in the user's cache, under the build that drew them, and hold the same pixels. Where there is no cache to be had, the
/// sample is drawn each time.
/// </summary>
internal static class SampleCache
{
    /// <summary>The scene in a size, from the cache or drawn.</summary>
    public static Photo Get(SampleScene scene, int size)
    {
        string? path = Try(() => PathOf(scene, size));
        if (path is not null && Try(() => ImageFile.Read(path)) is { } known && (known.Width, known.Height) == (size, size))
            return known;
        Photo drawn = SampleScenes.Render(scene, size);
        if (path is not null) Try(() => Keep(drawn, path, $"{scene.Name}-{size}-*.png"));
        return drawn;
    }

    private static string PathOf(SampleScene scene, int size)
    {
        string build = typeof(SampleScenes).Module.ModuleVersionId.ToString("N");
        return Path.Combine(ModelCache.DefaultFolder, "samples", $"{scene.Name}-{size}-{build}.png");
    }

    /// <summary>Writes a drawing in the place of those of other builds.</summary>
    private static string Keep(Photo drawn, string path, string others)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(folder))
        {
            foreach (string old in Directory.EnumerateFiles(folder, others)) File.Delete(old);
        }

        ImageFile.WritePng(drawn, path, ResultKind.Scene);
        return path;
    }

    /// <summary>What the cache gives; null where it cannot be read or written.</summary>
    private static T? Try<T>(Func<T> use)
        where T : class
    {
        try
        {
            return use();
        }
        catch (Exception e) when (e is NetVizException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
