using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Which rule holds where: the three, composites of them, and what each does at LRN.</summary>
public class BackwardRuleTests
{
    // x = 2 -2 2 -2 through relu, leaky (slope 1/2), relu: bits 1 0 1 0 at each. The seed at the top is 1 1 -1 -1.
    private static readonly Network Chain = new NetworkBuilder("chain", Passes.Input(4))
        .Then(new Relu("r1"))
        .Then(new LeakyRelu("leaky", 0.5f))
        .Then(new Relu("r2"))
        .Build();

    private static IEnumerable<TestCaseData> Composites =>
    [
        Case(BackwardRule.Gradient, "gradient", 1, 0, -1, 0),
        Case(BackwardRule.DeconvNet, "deconvnet", 1, 1, 0, 0),
        Case(BackwardRule.Guided, "guided", 1, 0, 0, 0),

        // by name                                         r2 passes    leaky        r1
        //                                                 1 1 0 0      1 .5 0 0     1 0 0 0
        Case(BackwardRule.Gradient.With("r2", ReluRule.DeconvNet), "gradient+r2=deconvnet", 1, 0, 0, 0),
        Case(BackwardRule.Gradient.With("leaky", ReluRule.DeconvNet), "gradient+leaky=deconvnet", 1, 0, -0.5f, 0),
        Case(BackwardRule.Gradient.With("r1", ReluRule.Guided), "gradient+r1=guided", 1, 0, 0, 0),
        Case(BackwardRule.Gradient.With("no such layer", ReluRule.Guided), "gradient+no such layer=guided", 1, 0, -1, 0),

        // by type                                         1 1 0 0      1 .5 0 0     1 .5 0 0
        Case(BackwardRule.DeconvNet.With<LeakyRelu>(ReluRule.Gradient), "deconvnet+LeakyRelu=gradient", 1, 0.5f, 0, 0),
        Case(BackwardRule.DeconvNet.With<RectifierLayer>(ReluRule.Gradient), "deconvnet+RectifierLayer=gradient", 1, 0, -1, 0),

        // by predicate
        Case(BackwardRule.Gradient.With(layer => layer.Name.StartsWith('r'), ReluRule.DeconvNet, "r*"), "gradient+r*=deconvnet",
            1, 0.5f, 0, 0),

        // the rule added last is asked first
        Case(BackwardRule.Gradient.With<Relu>(ReluRule.DeconvNet).With("r1", ReluRule.Gradient),
            "gradient+Relu=deconvnet+r1=gradient", 1, 0, 0, 0),
        Case(BackwardRule.Gradient.With("r1", ReluRule.Gradient).With<Relu>(ReluRule.DeconvNet),
            "gradient+r1=gradient+Relu=deconvnet", 1, 0.5f, 0, 0),
    ];

