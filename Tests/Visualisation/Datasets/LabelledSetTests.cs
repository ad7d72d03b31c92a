using NetViz.Engine.Imaging;
using NetViz.Training;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Datasets;

public class LabelledSetTests : InTemporaryFolder
{
    [Test]
    public void AFolderOfClassFoldersIsOneSplit()
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("pear/2.png", 2).Picture("apple/x/1.png", 1)
            .Text("README.md", "about").Picture("pear/.hidden.png", 3).WriteFolder(Folder));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Splits, Is.EqualTo((string[])["all"]));
            Assert.That(set.ClassNames, Is.EqualTo((string[])["apple", "pear"]));
            Assert.That(set.CountOf("all"), Is.EqualTo(2));
            Assert.That(set.Read("all").Select(p => (p.Name, p.Class, p.Photo.Rgb[0], p.Boxes.Count)),
                Is.EqualTo(((string, int, byte, int)[])[("apple/x/1.png", 0, 1, 0), ("pear/2.png", 1, 2, 0)]));
        }
    }

    [Test]
    public void TrainAndValAreSplits()
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("val/pear/2.png", 2).Picture("train/pear/3.png", 3)
            .Picture("train/apple/1.png", 1).WriteFolder(Folder));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Splits, Is.EqualTo((string[])["train", "val"]));
            Assert.That(set.ClassNames, Is.EqualTo((string[])["apple", "pear"]));
            Assert.That(set.Read("val").Select(p => (p.Name, p.Class)), Is.EqualTo(((string, int)[])[("val/pear/2.png", 1)]));
        }
    }

    [Test]
    public void AClassMayBeCalledTrain()
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("bus/1.png", 1).Picture("train/2.png", 2).WriteFolder(Folder));
        Assert.That(set.Splits, Is.EqualTo((string[])["all"]));
        Assert.That(set.ClassNames, Is.EqualTo((string[])["bus", "train"]));
    }

    [TestCase("folder", "")]
    [TestCase("set.tar", "")]
    [TestCase("set.tar.gz", "")]
    [TestCase("set.tar.gz", "tiny/")]
    [TestCase("set.tar.gz", "./")]
    public void TablesGiveNamesOrderAndBoxes(string kind, string root)
    {
        TinySet files = TinySet.WithTables(root);
        LabelledSet set = LabelledSet.Open(kind == "folder" ? files.WriteFolder(Folder) : files.WriteArchive(Folder, kind));
        LabelledImages train = set.Load("train", 8, 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Splits, Is.EqualTo((string[])["train", "val"]));
            Assert.That(set.Classes.Select(c => c.Id), Is.EqualTo((string[])["n02", "n01", "n03"]));
            Assert.That(set.Classes[1].Names, Is.EqualTo((string[])["crane", "wading bird"]));
            Assert.That(set.ClassNames, Is.EqualTo((string[])["orange", "crane, wading bird", "crane"]));
            Assert.That(set.Read("val").Select(p => (p.Name, p.Class, p.Photo.Rgb[0], p.Boxes.Single())),
                Is.EqualTo(((string, int, byte, PixelBox)[])
                    [("val/n01/e.png", 1, 50, new PixelBox(1, 2, 7, 5)), ("val/n02/f.png", 0, 60, new PixelBox(0, 0, 7, 7))]));
            // By name: n01/c, n02/a, n02/b, n03/d.
            Assert.That(Enumerable.Range(0, train.Count).Select(i => (train.Pixels(i)[0], train.Class(i))),
                Is.EqualTo(((byte, int)[])[(30, 1), (10, 0), (20, 0), (40, 2)]));
            Assert.That(train.ClassNames, Is.EqualTo(set.ClassNames));
        }
    }

    [Test]
    public void AnArchiveIsReadInItsOwnOrder()
    {
        LabelledSet set = LabelledSet.Open(TinySet.WithTables("tiny/").WriteArchive(Folder));
        string[] expected = ["train/n02/b.png", "train/n02/a.png", "train/n01/c.png", "train/n03/d.png"];
        Assert.That(set.Read("train").Select(p => p.Name), Is.EqualTo(expected));
        Assert.That(set.Read("train").Select(p => p.Name), Is.EqualTo(expected), "a second time");
    }

    [Test]
    public void LoadScalesToCoverAndCutsTheCentre()
    {
        // Left third red 0, middle third 120, right third 240: of 24 x 8 the centre square is the middle.
        var rgb = new byte[3 * 24 * 8];
        for (int i = 0; i < 24 * 8; i++) rgb[3 * i] = (byte)(i % 24 / 8 * 120);
        LabelledSet set = LabelledSet.Open(new TinySet().File("a/wide.png", ImageFile.EncodePng(new Photo(24, 8, rgb)))
            .Picture("a/small.png", 7, 9, 2, 2).WriteFolder(Folder));
        int told = 0;
        LabelledImages same = set.Load("all", 8, 8, _ => Interlocked.Increment(ref told)), half = set.Load("all", 4, 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Is.EqualTo(2));
            Assert.That((same.Width, same.Height, same.Count), Is.EqualTo((8, 8, 2)));
            Assert.That(Enumerable.Range(0, 64).Select(i => same.Pixels(0)[3 * i]), Has.All.EqualTo(7));
            Assert.That(Enumerable.Range(0, 64).Select(i => same.Pixels(1)[3 * i]), Has.All.EqualTo(120));
            Assert.That(half.Pixels(1).Length, Is.EqualTo(48));
            Assert.That(half.Pixels(1)[3], Is.EqualTo(120));
        }
    }

    [Test]
    public void TheSharedArchiveHasItsClassesSplitsAndBoxes()
    {
        LabelledSet set = LabelledSet.Open(SharedData.PathOf("tiny-imagenet-50.tar.gz"));
        LabelledPicture[] val = [.. set.Read("val")];
        LabelledImages loaded = set.Load("val", 64, 64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((set.CountOf("train"), set.CountOf("val"), set.Classes.Count), Is.EqualTo((25000, 2500, 50)));
            Assert.That(set.ClassNames[41], Is.EqualTo("orange"));
            Assert.That(val, Has.Length.EqualTo(2500).And.All.Property("Boxes").Count.EqualTo(1));
            Assert.That(val.CountBy(p => p.Class).Select(c => c.Value), Is.All.EqualTo(50).And.Exactly(50).Items);
            Assert.That(val[0].Name, Is.EqualTo("val/n04146614/val_8.JPEG"));
            Assert.That(val[0].Boxes, Is.EqualTo((PixelBox[])[new PixelBox(0, 31, 60, 60)]));
            Assert.That(loaded.Count, Is.EqualTo(2500));
        }
    }
}
