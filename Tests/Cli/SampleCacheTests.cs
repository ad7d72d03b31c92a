using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>A sample that was drawn before is the same picture, and a cache that is of no use does no harm.</summary>
public class SampleCacheTests : InTemporaryFolder
{
    [Test]
    public void A_sample_from_the_cache_is_the_one_that_is_drawn()
    {
        string cache = Folder.File("cache");
        string drawn = Classify(cache);
        string file = Directory.GetFiles(Path.Combine(cache, "samples"), "lemon-320-*.png").Single();
        byte[] kept = File.ReadAllBytes(file);
        Assert.That(Classify(cache), Is.EqualTo(drawn), "from the cache");

        File.WriteAllText(file, "no picture");
        File.WriteAllText(Path.Combine(cache, "samples", "lemon-320-of-another-build.png"), "old");
        Assert.That(Classify(cache), Is.EqualTo(drawn), "drawn anew");
        Assert.That(Directory.GetFiles(Path.Combine(cache, "samples")), Is.EqualTo(new[] { file }), "others are gone");
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(kept), "mended");

        File.WriteAllText(Folder.File("file"), "");
        Assert.That(Classify(Folder.File("file", "no-folder")), Is.EqualTo(drawn), "without a cache");
    }

    private static string Classify(string cache)
    {
        NetvizProcess run = NetvizProcess.Run(new Dictionary<string, string> { ["NETVIZ_CACHE"] = cache }, "classify",
            "sample:lemon", "--json");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return run.Out;
    }
}
