using System.Formats.Tar;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Datasets;

/// <summary>Pictures that netviz wrote into class folders are no pictures of the set.</summary>
public class ResultsInSetsTests : InTemporaryFolder
{
    private const string Heading = "file\tclass\txmin\tymin\txmax\tymax\n";

    [SetUp]
    public void MakeSet()
    {
        foreach (string name in (string[])["n0/a.png", "n1/b.png"])
        {
            Directory.CreateDirectory(Folder.File("set", name[..2]));
            ImageFile.WritePng(Pictures.Gradient(24, 18), Folder.File("set", name));
        }

        using FileGuard guard = FileGuard.Begin(force: false);
        ImageFile.WritePng(Pictures.Gradient(24, 18), Folder.File("set", "n0", "a.sheet.png"));
        OutputFile.Write(Folder.File("set", "n1", "b.webp"), ResultKind.Animation,
            ImageFile.EncodeWebP(Pictures.Gradient(24, 18)));
        // Scenes are drawn to be looked at.
        ImageFile.WritePng(Pictures.Gradient(24, 18), Folder.File("set", "n1", "scene.png"), ResultKind.Scene);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void They_are_left_out_and_counted(bool isArchive)
    {
        LabelledSet set = Open(isArchive);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Read("all").Select(picture => picture.Name),
                Is.EquivalentTo((string[])["n0/a.png", "n1/b.png", "n1/scene.png"]));
            Assert.That((set.CountOf("all"), set.ResultsLeftOut), Is.EqualTo((3, 2)));
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void One_that_a_table_names_is_an_input(bool isArchive)
    {
        File.WriteAllText(Folder.File("set", "all.tsv"), Heading + "n0/a.sheet.png\t0\t1\t1\t5\t5\n");
        LabelledSet set = Open(isArchive);
        Assert.That(set.Read("all").Select(picture => picture.Name), Does.Contain("n0/a.sheet.png").And.Not.Contain("n1/b.webp"));
        Assert.That(set.ResultsLeftOut, Is.EqualTo(1));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_set_of_results_alone_says_so(bool isArchive)
    {
        foreach (string name in (string[])["n0/a.png", "n1/b.png", "n1/scene.png"]) File.Delete(Folder.File("set", name));
        Assert.That(() => Open(isArchive),
            Throws.TypeOf<NetVizException>().With.Message.Contains("holds no picture that is no result of netviz"));
    }

    private LabelledSet Open(bool isArchive)
    {
        if (!isArchive) return LabelledSet.Open(Folder.File("set"));
        TarFile.CreateFromDirectory(Folder.File("set"), Folder.File("set.tar"), includeBaseDirectory: false);
        return LabelledSet.Open(Folder.File("set.tar"));
    }
}
