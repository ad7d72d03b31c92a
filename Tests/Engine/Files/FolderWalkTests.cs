using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Files;

/// <summary>Folders of strangers, with links in them.</summary>
public class FolderWalkTests : InTemporaryFolder
{
    [Test]
    public void Links_to_the_folder_itself_do_not_multiply_its_files()
    {
        for (int i = 0; i < 12; i++) Directory.CreateSymbolicLink(Folder.File($"link{i}"), ".");
        Folder.Write("a.txt", "a");
        Assert.That(FolderWalk.Files(Folder.Path, 6), Is.EqualTo(new[] { "a.txt" }));
    }

    [Test]
    public void Links_back_to_a_folder_around_are_not_followed()
    {
        Directory.CreateDirectory(Folder.File("a", "b"));
        Directory.CreateSymbolicLink(Folder.File("a", "b", "up"), "..");
        Directory.CreateSymbolicLink(Folder.File("a", "b", "top"), Folder.Path);
        Folder.Write("a/b/x.txt", "x");
        Assert.That(FolderWalk.Files(Folder.Path, 6), Is.EqualTo(new[] { "a/b/x.txt" }));
    }

    [Test]
    public void A_folder_that_two_links_lead_to_is_read_by_both_names()
    {
        Directory.CreateDirectory(Folder.File("real"));
        Folder.Write("real/x.txt", "x");
        Directory.CreateSymbolicLink(Folder.File("other"), "real");
        Assert.That(FolderWalk.Files(Folder.Path, 6).Order(), Is.EqualTo(new[] { "other/x.txt", "real/x.txt" }));
    }

    [Test]
    public void Folders_full_of_links_to_one_another_are_refused()
    {
        for (int i = 0; i < 12; i++)
        {
            Directory.CreateDirectory(Folder.File($"f{i}"));
            for (int k = 0; k < 12; k++)
                if (k != i) Directory.CreateSymbolicLink(Folder.File($"f{i}", $"to{k}"), Path.Combine("..", $"f{k}"));
        }

        Assert.That(() => FolderWalk.Files(Folder.Path, 6),
            Throws.TypeOf<NetVizException>().With.Message.Contains("links lead to this folder"));
    }

    [Test]
    public void A_set_with_links_to_itself_holds_each_picture_once()
    {
        foreach (string name in (string[])["cat", "dog"])
        {
            Directory.CreateDirectory(Folder.File(name));
            ImageFile.WritePng(Pictures.Gradient(8, 8), Folder.File(name, "p.png"));
        }

        for (int i = 0; i < 12; i++) Directory.CreateSymbolicLink(Folder.File($"link{i}"), ".");
        Assert.That(LabelledSet.Open(Folder.Path).CountOf("all"), Is.EqualTo(2));
    }
}
