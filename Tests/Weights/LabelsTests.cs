using NetViz.Engine;
using NetViz.Weights.ClassLabels;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class LabelsTests
{
    [Test]
    public void ImageNet_has_the_usual_order()
    {
        Labels labels = Labels.ImageNet;
        Assert.That(labels, Has.Count.EqualTo(1000));
        Assert.That((labels[0], labels[258], labels[281], labels[999]),
            Is.EqualTo(("tench", "Samoyed", "tabby", "toilet tissue")));
        Assert.That(labels.Distinct().Count(), Is.EqualTo(1000));
    }

    [Test]
    public void ImageNet_agrees_with_the_shared_list()
    {
        string[] names = File.ReadAllLines(SharedData.PathOf("models", "imagenet_classes.txt"));
        for (int i = 0; i < 1000; i++) Assert.That(Labels.ImageNet[i], Does.StartWith(names[i]));
    }

    [TestCase("281", 281)]
    [TestCase("tabby", 281)]
    [TestCase("TABBY", 281)]
    [TestCase("Egyptian_cat", 285)]
    [TestCase(" tiger ", 292)]
    [TestCase("Samoy", 258)]
    [TestCase("crane (bird)", 134)]
    public void Find_takes_a_number_a_name_or_a_part_that_is_unique(string text, int expected) =>
        Assert.That(Labels.ImageNet.Find(text), Is.EqualTo(expected));

    [TestCase("bell_pepper", "bell-pepper", 1)]
    [TestCase("Bell-Pepper", "bell pepper", 1)]
    [TestCase("SCHOOL  bus", "School_Bus", 1)]
    [TestCase("school-bus", "n04146614 school bus", 1)]
    [TestCase("n04146614", "n04146614 school bus", 1)]
    [TestCase("red-panda", "lesser panda, red panda, panda", 1)]
    [TestCase("lesser_panda,Red-Panda, panda", "lesser panda, red panda, panda", 1)]
    [TestCase("T-shirt", "t shirt", 1)]
    [TestCase("-", "-", 1)]
    [TestCase("i", "I", 1)]
    public void Find_does_not_mind_hyphens_underscores_and_case(string text, string name, int expected)
    {
        Labels labels = Labels.Of(["first", name, "last"], "test");
        Assert.That(labels.Find(text), Is.EqualTo(expected));
    }

    [Test]
    public void Find_tells_names_apart_that_differ_in_nothing_else()
    {
        Labels letters = Labels.Of(["a", "A", "a-b", "a_b", "panda, bear", "giant panda, panda"], "test");
        Assert.That((letters.Find("a"), letters.Find("A"), letters.Find("a_b")), Is.EqualTo((0, 1, 3)));
        Assert.That(() => letters.Find("A B"), Throws.TypeOf<NetVizException>().With.Message.Contains("2 a-b, 3 a_b"));
        Assert.That(() => letters.Find("panda"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("4 panda, bear, 5 giant panda, panda"));
    }

    [TestCase("crane", "134 crane (bird), 517 crane (machine)")]
    [TestCase("terrier", "may mean")]
    [TestCase("tabbi", "281 tabby")]
    [TestCase("1000", "0 to 999")]
    [TestCase("-1", "0 to 999")]
    [TestCase("", "no class")]
    public void Find_lists_candidates_where_it_cannot_tell(string text, string expected)
    {
        var error = Assert.Throws<NetVizException>(() => Labels.ImageNet.Find(text));
        Assert.That(error!.Message, Does.Contain(expected));
    }

    [TestCase("cat\r\ndog\r\n\r\n")]
    [TestCase("cat\ndog")]
    [TestCase("""["cat", "dog"]""")]
    public void Read_takes_lines_or_a_JSON_array(string text)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Labels.Read(folder.Write("labels", text)), Is.EqualTo(new[] { "cat", "dog" }));
    }

    [TestCase("")]
    [TestCase("[1, ")]
    public void Read_refuses_what_is_no_list(string text)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("labels", text);
        Assert.That(() => Labels.Read(path), Throws.TypeOf<NetVizException>());
        Assert.That(() => Labels.Read(folder.File("absent")), Throws.TypeOf<NetVizException>());
    }
}
