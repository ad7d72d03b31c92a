using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;
using NetViz.Tests.Kernels;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>
/// Convolutions computed with their rectifier and max-pooling in one give the bytes of the operations one by one, and are
/// computed so exactly where nobody looks at what lies between.
/// </summary>
public class FusionTests
{
    private static readonly BackwardRule[] Rules =
    [
        .. BackwardRule.All,
        BackwardRule.Gradient.With(layer => layer.Name.Length % 2 == 0, ReluRule.Guided, "even"),
        BackwardRule.DeconvNet.With<LeakyRelu>(ReluRule.Gradient),
        BackwardRule.Gradient.With(layer => layer is MaxPool, Unpooling.Even, "pools"),
    ];

    private static IEnumerable<TestCaseData> BackEnds =>
    [
        new TestCaseData(() => (IKernels)new ReferenceKernels<double>()).SetArgDisplayNames("reference64"),
        new TestCaseData(() => (IKernels)new CpuKernels(2)).SetArgDisplayNames("cpu"),
    ];

    [TestCaseSource(nameof(BackEnds))]
    public void The_exported_networks_have_the_same_bytes(Func<IKernels> create)
    {
        foreach (string name in new[] { "small_vgg", "small_alexnet", "small_branch" })
        {
            using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
            double[] images = Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", $"{name}.input.npy")).Values();
            RequireSame(model.Network, model.InputShape(2), images, create);
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Random_networks_have_the_same_bytes(Func<IKernels> create)
    {
        for (int seed = 1; seed <= 25; seed++)
        {
            (Network network, Shape input) = RandomNetwork.Grow(seed);
            RequireSame(network, input, Numbers.Normal(input.Count, network.Name), create);
        }
    }

    private static IEnumerable<BackEnd> BackEndsThatFuse =>
        [BackEnd.All.Single(backEnd => backEnd.Name == "cpu-1"), .. BackEnd.Winograd];

    /// <summary>An exported network, and one whose planes go through all forms: 28, 14 and 7 on a side.</summary>
    [TestCaseSource(nameof(BackEndsThatFuse))]
    public void What_a_back_end_fuses_itself_has_the_same_bytes(BackEnd backEnd)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", "small_branch.onnx"));
        RequireSame(model.Network, model.InputShape(2),
            Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", "small_branch.input.npy")).Values());

        Network halving = new NetworkBuilder("halving", Passes.Input(3, 28, 28))
            .Then(FusedChain.Conv("conv1", 3, 6)).Then(new Relu("relu1"))
            .Then(FusedChain.Conv("conv2", 6, 5)).Then(new Relu("relu2")).Then(FusedChain.Pool("pool2"))
            .Then(FusedChain.Conv("conv3", 5, 8)).Then(new LeakyRelu("relu3", 0.25f)).Then(FusedChain.Pool("pool3"))
            .Then(FusedChain.Conv("conv4", 8, 7)).Then(new Clip("relu4", 0, 6))
            .Then(Reshape.Flatten("flatten"))
            .Build();
        var input = new Shape(3, 3, 28, 28);
        RequireSame(halving, input, Numbers.Normal(input.Count, "halving"));

        void RequireSame(Network network, Shape shape, double[] images)
        {
            using IKernels kernels = backEnd.Create();
            using PreparedNetwork fusing = network.On(kernels), plain = network.On(new OneByOne(kernels));
            using ForwardRecord found = fusing.Forward(shape, images), expected = plain.Forward(shape, images);
            FusionTests.RequireSame(found.Export(), expected.Export());
            foreach (BackwardRule rule in Rules)
            {
                FusionTests.RequireSame(found, expected, Seed.Class(1), rule, to: null);
                FusionTests.RequireSame(found, expected, Seed.Class(0), rule, network.Nodes[1].Name);
            }
        }
    }

    /// <summary>conv1-relu1-pool1, conv2-relu2, conv3-relu3-pool3.</summary>
    [Test]
    public void A_plain_chain_is_fused_whole()
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        Assert.That(chain.Kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls { FusedUp = 3, PooledUp = 2 }));
        foreach (BackwardRule rule in BackwardRule.All)
        {
            record.Backward(Seed.Class(0), rule);
            Assert.That(chain.Kernels.TakeCalls(),
                Is.EqualTo(new FusingKernels.Calls { FusedDown = 3, PooledDown = 2, SignalImages = 2 }));
        }

        using var without = new FusedChain(fusesPools: false);
        using ForwardRecord plain = without.Forward();
        plain.Backward(Seed.Class(0), BackwardRule.Guided);
        Assert.That(without.Kernels.TakeCalls(),
            Is.EqualTo(new FusingKernels.Calls { FusedUp = 3, FusedDown = 3, SignalImages = 2 }));
    }

