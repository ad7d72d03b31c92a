using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>S_c = &lt;w, I_0> + sum over layers of &lt;dS_c/db, b>: both sides, and when they part.</summary>
public class TaylorLedgerTests
{
    private readonly ReachedErrors _reached = new();

    [OneTimeTearDown]
    public void Tell() => _reached.Tell();

    /// <summary>
    /// S_0 = 10: the pool's signals 1 2 -1 3 go to 5, to a dead element, to 1 and to 2; b = -1 at the second channel gets
    /// (-1 + 3) (-1) = -2, so the image has 12. S_1 = -10: (1 - 1) (-1) = 0, fc's own bias 1, so the image has -11.
    /// </summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void The_network_by_hand(Device device)
    {
        Network network = HandSizedNetwork.Network;
        Assert.That(TaylorLedger.Keeps(network), Is.EqualTo(new[] { "x" }));
        using PreparedNetwork prepared = network.On(device);
        double[] x = [1, 2, 0, 0, 1, 3, 2, 1, 1];
        using ForwardRecord record = prepared.Forward(new Shape(2, 1, 3, 3), [.. x, .. x], "x");
        IReadOnlyList<TaylorLedger> ledgers = TaylorLedger.Of(record, [0, 1]);
        RequireLedger(ledgers[0], 10, 12, ("conv", "bias", -2), ("fc", "bias", 0));
        RequireLedger(ledgers[1], -10, -11, ("conv", "bias", 0), ("fc", "bias", 1));
        Assert.That((ledgers[1].Image, ledgers[1].Class, ledgers[1].Curved.Count), Is.EqualTo((1, 1, 0)));
    }

