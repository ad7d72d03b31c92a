using NetViz.Analysis.RuleComparisons;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>The difference of two rules as a sum over layers.</summary>
public class RuleDifferenceTests
{
    // x = 2 -2 2 -2 through relu, leaky (slope 1/2), relu: bits 1 0 1 0 at each. The seed at the top is 1 1 -1 -1.
    //        r2           leaky         r1                           r2           leaky         r1
    // H_1    1 1  0 0     1  1  0 0     1 1  0 0   = D     all G     1 0 -1 0     1  0 -1 0     1 0 -1 0   = G
    // H_2    1 1  0 0     1  1  0 0     1 0  0 0           r1 D      1 0 -1 0     1  0 -1 0     1 0  0 0
    // H_3    1 1  0 0     1 .5  0 0     1 0  0 0           leaky too 1 0 -1 0     1  0 -.5 0    1 0  0 0
    private static readonly Network Chain = new NetworkBuilder("chain", Passes.Input(4))
        .Then(new Relu("r1"))
        .Then(new LeakyRelu("leaky", 0.5f))
        .Then(new Relu("r2"))
        .Build();

    private static readonly Seed ChainSeed = Seed.Signal("r2", new float[] { 1, 1, -1, -1 });

    private readonly ReachedErrors _reached = new();

