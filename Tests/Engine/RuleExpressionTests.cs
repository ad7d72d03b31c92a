using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Rules as people write them, on the command line and in a file.</summary>
public class RuleExpressionTests
{
    private static readonly Network Network = new NetworkBuilder("chain", Passes.Input(1, 8, 8))
        .Then(new Relu("relu1_1"))
        .Then(new Lrn("norm", new LrnParameters(5, 1e-4f, 0.75f, 1f)))
        .Then(new MaxPool("pool1", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
        .Then(new LeakyRelu("leaky", 0.1f))
        .Then(new MaxPool("pool2", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
        .Then(new Relu("relu2_1"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", new float[8], 4, 2, weightIsInByOut: false, default))
        .Then(new Relu("relu3"))
        .Build();

    private static IEnumerable<TestCaseData> Expressions()
    {
        // G, D, U (guided) at relu1_1, norm, leaky, relu2_1, relu3; then s (switches) or e (even) at the two pools.
        yield return Case("guided", "UUUUU ss");
        yield return Case(" DeconvNet ", "DDDDD ss");
        yield return Case("deconvnet,relu2_1=gradient", "DDDGD ss");
        yield return Case("deconvnet, relu?_* = Gradient", "GDDGD ss");
        yield return Case("gradient,type:LRN=deconvnet", "GDGGG ss");
        yield return Case("gradient,type:relu=guided,relu3=gradient", "UGGUG ss");
        yield return Case("gradient,depth:2=guided", "GUGGG ss");
        yield return Case("gradient,depth:2..3=guided", "GUUGG ss");
        yield return Case("gradient,depth:..2=deconvnet", "DDGGG ss");
        yield return Case("gradient,depth:-2..=deconvnet", "GGGDD ss");
        yield return Case("gradient,depth:-1=deconvnet", "GGGGD ss");
        yield return Case("deconvnet,fully-connected=gradient", "DDDDG ss");
        yield return Case("guided,pool2=even", "UUUUU se");
        yield return Case("guided,type:MaxPool=even,depth:1=switches", "UUUUU se");

        // The place that stands last is asked first.
        yield return Case("gradient,relu*=guided,relu3=deconvnet", "UGGUD ss");
        yield return Case("gradient,relu3=deconvnet,relu*=guided", "UGGUU ss");
    }

    [TestCaseSource(nameof(Expressions))]
    public void A_rule_holds_where_it_says(string text, string expected) =>
        Assert.That(Holds(RuleExpression.Parse(text, Network)), Is.EqualTo(expected));

    [TestCase("gradients", "'gradients' is unknown")]
    [TestCase("", "rule '' is unknown")]
    [TestCase("gradient,relu9=guided", "'relu9' is no rectifier or LRN of network 'chain'")]
    [TestCase("gradient,pool1=guided", "'pool1' is no rectifier or LRN of network 'chain'")]
    [TestCase("gradient,relu3=even", "'relu3' is no max-pooling of network 'chain' (it has pool1, pool2)")]
    [TestCase("gradient,type:Conv=guided", "'type:Conv' is no rectifier or LRN")]
    [TestCase("gradient,relu3", "'relu3' is no PLACE=RULE")]
    [TestCase("gradient,=guided", "'=guided' is no PLACE=RULE")]
    [TestCase("gradient,relu3=1", "'1' is unknown")]
    [TestCase("gradient,depth:0=guided", "'depth:0' is no depth")]
    [TestCase("gradient,depth:x=guided", "'depth:x' is no depth")]
    [TestCase("gradient,depth:1..2..3=guided", "'depth:1..2..3' is no depth")]
    [TestCase("gradient,depth:..=guided", "'depth:..' is no depth")]
    [TestCase("gradient,depth:9=guided", "'depth:9' is no rectifier or LRN")]
    public void What_is_wrong_is_named(string text, string problem) =>
        Assert.That(() => RuleExpression.Parse(text, Network), Throws.TypeOf<NetVizException>().With.Message.Contains(problem));

    [Test]
    public void A_rule_is_named_as_it_was_written()
    {
        Assert.That(RuleExpression.Parse("deconvnet, relu3=gradient", Network).Name, Is.EqualTo("deconvnet,relu3=gradient"));
        Assert.That(RuleExpression.Parse("Guided", Network).Name, Is.EqualTo("guided"));
    }

    [Test]
    public void A_file_holds_named_rules()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("rules.txt", 
            "# two mixed methods\n\nhalves: deconvnet, depth:1..2=gradient # the lower half\nflat:guided,pool*=even\n");
        IReadOnlyList<BackwardRule> rules = RuleExpression.ReadFile(path, Network);
        Assert.That(rules.Select(rule => $"{rule.Name} {Holds(rule)}"), Is.EqualTo(new[] { "halves GGDDD ss", "flat UUUUU ee" }));
    }

    [TestCase("halves deconvnet", "line 1: 'halves deconvnet' is no NAME: RULE")]
    [TestCase("a: gradient\nb: x", "line 2: rule 'x' is unknown")]
    [TestCase("a: gradient\nA: guided", "line 2: there is a rule 'A' above")]
    [TestCase("a/b: gradient", "line 1: 'a/b: gradient' is no NAME: RULE")]
    [TestCase("# nothing\n", "holds no rule")]
    public void A_line_that_is_wrong_is_named(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("rules.txt", text);
        Assert.That(() => RuleExpression.ReadFile(path, Network),
            Throws.TypeOf<NetVizException>().With.Message.Contains(problem));
        Assert.That(() => RuleExpression.ReadFile(path + ".none", Network), Throws.TypeOf<NetVizException>());
    }

    private static TestCaseData Case(string text, string expected) => new TestCaseData(text, expected).SetArgDisplayNames(text);

    private static string Holds(BackwardRule rule)
    {
        Layer[] layers = [.. Network.Nodes.Select(node => node.Layer)];
        string rules = string.Concat(layers.Where(BackwardRule.MattersAt).Select(layer => "GDU"[(int)rule.At(layer)]));
        return $"{rules} {string.Concat(layers.OfType<MaxPool>().Select(pool => "se"[(int)rule.UnpoolingAt(pool)]))}";
    }
}
