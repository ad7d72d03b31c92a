using NetViz.Engine.Imaging;
using NetViz.Samples.GroundTruth;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Tools.Samples;

/// <summary>Drawn pictures of which the pixels of the object are known.</summary>
public sealed class GroundTruthTests : InTemporaryFolder
{
    [Test]
    public void A_set_has_pictures_masks_and_boxes_and_is_drawn_the_same_again()
    {
        const int Count = 30, Size = 24;
        foreach (string name in (string[])["a", "b"])
            new GroundTruthSet(Folder.File(name), Count, Seed: 7, Size, HasMark: name == "b").Write(_ => { });
        string[] masks = Directory.GetFiles(Folder.File("a.masks"), "*.png", SearchOption.AllDirectories);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(masks, Has.Length.EqualTo(6), "one of five of each class");
            Assert.That(Directory.GetFiles(Folder.File("a"), "*.png", SearchOption.AllDirectories), Has.Length.EqualTo(Count));
            foreach (string path in masks)
            {
                Photo mask = ImageFile.Read(path);
                Assert.That(mask.Rgb.Count(value => value > 0) / 3.0 / (Size * Size), Is.InRange(0.01, 0.4), path);
                string same = path.Replace(Folder.File("a.masks"), Folder.File("b.masks"), StringComparison.Ordinal);
                bool isMarked = Path.GetFileName(Path.GetDirectoryName(path)) == GroundTruthScene.Classes[0];
                Assert.That(File.ReadAllBytes(same).AsSpan().SequenceEqual(File.ReadAllBytes(path)), Is.EqualTo(!isMarked), "only one class is marked");
            }

            Assert.That(File.ReadAllLines(Folder.File("a", "val.tsv")), Has.Length.EqualTo(7));
        }
    }
}