    /// <summary>
    /// x = 3 10, padded 2 3 10, doubled and 1 added 5 7 21, clipped to 6: 5 6 6, summed and 4 added: 21. Only the first element
    /// is not flat, and it comes of the padding: 2 (2) of it, 1 of the shift, 6 + 6 of the bound, 4 of fc, nothing of x.
    /// </summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Every_kind_of_constant_by_hand(Device device)
    {
        Network network = new NetworkBuilder("constants", Passes.Input(1, 1, 2))
            .Then(new Pad("pad", [0, 0, 0, 1], [0, 0, 0, 0], 2))
            .Then(new Affine("affine", "Mul", new float[] { 2 }, new Shape(1), new float[] { 1 }, new Shape(1, 1, 1)))
            .Then(new Clip("clip", 0, 6))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", new float[] { 1, 1, 1 }, 3, 1, false, new float[] { 4 }))
            .Build();
        Assert.That(TaylorLedger.Keeps(network), Is.EqualTo(new[] { "x", "clip" }));
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 2), new double[] { 3, 10 }, TaylorLedger.Keeps(network));
        RequireLedger(TaylorLedger.Of(record, [0])[0], 21, 0, ("pad", "padding", 4), ("affine", "shift", 1),
            ("clip", "bounds", 12), ("fc", "bias", 4));
    }

    /// <summary>A shift of the shape [2, 1] along channels, and one along columns.</summary>
    [TestCase(2, 1, new float[] { 1, 10 }, 2 * 1 + 2 * 10)]
    [TestCase(1, 2, new float[] { 1, 10 }, 2 * 1 + 2 * 10)]
    [TestCase(2, 2, new float[] { 1, 10, 100, 1000 }, 1111)]
    [TestCase(1, 1, new float[] { 7 }, 28)]
    public void Shifts_broadcast(int rows, int columns, float[] shift, double expected)
    {
        Network network = new NetworkBuilder("shift", Passes.Input(2, 2))
            .Then(new Affine("affine", "Add", default, default, shift, new Shape(rows, columns)))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "MatMul", new float[] { 1, 1, 1, 1 }, 4, 1, false, default))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 2, 2), new double[] { 1, 2, 3, 4 }, "x");
        RequireLedger(TaylorLedger.Of(record, [0])[0], 10 + expected, 10, ("affine", "shift", expected));
    }

    /// <summary>Wherever nothing is curved, in double to rounding; and curved networks show a gap that is none.</summary>
    [Test]
    public void Random_networks_hold_where_they_are_piecewise_linear()
    {
        int flat = 0, curved = 0;
        for (int seed = 1; seed <= 40; seed++)
        {
            (Network network, Shape input) = RandomNetwork.Grow(seed);
            double[] images = Numbers.Normal(input.Count, network.Name);
            using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
            using ForwardRecord record = prepared.Forward(input, images, TaylorLedger.Keeps(network));
            int[] classes = [.. Enumerable.Range(0, input.N)];
            foreach (TaylorLedger ledger in TaylorLedger.Of(record, classes))
            {
                if (ledger.Curved.Count > 0)
                {
                    curved += ledger.GapToTerms > 1e-6 ? 1 : 0;
                    continue;
                }
                flat++;
                _reached.Add("random networks, reference64", ledger.GapToTerms, network.Name);
                Assert.That(ledger.GapToTerms, Is.LessThan(1e-13), $"{network.Name}, image {ledger.Image}");
            }
        }

        Assert.That(new[] { flat, curved }, Has.All.GreaterThan(10));
    }

    [TestCase("small_vgg", true)]
    [TestCase("small_branch", true)]
    [TestCase("small_alexnet", false)]
    public void Fixtures_hold_in_double_and_LRN_is_named(string name, bool holds)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        using ForwardRecord record = prepared.Forward(model.InputShape(2), Numbers.Normal(model.InputShape(2).Count, name),
            TaylorLedger.Keeps(model.Network));
        foreach (TaylorLedger ledger in TaylorLedger.Of(record, [3, 1]))
        {
            Assert.That(ledger.Curved.Count == 0, Is.EqualTo(holds));
            if (holds) Assert.That(ledger.GapToTerms, Is.LessThan(1e-13));
            else Assert.That(ledger.GapToTerms, Is.GreaterThan(1e-4));
        }
    }

    [Test]
    public void On_the_default_model()
    {
        using (var orange = RealImage.Orange(Device.Cpu()))
        {
            TaylorLedger ledger = TaylorLedger.Of(orange.Record, [orange.Class])[0];
            _reached.Add("default model, cpu", ledger.GapToScore, "of the score");
            Assert.That(ledger.GapToScore, Is.LessThan(1e-5));
            Assert.That(ledger.Terms, Has.Count.EqualTo(10));
        }

        using (var orange = RealImage.Orange(Device.ReferenceDouble))
        {
            TaylorLedger ledger = TaylorLedger.Of(orange.Record, [orange.Class])[0];
            _reached.Add("default model, reference64", ledger.GapToScore, "of the score");
            Assert.That(ledger.GapToScore, Is.LessThan(1e-12));
        }
    }

    [Test]
    public void On_SqueezeNet()
    {
        using RealImage chelsea = RealImage.Chelsea(Device.Cpu());
        TaylorLedger ledger = TaylorLedger.Of(chelsea.Record, [chelsea.Class])[0];
        _reached.Add("SqueezeNet, cpu", ledger.GapToScore, "of the score");
        Assert.That(ledger.GapToScore, Is.LessThan(1e-5));
    }

    /// <summary>A bias that is not the one that the forward pass added: the gap is dS/db times the difference.</summary>
    [Test]
    public void A_wrong_bias_makes_the_gap_show()
    {
        float[] bias = [0.5f];
        Network network = new NetworkBuilder("planted", Passes.Input(1, 2, 2))
            .Then(new Conv("conv", new float[] { 2 }, new Shape(1, 1, 1, 1), bias, new Window(1, 1)))
            .Then(new Relu("relu"))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", new float[] { 1, 2, 3, 4 }, 4, 1, false, default))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 2, 2), new double[] { 1, -1, 1, 1 }, "x");
        Assert.That(TaylorLedger.Of(record, [0])[0].Gap, Is.Zero);
        bias[0] = 0.75f;
        Assert.That(TaylorLedger.Of(record, [0])[0].Gap, Is.EqualTo(-(1 + 3 + 4) * 0.25));
    }

    [Test]
    public void Activations_that_were_not_kept_are_asked_for()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), new double[9]);
        Assert.That(() => TaylorLedger.Of(record, [0]), Throws.TypeOf<NetVizException>().With.Message.Contains("not kept"));
    }

    [Test]
    public void A_layer_of_the_inputs_name_is_refused()
    {
        Network network = new NetworkBuilder("names", Passes.Input(1)).Add(new Relu("x"), ["x"], "y").Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1), new double[] { 1 }, TaylorLedger.Keeps(network));
        Assert.That(() => TaylorLedger.Of(record, [0]), Throws.TypeOf<NetVizException>().With.Message.Contains("input's name"));
    }

    private static void RequireLedger(TaylorLedger ledger, double score, double imageTerm,
        params (string Layer, string Constant, double Value)[] terms)
    {
        Assert.That(ledger.Terms.Select(term => (term.Layer, term.Constant, term.Value)), Is.EqualTo(terms));
        Assert.That((ledger.Score, ledger.ImageTerm, ledger.Sum, ledger.Gap), Is.EqualTo((score, imageTerm, score, 0.0)));
        Assert.That((ledger.GapToScore, ledger.GapToTerms), Is.EqualTo((0.0, 0.0)));
    }
}
