using NetViz.Engine;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class ClassMatchingTests : InTemporaryFolder
{
    private static readonly string[] Lines =
        ["0|n02509815|lesser panda, red panda, panda", "1|n04285008|sports car, sport car", "2|n07720875|bell pepper"];

    [TestCase("lesser panda;sports car;bell pepper", "0 1 2", true, Description = "the set's short names")]
    [TestCase("LESSER_PANDA;Sports-Car;bell-pepper", "0 1 2", true, Description = "hyphens, underscores and case")]
    [TestCase("a;sports car;bell_pepper", "-1 1 2", false, Description = "as many, one of another name")]
    [TestCase("bell-pepper;red  panda;Sport_Car", "1 2 0", false, Description = "another order, hyphens")]
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
        Assert.That(Match(null, 3).Warnings.Single(), Does.Contain("by position").And.Contain("'sports car' is 1"));
        Assert.That(() => Match(null, 4), Throws.InstanceOf<NetVizException>().With.Message.Contains("`Labels`"));
    }

    [Test]
    public void ListsWithoutACommonNameAreMatchedByPositionOnlyWhereThatIsSaid()
    {
        string[] others = ["x", "y", "z"];
        Assert.That(() => Match(others), Throws.InstanceOf<NetVizException>().With.Message.Contains("none of the 3")
            .And.Message.Contains("lesser panda").And.Message.Contains("x, y, z")
            .And.Message.Contains("`MatchByPosition`"));
        ClassMatching matching = Match(others, byPosition: true);
        Assert.That((matching.By, matching.ScoreOf(2)), Is.EqualTo((MatchedBy.Position, 2)));
        Assert.That(matching.Warnings.Single(), Does.Contain("by position").And.Contain("'lesser panda' is 0 'x'"));
        Assert.That(() => Match(["x", "y"], byPosition: true),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("3 classes").And.Message.Contains("has 2"));
    }

    [Test]
    public void TwoClassesThatChangedPlacesAreNotMatchedByPosition()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"kind {(char)('a' + i)}")];
        LabelledSet set = SetOf(names);
        string[] labels = [.. set.ClassNames];
        (labels[7], labels[8]) = (labels[8], labels[7]);
        ClassMatching matching = ClassMatching.Of(set, "model.onnx", labels, labels.Length);
        Assert.That((matching.By, matching.ScoreOf(7), matching.ScoreOf(8)), Is.EqualTo((MatchedBy.Name, 8, 7)));
        labels = [.. set.ClassNames];
        labels[7] = "another spelling";
        matching = ClassMatching.Of(set, "model.onnx", labels, labels.Length);
        Assert.That((matching.By, matching.ScoreOf(7)), Is.EqualTo((MatchedBy.Position, 7)));
        Assert.That(matching.Warnings.Single(), Does.Contain("29 of 30")
            .And.Contain($"'{set.ClassNames[7]}' is 7 'another spelling'"));
    }

    [Test]
    public void NamesThatDifferInCaseAloneAreTwoClasses()
    {
        LabelledSet set = SetOf("A", "b");
        ClassMatching matching = ClassMatching.Of(set, "model.onnx", ["a", "b", "A"], 3);
        Assert.That((matching.ScoreOf(0), matching.ScoreOf(1)), Is.EqualTo((2, 1)));
    }

    [Test]
    public void AnAmbiguityIsNamed()
    {
        ClassMatching matching = ClassMatching.Of(SetOf("crane", "dog"), "model.onnx",
            ["crane, bird", "cat", "crane, machine", "dog"], 4);
        Assert.That((matching.ScoreOf(0), matching.ScoreOf(1)), Is.EqualTo((-1, 3)));
        Assert.That(matching.Warnings.Single(), Does.Contain("crane may be 0 'crane, bird' or 2 'crane, machine'"));
    }

    [Test]
    public void FoldersCalledByNumbersAreScoresByNumber()
    {
        string[] folders = [.. Enumerable.Range(0, 12).Select(i => $"{i}")];
        LabelledSet set = SetOf(folders);
        Assert.That(set.ClassNames[2], Is.EqualTo("10"), "folders come by name");
        foreach (string[]? labels in (string[]?[])[null, [.. folders.Select(f => $"kind {f}")]])
        {
            ClassMatching matching = ClassMatching.Of(set, "model.onnx", labels, 12);
            Assert.That(matching.By, Is.EqualTo(MatchedBy.Number));
            Assert.That(Enumerable.Range(0, 12).Select(matching.ScoreOf),
                Is.EqualTo(set.ClassNames.Select(name => int.Parse(name, System.Globalization.CultureInfo.InvariantCulture))));
            Assert.That(matching.Warnings.Single(), Does.Contain("10 is 10"));
        }
    }

    [Test]
    public void WordNetNumbersAloneAreNoNames()
    {
        ClassMatching matching = ClassMatching.Of(SetOf("n02509815", "n04285008"), "model.onnx", ["x", "y"], 2);
        Assert.That(matching.By, Is.EqualTo(MatchedBy.Position));
        Assert.That(matching.Warnings.Single(), Does.Contain("WordNet").And.Contain("'n04285008' is 1 'y'"));
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

    private LabelledSet SetOf(params string[] folders)
    {
        var set = new TinySet();
        foreach (string folder in folders) set.Picture($"{folder}/1.png", 1);
        return LabelledSet.Open(set.WriteFolder(Folder, "folders"));
    }

    private ClassMatching Match(string[]? labels, int? count = null, bool byPosition = false)
    {
        LabelledSet set = LabelledSet.Open(
            new TinySet().Text("classes.txt", Lines).Picture("n02509815/1.png", 1).WriteFolder(Folder));
        return ClassMatching.Of(set, "model.onnx", labels, count ?? labels!.Length, byPosition);
    }
}
