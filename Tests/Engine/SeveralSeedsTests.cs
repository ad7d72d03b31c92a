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

/// <summary>Signals of several seeds sent down together are those of the seeds one by one, in the seeds' order.</summary>
public class SeveralSeedsTests
{
    [TestCase("small_vgg")]
    [TestCase("small_alexnet")]
    [TestCase("small_branch")]
    public void Exported_networks(string name)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        double[] images = Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", $"{name}.input.npy")).Values();
        using var definition = new FusingKernels(new ReferenceKernels<double>()) { Repeats = true };
        using var cpu = new FusingKernels(new CpuKernels(2)) { Repeats = true };
        RequireSame(model.Network, definition, model.InputShape(2), images, together: true);
        RequireSame(model.Network, cpu, model.InputShape(2), images, together: true);
    }

    [Test]
    public void Random_networks([Range(1, 25)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        using var definition = new FusingKernels(new ReferenceKernels<double>()) { Repeats = true };
        RequireSame(network, definition, input, Numbers.Normal(input.Count, network.Name), together: null);
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Every_device(Device device)
    {
        Network network = SmallNetworks.EveryLayer();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        foreach (BackwardRule rule in BackwardRule.All)
        {
            RequireSame(record, Classes(3), rule, to: null);
            RequireSame(record, [Seed.Neuron("pool", 3), Seed.Channel("pool", 1)], rule, to: "conv1");
        }
    }

    /// <summary>Where the first axis is not the batch throughout, signals would mix: they go one by one.</summary>
    [TestCase("transpose")]
    [TestCase("flatten")]
    [TestCase("concat")]
    [TestCase("softmax")]
    [TestCase("pad")]
    [TestCase("constant")]
    public void Networks_that_mix_images_send_seeds_one_by_one(string how)
    {
        Layer mixing = how switch
        {
            "transpose" => new Transpose("mixing", [1, 0, 2, 3]),
            "flatten" => Reshape.Flatten("mixing", 0),
            "concat" => new Concat("mixing", 0, 1),
            "softmax" => new Softmax("mixing", 0, throughLast: false),
            "pad" => new Pad("mixing", [1, 0, 0, 0], [0, 0, 0, 0], 0.5f),
            _ => new Affine("mixing", "Add", default, default, new float[] { 1, 2 }, new Shape(2, 1, 1, 1)),
        };
        Network network = new NetworkBuilder(how, Passes.Input(2, 4, 4))
            .Then(FusedChain.Conv("conv", 2, 2))
            .Then(new Relu("relu"))
            .Then(mixing)
            .Build();
        using var kernels = new FusingKernels(new ReferenceKernels<double>()) { Repeats = true };
        using PreparedNetwork prepared = network.On(kernels);
        using ForwardRecord record = prepared.Forward(new Shape(2, 2, 4, 4), Numbers.Normal(64, how));
        kernels.TakeCalls();
        record.Backward([Seed.Layer("mixing"), Seed.Neuron("mixing", 1)], BackwardRule.Gradient);
        Assert.That(kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls { FusedDown = 2, SignalImages = 2 }));
        RequireSame(record, [Seed.Layer("mixing"), Seed.Neuron("mixing", 1)], BackwardRule.Guided, to: null);
    }

    /// <summary>
    /// Seven seeds at two images; a seed's signals take 1792 bytes, and a sixteenth of the memory may be theirs.
    /// </summary>
    [TestCase(1_000_000, 14, TestName = "All at once")]
    [TestCase(200_000, 8, TestName = "Four and three")]
    [TestCase(100_000, 6, TestName = "Three, two and two")]
    [TestCase(40_000, 2, TestName = "One by one")]
    public void Groups_are_as_large_as_memory_allows(long memory, int images)
    {
        using var kernels = new FusingKernels(new ReferenceKernels<float>()) { Repeats = true, Memory = memory };
        using PreparedNetwork prepared = FusedChain.Network.On(kernels);
        using ForwardRecord record = prepared.Forward(FusedChain.Input, Numbers.Normal(FusedChain.Input.Count, "x"));
        kernels.TakeCalls();
        Seed[] seeds = [.. Enumerable.Range(0, 7).Select(i => Seed.Neuron("pool3", i))];
        float[] together = record.Backward(seeds, BackwardRule.Gradient).Values();
        Assert.That(kernels.TakeCalls().SignalImages, Is.EqualTo(images));
        Assert.That(together, Is.EqualTo(seeds.SelectMany(seed => record.Backward(seed, BackwardRule.Gradient).Values())));
    }

    [Test]
    public void Seeds_start_at_one_layer()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Reference);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
        Assert.That(() => record.Backward([Seed.Class(0), Seed.Layer("pool")], BackwardRule.Gradient),
            Throws.TypeOf<NetVizException>().With.Message.Contains("'fc'").And.Message.Contains("'pool'"));
        Assert.That(() => record.Backward([], BackwardRule.Gradient), Throws.ArgumentException);
        Assert.That(() => record.Backward([Seed.Class(0), Seed.Class(9)], BackwardRule.Gradient),
            Throws.TypeOf<NetVizException>().With.Message.Contains("class 9"));
        Assert.That(() => record.Backward([Seed.Layer("average")], BackwardRule.Gradient, "leaky"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("does not depend"));
    }

    /// <summary>From the scores, and from a random layer to a random one.</summary>
    private static void RequireSame(Network network, FusingKernels kernels, Shape input, double[] images, bool? together)
    {
        using PreparedNetwork prepared = network.On(kernels);
        using ForwardRecord record = prepared.Forward(input, images);
        var random = new Random(network.Nodes.Length);
        foreach (BackwardRule rule in BackwardRule.All)
        {
            kernels.TakeCalls();
            if (!LeadsTo(network, network.ScoreTensor, 0)) continue;
            record.Backward(Classes(3), rule);
            if (together == true) Assert.That(kernels.TakeCalls().SignalImages, Is.EqualTo(3 * input.N));
            RequireSame(record, Classes(3), rule, to: null);
            RequireSame(record, [Seed.Posterior(1), Seed.Class(1)], rule, to: null);
            Node from = network.Nodes[random.Next(network.Nodes.Length)];
            int target = random.Next(from.Output);
            if (!LeadsTo(network, from.Output, target)) continue;
            RequireSame(record, [Seed.Neuron(from.Name, 0), Seed.Layer(from.Name)], rule, network.NameOf(target));
        }
    }

    /// <summary>
    /// float32 sums may come in another order with another batch; in double they are compared to the last bit.
    /// </summary>
    private static void RequireSame(ForwardRecord record, Seed[] seeds, BackwardRule rule, string? to)
    {
        Shape shape = record.ShapeOf(to ?? record.Prepared.Network.Input.Name);
        System.Numerics.Tensors.Tensor<double> found = record.BackwardInDouble(seeds, rule, to);
        Assert.That(found.Lengths.ToArray().Select(length => (int)length),
            Is.EqualTo(shape.WithBatch(seeds.Length * shape.N).Lengths.ToArray()));
        double[] expected = [.. seeds.SelectMany(seed => record.BackwardInDouble(seed, rule, to).Values())];
        if (record.Prepared.Kernels.Name == "reference64") Numbers.RequireSame(found.Values(), expected, $"{rule} to {to}");
        else Assert.That(Numbers.RelativeError(found.Values(), expected), Is.LessThan(2e-6), $"{rule} to {to}");
    }

    private static bool LeadsTo(Network network, int from, int to) =>
        from == to || (from > 0 && network.Nodes[from - 1].Inputs.Any(input => LeadsTo(network, input, to)));

    private static Seed[] Classes(int count) => [.. Enumerable.Range(0, count).Select(Seed.Class)];
}
