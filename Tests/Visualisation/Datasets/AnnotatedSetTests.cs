using NetViz.Engine;
using NetViz.Training;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;
using SkiaSharp;

namespace NetViz.Tests.Visualisation.Datasets;

/// <summary>Sets with annotations in PASCAL VOC's XML, as VOC and ILSVRC lay them out.</summary>
public class AnnotatedSetTests : InTemporaryFolder
{
    [TestCase("folder", "")]
    [TestCase("folder", "VOCdevkit/VOC2012/")]
    [TestCase("set.tar", "VOC2012/")]
    [TestCase("set.tar.gz", "VOCdevkit/VOC2007/")]
    [TestCase("set.tar.gz", "./VOCdevkit/VOC2007/")]
    public void VocHasClassesSplitsAndBoxes(string kind, string root)
    {
        LabelledSet set = Open(TinySet.Voc(root), kind);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Splits, Is.EqualTo((string[])["train", "val", "trainval"]));
            Assert.That(set.ClassNames, Is.EqualTo((string[])["cat", "dog", "person", "train"]));
            // A picture of two classes is there for each of them; what is difficult is not; 1.4, 2.50 and 7.7 are rounded.
            Assert.That(Lines(set, "trainval"), Is.EqualTo((string[])
            [
                "JPEGImages/2007_000001.png cat 10: 2 0 7 7", "JPEGImages/2007_000001.png dog 10: 0 1 3 4, 4 4 5 7",
                "JPEGImages/2007_000002.png person 20: 0 2 7 7", "JPEGImages/2007_000004.png train 40: 0 0 7 3",
            ]));
            Assert.That(Lines(set, "val"), Is.EqualTo((string[])["JPEGImages/2007_000004.png train 40: 0 0 7 3"]));
            Assert.That(set.CountAnnotations("trainval"), Is.EqualTo(new AnnotationCounts(4, 1, 2, 0, CountsFromZero: false)));
            Assert.That((set.CountOf("trainval"), set.CountOf("train"), set.CountOf("train", c => c < 2)), Is.EqualTo((4, 3, 2)));
            Assert.That(set.CountOfPhotos("val"), Is.EqualTo(2));
            Assert.That(set.HasBoxes("val"));
            Assert.That(set.Read("train", (_, c) => c is 1 or 2).Select(p => p.Class), Is.EqualTo((int[])[1, 2]));
        }
    }

    [Test]
    public void EveryPhotographIsThereOnceAndForTrainingOnceForEachClass()
    {
        LabelledSet set = Open(TinySet.Voc(), "set.tar");
        LabelledImages loaded = set.Load("train", 8, 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.ReadPhotos("trainval").Select(p => p.Photo.Rgb[0]), Is.EqualTo((byte[])[10, 20, 30, 40]));
            Assert.That(set.ReadPhotos("val", new HashSet<string> { "JPEGImages/2007_000003.png" }).Count(), Is.EqualTo(1));
            Assert.That(Enumerable.Range(0, loaded.Count).Select(i => (loaded.Pixels(i)[0], loaded.Class(i))),
                Is.EqualTo(((byte, int)[])[(10, 0), (10, 1), (20, 2)]));
        }
    }

    [Test]
    public void WithoutListsThereIsOneSplit()
    {
        LabelledSet set = Open(new TinySet().Picture("JPEGImages/a.png", 1).Picture("JPEGImages/b.png", 2)
            .Annotation("Annotations/a.xml", "dog 1 1 9 9"), "folder");
        Assert.That(set.Splits, Is.EqualTo((string[])["all"]));
        // A box that goes on one pixel beyond the picture is cut off there.
        Assert.That(Lines(set, "all"), Is.EqualTo((string[])["JPEGImages/a.png dog 1: 0 0 7 7"]));
    }

    [TestCase("folder")]
    [TestCase("set.tar.gz")]
    public void IlsvrcCountsFromZeroAndNamesClassesByWordNet(string kind)
    {
        LabelledSet set = Open(new TinySet()
            .Text("LOC_synset_mapping.txt", "n01440764 tench, Tinca tinca", "n07747607 orange", "n09999999 none")
            .Annotation("bbox/val/ILSVRC2012_val_00000001.xml", "n07747607 0 2 7 8", "n07747607 3 1 4 4")
            .Annotation("bbox/val/ILSVRC2012_val_00000002.xml", "n01440764 1 1 5 5")
            .Annotation("bbox/val/ILSVRC2012_val_00000003.xml", "n01440764 1 1 5 5")
            .Picture("ILSVRC2012_img_val/ILSVRC2012_val_00000001.png", 1)
            .Picture("ILSVRC2012_img_val/ILSVRC2012_val_00000002.png", 2), kind);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Splits, Is.EqualTo((string[])["all"]));
            Assert.That(set.Classes.Select(c => c.Id), Is.EqualTo((string[])["n01440764", "n07747607"]));
            Assert.That(set.ClassNames, Is.EqualTo((string[])["tench", "orange"]));
            Assert.That(Lines(set, "all"), Is.EqualTo((string[])
            [
                "ILSVRC2012_img_val/ILSVRC2012_val_00000001.png orange 1: 0 2 7 7, 3 1 4 4",
                "ILSVRC2012_img_val/ILSVRC2012_val_00000002.png tench 2: 1 1 5 5",
            ]));
            Assert.That(set.CountAnnotations("all"), Is.EqualTo(new AnnotationCounts(2, 0, 0, 1, CountsFromZero: true)));
            ClassMatching matching = ClassMatching.Of(set, "m.onnx", ["orange", "lemon", "tench"], 3);
            Assert.That((matching.ScoreOf(0), matching.ScoreOf(1)), Is.EqualTo((2, 0)));
            matching = ClassMatching.Of(set, "m.onnx", ["n07747607 x", "lemon", "n01440764 y"], 3);
            Assert.That((matching.ScoreOf(0), matching.ScoreOf(1)), Is.EqualTo((2, 0)), "by WordNet's numbers");
        }
    }

    [Test]
    public void IlsvrcsTreeHasTrainingPicturesWithoutBoxes()
    {
        LabelledSet set = Open(new TinySet()
            .Annotation("ILSVRC/Annotations/CLS-LOC/train/n01440764/n01440764_1.xml", "n01440764 0 1 5 5")
            .Annotation("ILSVRC/Annotations/CLS-LOC/val/v_1.xml", "n07747607 1 1 5 5")
            .Text("ILSVRC/ImageSets/CLS-LOC/test.txt", "t_1 1")
            .Text("ILSVRC/ImageSets/CLS-LOC/train_cls.txt", "n01440764/n01440764_1 1", "n01440764/n01440764_2 2")
            .Text("ILSVRC/ImageSets/CLS-LOC/val.txt", "v_1 1")
            .Picture("ILSVRC/Data/CLS-LOC/train/n01440764/n01440764_1.png", 1)
            .Picture("ILSVRC/Data/CLS-LOC/train/n01440764/n01440764_2.png", 2)
            .Picture("ILSVRC/Data/CLS-LOC/val/v_1.png", 3), "folder");
        Assert.That(set.Splits, Is.EqualTo((string[])["train", "val"]));
        Assert.That(Lines(set, "train"), Is.EqualTo((string[])
        [
            "Data/CLS-LOC/train/n01440764/n01440764_1.png n01440764 1: 0 1 5 5",
            "Data/CLS-LOC/train/n01440764/n01440764_2.png n01440764 2: ",
        ]));
    }

    [Test]
    public void WithoutListsFoldersMayBeSplits()
    {
        LabelledSet set = Open(new TinySet().Annotation("boxes/t.xml", "dog 1 1 5 5").Annotation("boxes/v.xml", "cat 1 1 5 5")
            .Picture("images/train/t.png", 1).Picture("images/val/v.png", 2), "folder");
        Assert.That(set.Splits, Is.EqualTo((string[])["train", "val"]));
        Assert.That(Lines(set, "val"), Is.EqualTo((string[])["images/val/v.png cat 2: 0 0 4 4"]));
    }

    [Test]
    public void PicturesOfOneNameBelongToTheirNeighbours()
    {
        LabelledSet set = Open(new TinySet().Annotation("VOC2007/Annotations/a.xml", "dog 1 1 5 5")
            .Annotation("VOC2008/Annotations/a.xml", "cat 1 1 5 5").Text("VOC2008/ImageSets/Main/train.txt", "a")
            .Text("VOC2007/ImageSets/Main/val.txt", "a")
            .Picture("VOC2007/JPEGImages/a.png", 7).Picture("VOC2008/JPEGImages/a.png", 8), "folder");
        Assert.That(Lines(set, "val"), Is.EqualTo((string[])["VOC2007/JPEGImages/a.png dog 7: 0 0 4 4"]));
        Assert.That(Lines(set, "train"), Is.EqualTo((string[])["VOC2008/JPEGImages/a.png cat 8: 0 0 4 4"]));
    }

    [TestCase("")]
    [TestCase("VOCdevkit/VOC2012/")]
    public void ClassesMayHaveTheModelsNames(string folder)
    {
        // Those that it leaves out follow.
        LabelledSet set = Open(TinySet.Voc("VOCdevkit/VOC2012/")
            .Text($"{folder}classes.txt", "0|person|human, somebody", "1|dog|hound"), "set.tar.gz");
        Assert.That(set.Classes.Select(c => string.Join('+', c.Names)),
            Is.EqualTo((string[])["human+somebody", "hound", "cat", "train"]));
        ClassMatching matching = ClassMatching.Of(set, "m.onnx", ["hound", "lemon", "somebody"], 3);
        Assert.That(Enumerable.Range(0, 4).Select(matching.ScoreOf), Is.EqualTo((int[])[2, 0, -1, -1]));
    }

    [Test]
    public void WhereNoNameFitsTheWayOutIsTold() => Assert.That(
        () => ClassMatching.Of(Open(TinySet.Voc(), "folder"), "m.onnx", ["tabby", "beagle"], 2),
        Throws.InstanceOf<NetVizException>().With.Message.Contains("cat, dog, person, train")
            .And.Message.Contains("tabby, beagle")
            .And.Message.Contains("classes.txt"));

    [Test]
    public void TablesComeBeforeAnnotations()
    {
        LabelledSet set = Open(TinySet.WithTables().Annotation("Annotations/e.xml", "dog 1 1 5 5")
            .File("Annotations/f.xml", [1, 2, 3]), "folder");
        Assert.That(set.ClassNames[0], Is.EqualTo("orange"));
        Assert.That(set.CountAnnotations("val"), Is.Null);
        set = Open(new TinySet().Picture("a/1.png", 1).Text("a/1.xml", "<plist/>").Text("a/2.xml", "no XML"), "set.tar");
        Assert.That(Lines(set, "all"), Is.EqualTo((string[])["a/1.png a 1: "]), "XML of other kinds");
    }

    [TestCase("<size><width>12</width><height>8</height></size>", 12, 8, Description = "measured as it is stored")]
    [TestCase("<size><width>8</width><height>12</height></size>", 8, 12, Description = "measured upright")]
    [TestCase("", 8, 12)]
    public void APictureStandsAsItsAnnotationMeasuredIt(string size, int width, int height)
    {
        byte[] lying = Pictures.WithExifOrientation(Pictures.Encode(Pictures.Gradient(12, 8), SKEncodedImageFormat.Jpeg, 90), 6);
        LabelledSet set = Open(new TinySet().File("JPEGImages/a.jpg", lying).Text("Annotations/a.xml",
            $"<annotation>{size}<object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>8</xmax><ymax>8</ymax></bndbox>"
            + "</object></annotation>"),
            "folder");
        LabelledPicture picture = set.Read("all").Single();
        Assert.That((picture.Photo.Width, picture.Photo.Height), Is.EqualTo((width, height)));
    }

    private LabelledSet Open(TinySet files, string kind) =>
        LabelledSet.Open(kind == "folder" ? files.WriteFolder(Folder) : files.WriteArchive(Folder, kind));

    private static IEnumerable<string> Lines(LabelledSet set, string split) => set.Read(split)
        .Select(p => $"{p.Name} {set.ClassNames[p.Class]} {p.Photo.Rgb[0]}: "
            + string.Join(", ", p.Boxes.Select(b => $"{b.XMin} {b.YMin} {b.XMax} {b.YMax}")));
}
