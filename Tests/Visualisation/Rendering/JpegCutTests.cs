using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using NUnit.Framework.Constraints;

namespace NetViz.Tests.Visualisation.Rendering;

/// <summary>
/// JPEG files that lack a part of their entropy-coded data and go on as if nothing were missing: a decoder makes up the rest.
/// </summary>
public class JpegCutTests
{
    // What stands for the decoder's read-ahead stands for two blocks at most: those of the colours in the last 16 x 16 pixels,
    // which are interpolated over two more.
    private const int Tail = 4, LastColumn = 46, LastRow = 30;

    [TestCase("baseline", 1)]
    [TestCase("baseline_restarts", 1)]
    [TestCase("components", 3)]
    [TestCase("progressive", 10)]
    [TestCase("progressive_grey", 6)]
    [TestCase("progressive_restarts", 10)]
    public void A_scan_that_ends_too_early_is_found_wherever_it_is_cut(string name, int count)
    {
        byte[] whole = Fixture(name);
        (int Start, int End)[] scans = [.. DataOf(whole)];
        Assert.That(scans, Has.Length.EqualTo(count));
        Photo photo = ImageFile.Decode(whole, "whole");
        ImageFile.Decode((byte[])[.. whole, 1, 2, 3], "with something behind it");
        int tried = 0;
        foreach ((int start, int end) in scans)
        {
            for (int at = start; at < end; at++)
            {
                // A cut between FF and the 0 that is stuffed behind it makes a marker, and another file.
                if (whole[at - 1] == 0xFF) continue;
                byte[] cut = [.. whole[..at], .. whole[end..]];
                string where = $"{at} of {start} to {end}";
                if (at >= end - Tail) RequireRefusedOrWhole(cut, photo, where);
                else Assert.That(() => ImageFile.Decode(cut, "cut"), IsTruncated, where);
                tried++;
            }
        }

        Assert.That(tried, Is.GreaterThan(200));
    }

    private static IResolveConstraint IsTruncated =>
        Throws.TypeOf<NetVizException>().With.Message.Contains("truncated");

    private static void RequireRefusedOrWhole(byte[] cut, Photo whole, string where)
    {
        Photo photo;
        try
        {
            photo = ImageFile.Decode(cut, "cut");
        }
        catch (NetVizException)
        {
            return;
        }

        for (int i = 0; i < whole.Rgb.Length; i++)
        {
            (int y, int x) = Math.DivRem(i / 3, whole.Width);
            if (y < LastRow || x < LastColumn) Assert.That(photo.Rgb[i], Is.EqualTo(whole.Rgb[i]), $"{where}: {x}, {y}");
        }
    }

    [TestCase("baseline_restarts")]
    [TestCase("progressive_restarts")]
    public void A_scan_that_lacks_whole_intervals_is_found(string name)
    {
        byte[] whole = Fixture(name);
        foreach ((int start, int end) in DataOf(whole))
        {
            int[] markers = [.. Enumerable.Range(start, end - start - 1)
                .Where(at => whole[at] == 0xFF && whole[at + 1] is >= 0xD0 and <= 0xD7)];
            foreach (int at in markers)
            {
                Assert.That(() => ImageFile.Decode((byte[])[.. whole[..at], .. whole[end..]], "cut"), IsTruncated,
                    $"{at} of {start} to {end}");
            }
        }
    }

    [Test]
    public void More_scans_than_any_picture_needs_are_refused_before_they_are_decoded()
    {
        byte[] whole = Fixture("progressive");
        // The head of the last scan again and again, each without data.
        int data = DataOf(whole)[^1].Start, head = whole.AsSpan(0, data).LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] again = [.. Enumerable.Repeat(whole[head..data], JpegScans.MaxScans).SelectMany(bytes => bytes)];
        Assert.That(() => ImageFile.Decode((byte[])[.. whole[..^2], .. again, 0xFF, 0xD9], "many"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("more than 500 scans"));
    }

    private static byte[] Fixture(string name) =>
        File.ReadAllBytes(RepositoryRoot.File("Tests", "Fixtures", "Jpeg", $"{name}.jpg"));

    // Where the data of each scan begins, and where the marker behind it stands.
    private static List<(int Start, int End)> DataOf(byte[] file)
    {
        var scans = new List<(int, int)>();
        for (int at = 2; file[at + 1] != 0xD9;)
        {
            bool isScan = file[at + 1] == 0xDA;
            int start = at = at + 2 + file[at + 2] * 256 + file[at + 3];
            if (!isScan) continue;
            while (file[at] != 0xFF || file[at + 1] is 0 or (>= 0xD0 and <= 0xD7)) at++;
            scans.Add((start, at));
        }

        return scans;
    }
}