    [TestCase("conv1", 2, 1, 1)]
    [TestCase("relu1", 3, 1, 0)]
    [TestCase("pool1", 3, 2, 0)]
    [TestCase("conv2", 2, 2, 1)]
    [TestCase("relu3", 3, 1, 0)]
    public void What_is_kept_is_written(string layer, int fused, int pooled, int plain)
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward(layer);
        using ForwardRecord all = chain.Forward([.. FusedChain.Network.Nodes.Select(node => node.Name)]);
        Assert.That(record.Activation(layer).Values(), Is.EqualTo(all.Activation(layer).Values()));
        chain.Kernels.TakeCalls();
        chain.Forward(layer).Dispose();
        Assert.That(chain.Kernels.TakeCalls(),
            Is.EqualTo(new FusingKernels.Calls { ConvUp = plain, FusedUp = fused, PooledUp = pooled }));
    }

    [TestCase("conv3", null, 2, 1, 1)]
    [TestCase("relu3", null, 3, 1, 0)]
    [TestCase("pool3", null, 3, 2, 0)]
    [TestCase("fc", "relu1", 2, 1, 0)]
    [TestCase("fc", "conv2", 1, 1, 0)]
    [TestCase("relu2", "pool1", 1, 0, 0)]
    [TestCase("conv2", "relu1", 0, 0, 1)]
    public void Seeds_and_targets_inside_are_reached(string from, string? to, int fused, int pooled, int plain)
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Layer(from), BackwardRule.Gradient, to);
        FusingKernels.Calls calls = chain.Kernels.TakeCalls();
        Assert.That((calls.FusedDown, calls.PooledDown, calls.ConvDown), Is.EqualTo((fused, pooled, plain)));
    }

    [Test]
    public void A_signal_that_is_spread_evenly_is_not_fused()
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Class(0), BackwardRule.Gradient.With(layer => layer.Name == "pool1", Unpooling.Even));
        FusingKernels.Calls calls = chain.Kernels.TakeCalls();
        Assert.That((calls.FusedDown, calls.PooledDown, calls.ConvDown), Is.EqualTo((3, 1, 0)));
    }

    [Test]
    public void Layers_that_somebody_is_told_of_run_by_themselves()
    {
        using var chain = new FusedChain();
        var told = new List<string>();
        chain.Prepared.LayerRan = (node, _, _) => told.Add(node.Name);
        chain.Prepared.LayerIsTold = (node, _) => node.Name == "relu2";
        using ForwardRecord record = chain.Forward();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(told, Is.EqualTo(new[] { "relu2", "relu2" }));
        Assert.That(chain.Kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls
        {
            ConvUp = 1, FusedUp = 2, PooledUp = 2, ConvDown = 1, FusedDown = 2, PooledDown = 2, SignalImages = 2,
        }));

        chain.Prepared.LayerIsTold = null;
        told.Clear();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(told, Is.EqualTo(FusedChain.Network.Nodes.Select(node => node.Name).Reverse()));
        chain.Prepared.LayerRan = null;
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(chain.Kernels.TakeCalls().FusedDown, Is.EqualTo(3), "fused again once nobody is told");
    }

    /// <summary>A tensor that two layers read is written; so are the scores, whoever reads them.</summary>
    [Test]
    public void What_two_layers_read_is_not_left_out()
    {
        Network network = new NetworkBuilder("read twice", Passes.Input(2, 4, 4))
            .Then(FusedChain.Conv("conv1", 2, 2))
            .Add(new Relu("relu1"), ["conv1"], "relu1")
            .Add(new Sum("sum", "Add"), ["relu1", "conv1"], "sum")
            .Then(FusedChain.Conv("conv2", 2, 2))
            .Then(new Relu("relu2"))
            .Build();
        using var kernels = new FusingKernels(new ReferenceKernels<double>());
        using PreparedNetwork prepared = network.On(kernels);
        using ForwardRecord record = prepared.Forward(new Shape(1, 2, 4, 4), Numbers.Normal(32, "x"));
        Assert.That((kernels.Made.ConvUp, kernels.Made.FusedUp), Is.EqualTo((1, 1)));
        record.Backward(Seed.Layer("conv2"), BackwardRule.Gradient);
        Assert.That((kernels.Made.ConvDown, kernels.Made.FusedDown), Is.EqualTo((2, 0)));
    }

    /// <summary>What lies between has no memory: here the two largest tensors of the network.</summary>
    [Test]
    public void The_plan_has_no_memory_for_what_is_not_written()
    {
        using var chain = new FusedChain();
        using PreparedNetwork plain = FusedChain.Network.On(Device.Reference);
        long Bytes(int c, int side) => 2L * c * side * side * sizeof(float);
        Assert.That(chain.Prepared.PlanForward(FusedChain.Input).Slots, Is.EqualTo(new[] { Bytes(2, 8), Bytes(6, 4) }),
            "conv1 has 6 channels of 8x8, of which only the pooled 4x4 are written");
        Assert.That(plain.PlanForward(FusedChain.Input).Slots.Max(), Is.EqualTo(Bytes(6, 8)));
    }

    /// <summary>All that can be seen from outside is the same, in every direction in which one may fuse or not.</summary>
    private static void RequireSame(Network network, Shape input, double[] images, Func<IKernels> create)
    {
        using IKernels kernels = create();
        using var fusing = new FusingKernels(kernels);
        using PreparedNetwork plain = network.On(kernels);
        using ForwardRecord expected = plain.Forward(input, images);
        PortableRecord portable = expected.Export();
        string[] names = [.. network.Nodes.Select(node => node.Name)];
        var random = new Random(names.Length);
        foreach ((bool up, bool down) in new[] { (true, true), (true, false), (false, true) })
        {
            (fusing.FusesUp, fusing.FusesDown) = (up, down);
            using PreparedNetwork prepared = network.On(fusing);
            using ForwardRecord found = prepared.Forward(input, images), imported = prepared.Import(portable);
            RequireSame(found.Export(), portable);
            string kept = names[random.Next(names.Length)];
            using ForwardRecord keeping = prepared.Forward(input, images, kept), all = plain.Forward(input, images, kept);
            Numbers.RequireSame(keeping.ActivationInDouble(kept).Values(), all.ActivationInDouble(kept).Values(), kept);
            RequireSame(keeping.Export(), portable);
            foreach (BackwardRule rule in Rules)
            {
                RequireSame(found, expected, Seed.Class(1), rule, to: null);
                RequireSame(imported, expected, Seed.Class(0), rule, to: null);
                for (int k = 0; k < 4; k++)
                {
                    (string from, string to) = (names[random.Next(names.Length)], names[random.Next(names.Length)]);
                    RequireSame(found, expected, Seed.Layer(from), rule, to);
                }

                RequireSameDescent(found, expected, rule);
            }

            Node node = network.Nodes[random.Next(names.Length)];
            double[] signal = Numbers.Normal(expected.ShapeOf(node.Name).Count, node.Name);
            foreach ((double[] a, double[] b) in LayerAlone.Backward(found, node, BackwardRule.Guided, signal)
                .Zip(LayerAlone.Backward(expected, node, BackwardRule.Guided, signal)))
                Numbers.RequireSame(a, b, $"{node.Name} alone");
        }
    }

    private static void RequireSame(ForwardRecord found, ForwardRecord expected, Seed seed, BackwardRule rule, string? to)
    {
        double[]? Try(ForwardRecord record)
        {
            try
            {
                return record.BackwardInDouble(seed, rule, to).Values();
            }
            catch (NetVizException)
            {
                return null; // the one does not depend on the other
            }
        }

        double[]? signal = Try(expected), same = Try(found);
        Assert.That(same is null, Is.EqualTo(signal is null));
        if (signal is not null) Numbers.RequireSame(same!, signal, $"{rule} to {to}");
    }

    private static void RequireSameDescent(ForwardRecord found, ForwardRecord expected, BackwardRule rule)
    {
        List<(string, double[])>? Walk(ForwardRecord record)
        {
            var seen = new List<(string, double[])>();
            try
            {
                record.DescendInDouble(Seed.Class(0), rule, (name, signal) => seen.Add((name, signal.Values())));
                return seen;
            }
            catch (NetVizException)
            {
                return null; // nothing leads from the scores to the input
            }
        }

        List<(string Name, double[] Signal)>? a = Walk(found), b = Walk(expected);
        Assert.That(a?.Select(step => step.Name), Is.EqualTo(b?.Select(step => step.Name)));
        for (int k = 0; k < (a?.Count ?? 0); k++) Numbers.RequireSame(a![k].Signal, b![k].Signal, a[k].Name);
    }

    private static void RequireSame(PortableRecord found, PortableRecord expected)
    {
        Assert.That((found.InputSha256, found.ModelSha256), Is.EqualTo((expected.InputSha256, expected.ModelSha256)));
        Numbers.RequireSame(found.Scores, expected.Scores, "scores");
        foreach ((PortableLayer a, PortableLayer b) in found.Layers.Zip(expected.Layers))
        {
            Assert.That(a.Bits.AsSpan().SequenceEqual(b.Bits), $"bits of {b.Layer}");
            Assert.That(a.Switches.AsSpan().SequenceEqual(b.Switches), $"switches of {b.Layer}");
            Numbers.RequireSame(a.Input, b.Input, $"input of {b.Layer}");
            Numbers.RequireSame(a.Output, b.Output, $"output of {b.Layer}");
        }
    }

    /// <summary>A back-end that fuses nothing, whatever the other one can.</summary>
    private sealed class OneByOne(IKernels inner) : DelegatingKernels(inner);
}