    [TestCaseSource(nameof(Composites))]
    public void A_composite_gives_layers_their_rule(BackwardRule rule, string name, float[] expected)
    {
        Assert.That((rule.Name, rule.ToString()), Is.EqualTo((name, name)));
        using PreparedNetwork prepared = Chain.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 4), new double[] { 2, -2, 2, -2 });
        Assert.That(record.Backward(Seed.Signal("r2", new float[] { 1, 1, -1, -1 }), rule).Values(), Is.EqualTo(expected));
    }

    [Test]
    public void A_composite_leaves_the_rule_that_it_was_made_from_as_it_was()
    {
        BackwardRule composite = BackwardRule.Gradient.With("r1", ReluRule.Guided);
        Layer r1 = Chain.Nodes[0].Layer;
        Assert.That((BackwardRule.Gradient.At(r1), composite.At(r1)), Is.EqualTo((ReluRule.Gradient, ReluRule.Guided)));
    }

    [Test]
    public void Rules_have_names()
    {
        Assert.That(BackwardRule.All, Is.EqualTo(new[] { BackwardRule.Gradient, BackwardRule.DeconvNet, BackwardRule.Guided }));
        foreach (BackwardRule rule in BackwardRule.All)
            Assert.That(BackwardRule.Parse(rule.Name.ToUpperInvariant()), Is.SameAs(rule));
        Assert.That(() => BackwardRule.Parse("gradients"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("'gradients' is unknown; there are gradient"));
    }

    /// <summary>Rectifiers that follow a fully connected layer, through layers that keep its vector, are spared.</summary>
    [Test]
    public void Sparing_fully_connected_layers()
    {
        Network network = new NetworkBuilder("vgg", Passes.Input(1, 2, 2))
            .Then(new Conv("conv", new float[] { 1 }, new Shape(1, 1, 1, 1), default, new Window(1, 1)))
            .Then(new Relu("after conv"))
            .Then(Reshape.Flatten("flatten"))
            .Then(new Relu("after flatten"))
            .Then(new FullyConnected("fc1", "Gemm", new float[16], 4, 4, false, default))
            .Then(new Relu("after fc1"))
            .Then(new FullyConnected("fc2", "MatMul", new float[16], 4, 4, false, default))
            .Then(new Affine("bias", "Add", default, default, new float[] { 1 }, new Shape(1)))
            .Then(new Identity("dropout", "Dropout"))
            .Then(new Clip("after fc2", 0, 6))
            .Then(new LeakyRelu("after clip", 0.1f))
            .Then(new FullyConnected("fc3", "Gemm", new float[16], 4, 4, false, default))
            .Build();
        BackwardRule rule = BackwardRule.DeconvNet.SparingFullyConnected(network);
        Assert.That(rule.Name, Is.EqualTo("deconvnet+fully-connected=gradient"));
        Assert.That(network.Nodes.Where(node => rule.At(node.Layer) == ReluRule.Gradient).Select(node => node.Name),
            Is.EqualTo(new[] { "after fc1", "after fc2" }));
    }

    /// <summary>y = x / (1 + x^2) for a window of one channel; dy/dx = (1 - x^2) / (1 + x^2)^2, -3/25 at x = 2.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void LRN_is_differentiated_but_passed_over_by_DeconvNet(Device device)
    {
        Network network = new NetworkBuilder("lrn", Passes.Input(1, 1, 1))
            .Then(new Lrn("norm", new LrnParameters(1, 1f, 1f, 1f))).Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 1), new double[] { 2 });
        Assert.That(record.Scores.Values()[0], Is.EqualTo(0.4f).Within(1e-7f));
        BackwardRule composite = BackwardRule.DeconvNet.With<Lrn>(ReluRule.Gradient);
        foreach (BackwardRule rule in new[] { BackwardRule.Gradient, BackwardRule.Guided, composite })
            Assert.That(record.Backward(Seed.Signal("norm", new float[] { -10 }), rule).Values()[0],
                Is.EqualTo(1.2f).Within(1e-6f), rule.Name);
        Assert.That(record.Backward(Seed.Signal("norm", new float[] { -10 }), BackwardRule.DeconvNet).Values()[0],
            Is.EqualTo(-10));
    }

    /// <summary>The expression that help and remarks name, over an LRN with neighbours, against a difference quotient.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void The_expression_for_LRN_gives_the_derivative_there_and_DeconvNet_at_rectifiers(Device device)
    {
        var x = new double[] { 1.5, -0.5, 2, 0.25, -1, 0.75 };
        float[] seed = [1, -2, 0.5f, 3, -1, 2];
        Network lrn = new NetworkBuilder("lrn", Passes.Input(6, 1, 1))
            .Then(new Lrn("norm", new LrnParameters(3, 2f, 0.75f, 1f))).Build();
        BackwardRule expression = RuleExpression.Parse("deconvnet,type:LRN=gradient", lrn);
        using PreparedNetwork prepared = lrn.On(device), precise = lrn.On(Device.ReferenceDouble);
        using ForwardRecord record = prepared.Forward(new Shape(1, 6, 1, 1), x);
        float[] signal = record.Backward(Seed.Signal("norm", seed), expression).Values();
        double Sum(double[] at)
        {
            using ForwardRecord there = precise.Forward(new Shape(1, 6, 1, 1), at);
            System.Numerics.Tensors.Tensor<double> scores = there.ScoresInDouble;
            return seed.Select((r, i) => r * scores[0, i]).Sum();
        }

        const double h = 1e-5;
        for (int i = 0; i < x.Length; i++)
        {
            double[] above = [.. x], below = [.. x];
            (above[i], below[i]) = (x[i] + h, x[i] - h);
            Assert.That(signal[i], Is.EqualTo((Sum(above) - Sum(below)) / (2 * h)).Within(1e-5), $"element {i}");
        }

        Assert.That(record.Backward(Seed.Signal("norm", seed), BackwardRule.DeconvNet).Values(), Is.EqualTo(seed));

        // A rectifier above it still follows DeconvNet: max(r, 0), whatever its bits.
        Network both = new NetworkBuilder("both", Passes.Input(6, 1, 1))
            .Then(new Lrn("norm", new LrnParameters(3, 2f, 0.75f, 1f))).Then(new Relu("relu")).Build();
        using PreparedNetwork bothPrepared = both.On(device);
        using ForwardRecord bothRecord = bothPrepared.Forward(new Shape(1, 6, 1, 1), x);
        float[] rectified = [.. seed.Select(r => Math.Max(r, 0))];
        Assert.That(bothRecord.Backward(Seed.Signal("relu", seed), RuleExpression.Parse("deconvnet,type:LRN=gradient", both))
            .Values(), Is.EqualTo(record.Backward(Seed.Signal("norm", rectified), BackwardRule.Gradient).Values()).Within(1e-6));
    }

    private static TestCaseData Case(BackwardRule rule, string name, params float[] expected) =>
        new TestCaseData(rule, name, expected).SetArgDisplayNames(name);
}