    [OneTimeTearDown]
    public void Tell() => _reached.Tell();

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void By_hand(Device device)
    {
        using PreparedNetwork prepared = Chain.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 4), new double[] { 2, -2, 2, -2 });
        RuleDifference above =
            RuleDifference.Of(record, ChainSeed, BackwardRule.Gradient, BackwardRule.DeconvNet);
        Assert.That(above.FirstSignal, Is.EqualTo(new double[] { 1, 0, -1, 0 }));
        Assert.That(above.SecondSignal, Is.EqualTo(new double[] { 1, 1, 0, 0 }));
        Assert.That(above.Difference, Is.EqualTo(new double[] { 0, 1, 1, 0 }));
        RequireTerms(above, ("r1", [0, 1, 0, 0], 0.5), ("leaky", [0, 0, 0, 0], 0), ("r2", [0, 0, 1, 0], 0.5));
        Assert.That((above.Error, above.RelativeError, above.ErrorByItself), Is.EqualTo((0.0, 0.0, (double?)0)));
        Assert.That((above.Terms[0].L1, above.Terms[0].L2, above.Norm), Is.EqualTo((1.0, 1.0, Math.Sqrt(2))));

        // Another order, other terms of the same sum; DeconvNet below a layer is not linear.
        RuleDifference below = RuleDifference.Of(record, ChainSeed, BackwardRule.Gradient,
            BackwardRule.DeconvNet, TelescopeOrder.Below);
        RequireTerms(below, ("r1", [0, 0, 1, 0], 0.5), ("leaky", [0, 0, 0, 0], 0), ("r2", [0, 1, 0, 0], 0.5));
        Assert.That((below.Error, below.ErrorByItself), Is.EqualTo((0.0, (double?)null)));
    }

    [Test]
    public void Only_layers_at_which_the_rules_differ_have_a_term()
    {
        using PreparedNetwork prepared = Chain.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 4), new double[] { 2, -2, 2, -2 });
        string[] Of(string first, string second) => [.. RuleDifference.Of(record, ChainSeed,
            RuleExpression.Parse(first, Chain), RuleExpression.Parse(second, Chain)).Terms.Select(term => term.Node.Name)];
        Assert.That(Of("gradient", "gradient,leaky=guided"), Is.EqualTo(new[] { "leaky" }));
        Assert.That(Of("guided", "deconvnet,r2=guided"), Is.EqualTo(new[] { "r1", "leaky" }));
        Assert.That(Of("guided", "guided"), Is.Empty);
        RuleDifference none =
            RuleDifference.Of(record, ChainSeed, BackwardRule.Guided, BackwardRule.Guided);
        Assert.That((none.Norm, none.RelativeError), Is.EqualTo((0.0, 0.0)));
    }

    /// <summary>Each H_k again, written as a rule by depth: gradient,depth:k..=deconvnet.</summary>
    [TestCase("small_vgg", "deconvnet")]
    [TestCase("small_branch", "deconvnet")]
    [TestCase("small_alexnet", "deconvnet")]
    [TestCase("small_branch", "guided")]
    public void Terms_are_differences_of_rules_by_depth(string name, string second)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        Network network = model.Network;
        using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
        using ForwardRecord record = prepared.Forward(model.InputShape(1), Numbers.Normal(model.InputShape(1).Count, name));
        RuleDifference found =
            RuleDifference.Of(record, Seed.Class(1), BackwardRule.Gradient, BackwardRule.Parse(second));
        Node[] matter = [.. network.Nodes.Where(node => BackwardRule.MattersAt(node.Layer))];
        Assert.That(found.Terms.Select(term => term.Node), Is.EqualTo(matter));
        double[] H(int k) => record.BackwardInDouble(Seed.Class(1), k > matter.Length
            ? BackwardRule.Gradient : RuleExpression.Parse($"gradient,depth:{k}..={second}", network)).Values();
        for (int k = 1; k <= matter.Length; k++)
        {
            double[] expected = [.. H(k).Zip(H(k + 1), (a, b) => a - b)];
            Numbers.RequireSame(found.Terms[k - 1].Values, expected, matter[k - 1].Name);
        }

        Assert.That(found.RelativeError, Is.LessThan(1e-15));
        Assert.That(found.RelativeErrorByItself, Is.LessThan(1e-13));
        Assert.That(found.Terms.Sum(term => term.Share), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Guided_differentiates_LRN_as_the_gradient_does()
    {
        Network network = SmallNetworks.EveryLayer();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "lrn"));
        string[] Of(string first, string second) => [.. RuleDifference.Of(record, Seed.Class(0),
            RuleExpression.Parse(first, network), RuleExpression.Parse(second, network)).Terms.Select(term => term.Node.Name)];
        Assert.That(Of("gradient", "guided"), Is.EqualTo(new[] { "relu1", "leaky", "clip" }));
        Assert.That(Of("gradient", "deconvnet"), Is.EqualTo(new[] { "relu1", "norm", "leaky", "clip" }));
        Assert.That(Of("gradient", "gradient,type:MaxPool=even"), Is.EqualTo(new[] { "pool" }));
    }

    [Test]
    public void Any_two_rules_telescope_on_random_networks([Range(1, 20)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        double[] images = Numbers.Normal(input.Count, network.Name);
        foreach (Device device in new[] { Device.ReferenceDouble, Device.Cpu(2) })
        {
            using PreparedNetwork prepared = network.On(device);
            using ForwardRecord record = prepared.Forward(input, images);
            foreach (BackwardRule first in BackwardRule.All)
            foreach (BackwardRule second in BackwardRule.All)
            foreach (TelescopeOrder order in Enum.GetValues<TelescopeOrder>())
            {
                RuleDifference found = RuleDifference.Of(record, Seed.Class(2), first, second, order);
                Assert.That(found.Error, Is.LessThanOrEqualTo(1e-14 * Size(found)), $"{first} {second} {order}");
                if (found.ErrorByItself is not { } error) continue;
                double bound = device == Device.ReferenceDouble ? 1e-13 : 1e-5;
                Assert.That(error, Is.LessThanOrEqualTo(bound * Size(found)), $"one by one, {first} {second} {order}");
            }
        }
    }

    [Test]
    public void On_the_default_model_to_float_accuracy()
    {
        using RealImage orange = RealImage.Orange(Device.Cpu());
        Require(orange, "default model", BackwardRule.DeconvNet);
        Require(orange, "default model", BackwardRule.Guided);
    }

    /// <summary>The upper twelve of its 26 rectifiers, where the terms are largest; each pass takes time.</summary>
    [Test]
    public void On_SqueezeNet_to_float_accuracy()
    {
        using RealImage chelsea = RealImage.Chelsea(Device.Cpu());
        Require(chelsea, "SqueezeNet", RuleExpression.Parse("gradient,depth:15..=deconvnet", chelsea.Network));
    }

    private void Require(RealImage image, string network, BackwardRule second)
    {
        RuleDifference found = RuleDifference.Of(image.Record, image.Seed, BackwardRule.Gradient, second);
        Assert.That(found.Norm, Is.GreaterThan(0));
        _reached.Add($"{network}, {second}: telescoped", found.RelativeError, "of the difference");
        Assert.That(found.RelativeError, Is.LessThan(1e-6));
        double oneByOne = found.ErrorByItself!.Value / Size(found);
        _reached.Add($"{network}, {second}: one by one", oneByOne,
            $"of the terms, {found.RelativeErrorByItself:g2} of the difference");
        Assert.That(oneByOne, Is.LessThan(1e-5));
    }

    /// <summary>The size of what is added up: terms can be far larger than their sum.</summary>
    private static double Size(RuleDifference difference) => difference.Terms.Sum(term => term.L2);

    private static void RequireTerms(RuleDifference found, params (string Layer, double[] Values, double Share)[] expected)
    {
        Assert.That(found.Terms.Select(term => term.Node.Name), Is.EqualTo(expected.Select(term => term.Layer)));
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.That(found.Terms[k].Values, Is.EqualTo(expected[k].Values), expected[k].Layer);
            Assert.That(found.Terms[k].Share, Is.EqualTo(expected[k].Share).Within(1e-15), expected[k].Layer);
        }
    }
}
