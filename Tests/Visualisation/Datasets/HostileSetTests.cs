using System.Formats.Tar;
using NetViz.Engine;
using NetViz.Visualisation.Datasets;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Datasets;

/// <summary>Sets that contradict themselves, are broken, or were made to do harm: each is refused by its file's name.</summary>
public class HostileSetTests : InTemporaryFolder
{
    private const string Columns = "file|class|xmin|ymin|xmax|ymax";
    [TestCase("../../etc/escape.png")]
    [TestCase("a/../../escape.png")]
    [TestCase("/etc/escape.png")]
    [TestCase("c:/escape.png")]
    public void AnEntryOutsideTheArchiveIsRefused(string name) => Refused(
        new TinySet().Picture("a/1.png", 1).Picture(name, 2).WriteArchive(Folder), "set.tar.gz", name, "outside the archive");

    [Test]
    public void NothingIsWrittenToDisk()
    {
        string archive = TinySet.WithTables().WriteArchive(Folder);
        LabelledSet set = LabelledSet.Open(archive);
        _ = set.Read("val").Count();
        set.Load("train", 8, 8);
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Is.EqualTo((string[])[archive]));
    }

    [Test]
    public void ALinkIsRefused() => Refused(
        new TinySet().Picture("a/1.png", 1).WriteArchive(Folder, more: archive => archive.WriteEntry(
            new UstarTarEntry(TarEntryType.SymbolicLink, "a/2.png") { LinkName = "/etc/passwd" })),
        "a/2.png", "link to /etc/passwd");

    [Test]
    public void AnEntryThatIsTooLargeIsRefused() => Refused(
        new TinySet().Picture("a/1.png", 1).File("classes.txt", new byte[65_000_000]).WriteArchive(Folder),
        "classes.txt has 65000000 bytes");

    [Test]
    public void AnArchiveThatUnpacksToFarMoreThanItsLengthIsRefused() => Refused(
        new TinySet().File("zeros.bin", new byte[80_000_000]).Picture("a/1.png", 1).WriteArchive(Folder),
        "unpacks to more than");

    [Test]
    public void ATruncatedArchiveIsRefusedAtEveryLength()
    {
        string archive = TinySet.WithTables().WriteArchive(Folder);
        byte[] whole = File.ReadAllBytes(archive);
        for (int length = 1; length < whole.Length - 8; length += 37)
        {
            string cut = Folder.Write("cut.tar.gz", whole.AsSpan(0, length));
            Assert.That(() => LabelledSet.Open(cut).Load("train", 8, 8), Throws.InstanceOf<NetVizException>(), $"{length} bytes");
        }
    }

    [Test]
    public void ADamagedArchiveIsReadOrRefusedAndNothingElse()
    {
        byte[] whole = File.ReadAllBytes(TinySet.WithTables().WriteArchive(Folder, "set.tar"));
        var random = new CounterRandom(3, 0);
        for (int run = 0; run < 100; run++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 1 + run % 8; i++)
                damaged[random.Bits(100 * run + 2 * i) % (ulong)whole.Length] = (byte)random.Bits(100 * run + 2 * i + 1);
            try
            {
                LabelledSet.Open(Folder.Write("damaged.tar", damaged)).Load("train", 8, 8);
            }
            catch (NetVizException)
            {
                // What is expected of most.
            }
        }
    }

    [Test]
    public void WhatIsNoArchiveIsRefused()
    {
        Refused(Folder.Write("some.zip", [0x50, 0x4B, 3, 4, .. new byte[600]]), "some.zip", ".tar.gz");
        Refused(Folder.Write("empty.tar.gz", []), "empty.tar.gz", ".tar.gz are supported");
        Refused(Folder.File("nothing.tar.gz"), "does not exist");
    }

    [Test]
    public void ASetWithoutPicturesOrClassesIsRefused()
    {
        Directory.CreateDirectory(Folder.File("empty"));
        Refused(Folder.File("empty"), "holds no picture", "class folders");
        Refused(new TinySet().Picture("1.png", 1).Picture("a/2.png", 1).WriteFolder(Folder), "1.png has no class");
        Refused(new TinySet().Picture("a/1.png", 1).Picture("a/1.png", 2).WriteArchive(Folder), "a/1.png twice");
    }

    [TestCase("0|n02|orange", "2|n01|crane", Description = "a number is left out")]
    [TestCase("0|n02|orange", "1|n01")]
    [TestCase("0|n02|orange", "1||crane")]
    [TestCase("0|n02|orange", "1|n01| , ")]
    [TestCase("orange", "crane")]
    public void ABrokenTableOfClassesIsRefusedByItsLine(params string[] lines) =>
        Refused(new TinySet().Text("classes.txt", lines).Picture("n01/1.png", 1).WriteFolder(Folder), "classes.txt, line ",
            "separated by tabs");

    [TestCase("val/n01/e.png|1|0|0|7", "line 2")]
    [TestCase("val/n01/e.png|1|0|0|7|x", "line 2")]
    [TestCase("val/n01/e.png|1|-1|0|7|7", "line 2")]
    [TestCase("val/n01/e.png|1|0|0|7|99999999999", "line 2")]
    [TestCase("val/n01/e.png|1|5|0|4|7", "line 2")]
    [TestCase("val/n01/e.png|7|0|0|7|7", "no class 7")]
    [TestCase("val/n01/e.png|0|0|0|7|7", "its folder says 1")]
    [TestCase("val/n01/g.png|1|0|0|7|7", "not among the pictures of val")]
    [TestCase("train/n01/c.png|1|0|0|7|7", "not among the pictures of val")]
    public void ABrokenTableOfPicturesIsRefused(string line, string found) => Refused(
        new TinySet().Text("classes.txt", "0|n02|orange", "1|n01|crane").Picture("train/n01/c.png", 1).Picture("val/n01/e.png", 1)
            .Text("val.tsv", Columns, line).WriteArchive(Folder),
        "val.tsv", found);

    [Test]
    public void ATableWithOtherColumnsIsRefused() => Refused(
        new TinySet().Picture("train/a/c.png", 1).Picture("val/a/e.png", 1).Text("val.tsv", "file|label").WriteFolder(Folder),
        "val.tsv, line 1", "xmin");

    [Test]
    public void AFolderThatClassesDoNotListIsRefused() => Refused(
        new TinySet().Text("classes.txt", "0|n02|orange").Picture("n05/1.png", 1).WriteFolder(Folder), "n05/1.png has no class",
        "classes.txt lists the folders");

    [Test]
    public void APictureThatCannotBeDecodedIsNamed()
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("a/1.png", 1).File("a/2.jpg", [1, 2, 3]).File("a/3.jpg", [])
            .WriteArchive(Folder));
        Assert.That(() => set.Load("all", 8, 8),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("set.tar.gz: a/").And.Message.Contains(".jpg"));
        Assert.That(() => set.Read("all").Count(),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("set.tar.gz: a/"));
        Assert.That(() => set.Read("test").Count(),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("no split 'test'"));
    }

    [Test]
    public void ABoxBeyondItsPictureIsRefused()
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("train/a/c.png", 1).Picture("val/a/e.png", 1)
            .Text("val.tsv", Columns, "val/a/e.png|0|0|0|8|7").WriteFolder(Folder));
        Assert.That(() => set.Read("val").Count(),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("val/a/e.png").And.Message.Contains("8 x 8"));
    }

    [Test]
    public void ASetThatChangesUnderwayIsNoticed()
    {
        string archive = TinySet.WithTables().WriteArchive(Folder);
        LabelledSet set = LabelledSet.Open(archive);
        new TinySet().Picture("train/n02/a.png", 1).WriteArchive(Folder);
        Assert.That(() => set.Load("train", 8, 8), Throws.InstanceOf<NetVizException>().With.Message.Contains("has changed"));
        Assert.That(() => set.Load("train", 1 << 20, 1 << 20), Throws.InstanceOf<NetVizException>().With.Message.Contains("GB"));
    }

    private static void Refused(string path, params string[] found)
    {
        NetVizException error = Assert.Throws<NetVizException>(() => LabelledSet.Open(path))!;
        foreach (string part in found) Assert.That(error.Message, Does.Contain(part));
    }
}
