using System.Text;
using NetViz.Engine;
using NetViz.Visualisation.Datasets;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Datasets;

/// <summary>XML annotations that are broken, or were made to do harm: each is refused by its file's name.</summary>
public class HostileAnnotationTests : InTemporaryFolder
{
    private const string Box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>8</xmax><ymax>8</ymax></bndbox>";

    [TestCase("", "no XML")]
    [TestCase("<annotation>", "no XML")]
    [TestCase("dog,1,1,5,5", "no XML")]
    [TestCase("<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><annotation>&c;</annotation>", "document types")]
    [TestCase("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><annotation/>", "document types")]
    [TestCase("<?xml version='1.0' encoding='no-such'?><annotation/>", "no XML")]
    [TestCase("<annotation>&b;</annotation>", "no XML")]
    [TestCase("<annotation><object><name>dog</name></object></annotation>", "object 1, dog, has no <bndbox>")]
    [TestCase($"<annotation><object>{Box}</object></annotation>", "object 1, has no <name>")]
    [TestCase("<annotation><object><name>dog</name><bndbox><xmin>1</xmin></bndbox></object></annotation>", "<ymin> is missing")]
    [TestCase("5|1|4|1", "from column 5 to 4")]
    [TestCase("1|5|5|4", "from row 5 to 4")]
    [TestCase("-1|1|5|5", "<xmin> is '-1'")]
    [TestCase("1|1|NaN|5", "<xmax> is 'NaN'")]
    [TestCase("1|1|5|1e9", "<ymax> is '1e9'")]
    [TestCase("1|1|5|99999999999999999999", "<ymax> is '9999")]
    public void ABrokenAnnotationIsRefused(string text, string found)
    {
        string[] sides = text.Split('|');
        if (sides.Length == 4)
        {
            text = $"<annotation><object><name>dog</name><bndbox><xmin>{sides[0]}</xmin><ymin>{sides[1]}</ymin>"
                + $"<xmax>{sides[2]}</xmax><ymax>{sides[3]}</ymax></bndbox></object></annotation>";
        }

        TinySet files = TinySet.Voc("VOC2012/").File("VOC2012/Annotations/2007_000009.xml", Encoding.UTF8.GetBytes(text));
        Refused(files.WriteFolder(Folder), "2007_000009.xml", found);
        Refused(files.WriteArchive(Folder), "set.tar.gz: VOC2012/Annotations/2007_000009.xml", found);
    }

    [TestCase(2_000_000)]
    [TestCase(100_000_000)]
    public void ALongAnnotationIsNotReadAtAll(int length)
    {
        TinySet files = TinySet.Voc().File("Annotations/2007_000009.xml", new byte[length]);
        string[] found = ["2007_000009.xml has more than 1000000 bytes"];
        if (length > 64_000_000) found = ["unpacks to more than"];
        Refused(files.WriteArchive(Folder), found);
        Refused(files.WriteFolder(Folder), "2007_000009.xml has more than 1000000 bytes");
    }

    [Test]
    public void DeepAnnotationsAreRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("<a>", 100_000)) + string.Concat(Enumerable.Repeat("</a>", 100_000));
        TinySet set = TinySet.Voc()
            .Text("Annotations/2007_000009.xml", $"<annotation>{deep}<object><name>dog</name>{Box}</object></annotation>");
        Assert.That(() => LabelledSet.Open(set.WriteFolder(Folder)), Throws.TypeOf<NetVizException>()
            .With.Message.Contains("2007_000009.xml").And.Message.Contains("more than 32 deep"));
    }

    [TestCase("dog 1 1 10 8", "column 9 and row 7", "counted from 0 here, from 1 in the set's annotations")]
    [TestCase("dog 1 0 8 9", "column 8 and row 9", "8 x 8")]
    [TestCase("dog 0 8 7 8", "column 7 and row 8", "8 x 8")]
    public void ABoxBeyondItsPictureIsRefused(string box, params string[] found)
    {
        LabelledSet set = LabelledSet.Open(new TinySet().Picture("JPEGImages/a.png", 1).Annotation("Annotations/a.xml", box)
            .WriteFolder(Folder));
        NetVizException error = Assert.Throws<NetVizException>(() => _ = set.Read("all").Count())!;
        foreach (string part in (string[])["JPEGImages/a.png", .. found]) Assert.That(error.Message, Does.Contain(part));
    }

    [Test]
    public void ListsAnnotationsAndPicturesMustFit()
    {
        Refused(TinySet.Voc().Text("ImageSets/Main/test.txt", "2007_000001", "2007_000008").WriteFolder(Folder, "a"), "test.txt",
            "2007_000008", "1 of 2");
        Refused(TinySet.Voc().Annotation("more/2007_000001.xml", "dog 1 1 2 2").WriteFolder(Folder, "b"), "two annotations",
            "more/2007_000001.xml");
        Refused(TinySet.Voc().Picture("JPEGImages/x/2007_000001.png", 1).Picture("JPEGImages/y/2007_000001.png", 1)
            .WriteFolder(Folder, "c"), "2007_000001.png");
        Refused(new TinySet().Picture("JPEGImages/a.png", 1).Annotation("Annotations/b.xml", "dog 1 1 2 2")
            .WriteFolder(Folder, "d"), "none of 1 pictures", "a.png", "b.xml");
        Refused(new TinySet().Picture("JPEGImages/a.png", 1).Annotation("Annotations/a.xml", "dog 1 1 2 2 difficult")
            .WriteFolder(Folder, "e"), "no annotated picture", "difficult");
        Refused(TinySet.Voc().Picture("JPEGImages/2007_000001.png", 1).WriteArchive(Folder, "f.tar"), "2007_000001.png");
        Refused(TinySet.Voc().Text("classes.txt", "dog").WriteFolder(Folder, "g"), "classes.txt, line 1");
    }

    [Test]
    public void ADamagedSetIsReadOrRefusedAndNothingElse()
    {
        byte[] whole = File.ReadAllBytes(TinySet.Voc().WriteArchive(Folder, "set.tar"));
        var random = new CounterRandom(5, 0);
        int read = 0;
        for (int run = 0; run < 300; run++)
        {
            byte[] damaged = [.. whole];
            // Mostly in the annotations and lists, which come first.
            for (int i = 0; i < 1 + run % 4; i++)
                damaged[random.Bits(100 * run + 2 * i) % 9000UL] = (byte)random.Bits(100 * run + 2 * i + 1);
            try
            {
                LabelledSet set = LabelledSet.Open(Folder.Write("damaged.tar", damaged));
                read += set.Splits.Sum(split => set.Read(split).Count()) > 0 ? 1 : 0;
            }
            catch (NetVizException)
            {
                // What is expected of most.
            }
        }

        Assert.That(read, Is.GreaterThan(3));
    }

    private static void Refused(string path, params string[] found)
    {
        NetVizException error = Assert.Throws<NetVizException>(() => LabelledSet.Open(path))!;
        foreach (string part in found) Assert.That(error.Message, Does.Contain(part));
    }
}
