using NetViz.Engine;
using NetViz.Tests.Visualisation.Datasets;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class ClassMatchingTests : InTemporaryFolder
{
    private static readonly string[] Lines =
        ["0|n02509815|lesser panda, red panda, panda", "1|n04285008|sports car, sport car", "2|n07720875|bell pepper"];

    [TestCase("lesser panda;sports car;bell pepper", "0 1 2", true, Description = "the set's short names")]
    [TestCase("a;sports car;bell_pepper", "0 1 2", true, Description = "most of them")]
    [TestCase("x;y;z", "0 1 2", true, Description = "as many, but other names")]
    [TestCase("sport car;Red_Panda;bell pepper;orange", "1 0 2", false, Description = "other names of them")]
    [TestCase("bell pepper;lesser panda;sports car", "1 2 0", false, Description = "another order")]
    [TestCase("giant panda, panda;orange;lesser panda, red panda;sports car", "2 3 -1", false, Description = "lists")]
    [TestCase("n07720875 pepper;n04285008;n00000009 sports car;orange", "-1 1 0", false,
        Description = "WordNet numbers before names")]
    public void FindsTheClasses(string labels, string expected, bool byPosition)
    {
        ClassMatching matching = Match(labels.Split(';'));
        Assert.That(string.Join(' ', Enumerable.Range(0, 3).Select(matching.ScoreOf)), Is.EqualTo(expected));
        Assert.That(matching.ByPosition, Is.EqualTo(byPosition));
        Assert.That((matching.Count, matching.LeftOut.Count),
            Is.EqualTo((expected.Split(' ').Count(score => score != "-1"),
                expected.Split(' ').Count(score => score == "-1"))));
    }

    [Test]
    public void WithoutNamesThePositionsCountWhereThereAreAsMany()
    {
        Assert.That(Match(null, 3).ByPosition, Is.True);
        Assert.That(() => Match(null, 4), Throws.InstanceOf<NetVizException>().With.Message.Contains("--labels"));
    }

    [Test]
    public void WhatCannotBeMatchedIsRefused()
    {
        Assert.That(() => Match(["a", "b", "c", "d"]),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("none of the 3"));
        Lines[2] = "2|n07720875|sport car";
        try
        {
            Assert.That(() => Match(["sports car, sport car", "b", "c", "d"]),
                Throws.InstanceOf<NetVizException>().With.Message.Contains("both 'sports car, sport car'"));
        }
        finally
        {
            Lines[2] = "2|n07720875|bell pepper";
        }
    }

    private ClassMatching Match(string[]? labels, int? count = null)
    {
        LabelledSet set = LabelledSet.Open(
            new TinySet().Text("classes.txt", Lines).Picture("n02509815/1.png", 1).WriteFolder(Folder));
        return ClassMatching.Of(set, "model.onnx", labels, count ?? labels!.Length);
    }
}
