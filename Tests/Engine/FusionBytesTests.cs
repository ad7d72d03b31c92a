using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>
/// Convolutions computed with their rectifier and max-pooling in one give the bytes of the operations one by one, whatever is
/// looked at from outside.
/// </summary>
public class FusionBytesTests
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
        new TestCaseData(() => (IKernels)new ReferenceKernels<double>(), false).SetArgDisplayNames("reference64"),
        new TestCaseData(() => (IKernels)new CpuKernels(2), true).SetArgDisplayNames("cpu"),
    ];

    [TestCaseSource(nameof(BackEnds))]
    public void The_exported_networks_have_the_same_bytes(Func<IKernels> create, bool isFast)
    {
        foreach (string name in new[] { "small_vgg", "small_alexnet", "small_branch" })
        {
            // The definition's loops take long, and this one has all that is fused in the others.
            if (name != "small_branch" && !isFast) continue;
            using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
            double[] images = Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", $"{name}.input.npy")).Values();
            RequireSame(model.Network, model.InputShape(2), images, create);
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Random_networks_have_the_same_bytes(Func<IKernels> create, bool isFast)
    {
        for (int seed = 1; seed <= (isFast ? 25 : 15); seed++)
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
            FusionBytesTests.RequireSame(found.Export(), expected.Export());
            foreach (BackwardRule rule in Rules)
            {
                FusionBytesTests.RequireSame(found, expected, Seed.Class(1), rule, to: null);
                FusionBytesTests.RequireSame(found, expected, Seed.Class(0), rule, network.Nodes[1].Name);
            }
        }
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
            foreach ((double[] a, double[] b) in SingleLayer.Backward(found, node, BackwardRule.Guided, signal)
                .Zip(SingleLayer.Backward(expected, node, BackwardRule.Guided, signal)))
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
