using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace NetViz.Tests.Cli;

/// <summary>The commands with --data on a small PASCAL VOC set of drawn pictures, with the default model.</summary>
public class AnnotatedSetCommandTests : InTemporaryFolder
{
    private static readonly PixelBox[] Oranges = [new(3, 22, 96, 130), new(79, 56, 178, 152)];

    [Test]
    public void AccuracyCountsAPictureForEachClassOnIt()
    {
        JsonElement run = Json("evaluate", "--data", WriteVoc(), "--split", "trainval");
        JsonElement annotations = run.GetProperty("annotations");
        JsonElement[] classes = [.. run.GetProperty("result").GetProperty("per_class").EnumerateArray()];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.GetProperty("pictures").GetInt32(), Is.EqualTo(4), "orange, ladybug, and both on one picture");
            Assert.That(run.GetProperty("pictures_left_out").GetInt32(), Is.EqualTo(1));
            Assert.That(run.GetProperty("classes_left_out").EnumerateArray().Select(c => c.GetString()),
                Is.EqualTo((string[])["tvmonitor"]));
            Assert.That(annotations.GetProperty("photos").GetInt32(), Is.EqualTo(3));
            Assert.That(annotations.GetProperty("difficult_objects").GetInt32(), Is.EqualTo(1));
            Assert.That(classes.Select(c => c.GetProperty("pictures").GetInt32()), Is.EqualTo((int[])[2, 2]));
            // Of a picture with two classes the first place has one of them at most.
            Assert.That(run.GetProperty("result").GetProperty("top1").GetProperty("correct").GetInt32(), Is.InRange(2, 3));
        }
    }

    [Test]
    public void ABoxIsRightThatFitsAnyOfTheClass()
    {
        string csv = Folder.File("boxes.csv");
        JsonElement run = Json("evaluate", "--data", WriteVoc(), "--metric", "localisation", "--rule", "guided", "--output", csv);
        string[][] rows = [.. File.ReadAllLines(csv).Skip(1).Select(line => line.Split(','))];
        Assert.That(run.GetProperty("result").GetProperty("pictures").GetInt32(), Is.EqualTo(1), "val is the photograph a");
        Assert.That(rows, Has.Length.EqualTo(8));
        foreach (string[] row in rows)
        {
            int[] sides = [.. row[^9..^1].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            var found = new PixelBox(sides[0], sides[1], sides[2], sides[3]);
            var right = new PixelBox(sides[4], sides[5], sides[6], sides[7]);
            Assert.That(Oranges, Does.Contain(right));
            Assert.That(double.Parse(row[^1], CultureInfo.InvariantCulture),
                Is.EqualTo(Oranges.Max(found.OverlapWith)).Within(1e-12).And.EqualTo(found.OverlapWith(right)).Within(1e-12));
        }
    }

    [Test]
    public void ThePointingGameGoesOnWithTheOtherClassOfAPicture()
    {
        string csv = Folder.File("hits.csv"), set = WriteVoc(hasMore: true);
        string[] command = ["evaluate", "--data", set, "--split", "trainval", "--metric", "pointing-game", "--tolerance", "0",
            "--batch", "1", "--output", csv];
        JsonElement run = Json(command);
        string table = File.ReadAllText(csv);
        // The centre of b lies between its two objects, those of the others in a box.
        JsonElement centre = run.GetProperty("result").GetProperty("hits")[3];
        Assert.That((centre.GetProperty("hits").GetInt32(), centre.GetProperty("pictures").GetInt32()), Is.EqualTo((9, 11)));

        // Killed while it measures the pictures behind b; then it is cut off between the two classes of b.
        string journal = $"{csv}.part";
        using (Process process = NetvizProcess.Start(new Dictionary<string, string>(), command))
        {
            while (!process.HasExited && (!File.Exists(journal) || File.ReadAllLines(journal).Length < 5)) Thread.Sleep(1);
            process.Kill();
            process.WaitForExit();
        }

        string[] lines = File.ReadAllLines(journal);
        Assert.That(lines[2..4], Is.All.Contains("JPEGImages/b.jpg"));
        File.WriteAllLines($"{csv}.part", lines[..3]);
        run = Json(command);
        Assert.That(run.GetProperty("pictures_of_earlier_run").GetInt32(), Is.EqualTo(2));
        Assert.That(File.ReadAllText(csv), Is.EqualTo(table));
    }

    [Test]
    public void ClassesThatTheModelDoesNotKnowAreToldWithAWayOut()
    {
        string set = new TinySet().Picture("JPEGImages/a.png", 1).Annotation("Annotations/a.xml", "aeroplane 1 1 5 5")
            .WriteFolder(Folder);
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", set);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.Contain("aeroplane").And.Contain("classes.txt").And.Not.Contain("\n"));
    }

    private static JsonElement Json(params string[] command)
    {
        NetvizProcess run = NetvizProcess.Run([.. command, "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Json;
    }

    /// <summary>a: an orange and a half one; b: a ladybug beside an orange; c: a ladybug, and a screen that is none.</summary>
    /// <summary>More than a run reads ahead.</summary>
    private static readonly string[] More = ["d", "e", "f", "g", "h", "i", "j"];

    /// <summary>Pictures a to c, perhaps more like c.</summary>
    private string WriteVoc(bool hasMore = false)
    {
        byte[] ladybug = Jpeg(Scene(0));
        TinySet set = new TinySet()
            .Annotation("VOC2012/Annotations/a.xml", [.. Oranges.Select(b =>
                $"orange {b.XMin + 1} {b.YMin + 1} {b.XMax + 1} {b.YMax + 1}"), "ladybug 1 1 9 9 difficult"])
            .Annotation("VOC2012/Annotations/b.xml", "ladybug 11 50 150 150", "orange 190 20 350 160")
            .Annotation("VOC2012/Annotations/c.xml", "ladybug 1 50 160 150", "tvmonitor 1 1 20 20")
            .Text("VOC2012/ImageSets/Main/trainval.txt", ["a", "b", "c", .. hasMore ? More : []])
            .Text("VOC2012/ImageSets/Main/val.txt", "a")
            .File("VOC2012/JPEGImages/a.jpg", Jpeg(Scene(3))).File("VOC2012/JPEGImages/b.jpg", Jpeg(Beside(Scene(0), Scene(3))))
            .File("VOC2012/JPEGImages/c.jpg", ladybug);
        foreach (string name in hasMore ? More : [])
        {
            set.Annotation($"VOC2012/Annotations/{name}.xml", "ladybug 1 50 160 150")
                .File($"VOC2012/JPEGImages/{name}.jpg", ladybug);
        }

        return set.WriteArchive(Folder);
    }

    private static byte[] Jpeg(Photo photo) => Pictures.Encode(photo, SKEncodedImageFormat.Jpeg, 92);

    // The lower row of the sheet: 180 x 180 pixels each, 6 apart.
    private static Photo Scene(int column)
    {
        Photo sheet = ImageFile.Read(RepositoryRoot.File("docs", "images", "samples.jpg"));
        var rgb = new byte[3 * 180 * 180];
        for (int y = 0; y < 180; y++)
            sheet.Rgb.AsSpan(3 * ((189 + y) * sheet.Width + 3 + 186 * column), 540).CopyTo(rgb.AsSpan(540 * y));
        return new Photo(180, 180, rgb);
    }

    private static Photo Beside(Photo left, Photo right)
    {
        var rgb = new byte[6 * 180 * 180];
        for (int y = 0; y < 180; y++)
        {
            left.Rgb.AsSpan(540 * y, 540).CopyTo(rgb.AsSpan(1080 * y));
            right.Rgb.AsSpan(540 * y, 540).CopyTo(rgb.AsSpan(1080 * y + 540));
        }

        return new Photo(360, 180, rgb);
    }
}
