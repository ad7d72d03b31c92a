using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Passes that are repeated into the same record and the same memory.</summary>
public class AllocationTests
{
    private static IEnumerable<TestCaseData> Repeated =>
        from device in new (string Name, Func<IKernels> Create)[]
        {
            ("idle", () => new IdleKernels()), ("idle, fusing", () => new IdleKernels { FusesAll = true }),
            ("cpu-1", () => new CpuKernels(1)), ("cpu-2", () => new CpuKernels(2)),
        }
        from name in new[] { "small_vgg", "small_alexnet", "small_branch" }

        // On the processor Pad and rare axes of Concat, which the last one has, allocate still.
        where !device.Name.StartsWith("cpu", StringComparison.Ordinal) || name != "small_branch"
        select new TestCaseData(name, device.Create).SetArgDisplayNames(name, device.Name);

    /// <summary>Once everything has run, a pass up and one down allocate not a byte on the thread that calls.</summary>
    [TestCaseSource(nameof(Repeated))]
    [NonParallelizable]
    public void A_repeated_pass_allocates_nothing(string name, Func<IKernels> create)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        using IKernels kernels = create();
        using PreparedNetwork prepared = model.Network.On(kernels);
        Shape shape = model.InputShape(2);
        Tensor<float> images = Images(shape, name);
        using ForwardRecord record = prepared.Forward(images);
        var signal = new float[shape.Count];
        Seed[] seeds = [Seed.Class(0), Seed.Posterior(1), Seed.Layer(model.Network.Nodes[1].Name)];
        BackwardRule[] rules = [.. BackwardRule.All];
        for (int i = 0; i < 5; i++) Pass();

        // The runtime itself may allocate something once, when it compiles a method anew; a pass would do it each time.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++) Pass();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);

        void Pass()
        {
            prepared.ForwardInto(images, record);
            foreach (BackwardRule rule in rules)
                foreach (Seed seed in seeds) record.Backward(seed, rule, signal);
        }
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_record_that_is_written_anew_is_as_a_new_one(Device device)
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(device);
        Tensor<float> first = Images(SmallNetworks.Images(2), "first"), second = Images(SmallNetworks.Images(2), "second");
        using ForwardRecord record = prepared.Forward(first, "conv2");
        Tensor<double> scores = record.ScoresInDouble, conv = record.ActivationInDouble("conv2");
        double[] scoresThen = scores.Values(), convThen = conv.Values();
        Assert.That(record.Probabilities.Values(), Has.None.NaN);
        string hash = record.InputSha256;
        prepared.ForwardInto(second, record, "pool");

        Assert.That(scores.Values(), Is.EqualTo(scoresThen), "what was given out stays as it was");
        Assert.That(conv.Values(), Is.EqualTo(convThen));
        using ForwardRecord expected = prepared.Forward(second, "pool");
        Assert.That(record.InputSha256, Is.EqualTo(expected.InputSha256).And.Not.EqualTo(hash));
        Assert.That(record.Probabilities.Values(), Is.EqualTo(expected.Probabilities.Values()));
        Assert.That(record.Activation("pool").Values(), Is.EqualTo(expected.Activation("pool").Values()));
        Assert.That(() => record.Activation("conv2"), Throws.TypeOf<NetVizException>());
        foreach ((PortableLayer found, PortableLayer wanted) in record.Export().Layers.Zip(expected.Export().Layers))
        {
            Assert.That(found.Bits, Is.EqualTo(wanted.Bits));
            Assert.That(found.Switches, Is.EqualTo(wanted.Switches));
            Numbers.RequireSame(found.Input, wanted.Input, found.Layer);
            Numbers.RequireSame(found.Output, wanted.Output, found.Layer);
        }

        var signal = new float[first.FlattenedLength];
        foreach (BackwardRule rule in BackwardRule.All)
        {
            record.Backward(Seed.Class(1), rule, signal);
            Assert.That(signal, Is.EqualTo(expected.Backward(Seed.Class(1), rule).Values()));
        }
    }

    [Test]
    public void Records_and_destinations_that_do_not_fit_are_refused()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Reference);
        using PreparedNetwork other = SmallNetworks.EveryLayer().On(Device.Reference);
        using ForwardRecord record = prepared.Forward(Images(SmallNetworks.Images(2), "a"));
        Tensor<float> fitting = Images(SmallNetworks.Images(2), "b"), single = Images(SmallNetworks.Images(1), "b");
        float[] before = record.Backward(Seed.Class(0), BackwardRule.Gradient).Values();
        Assert.That(() => prepared.ForwardInto(single, record), Throws.ArgumentException.With.Message.Contains("[1, 2, 9, 8]"));
        Assert.That(() => other.ForwardInto(fitting, record), Throws.ArgumentException);
        Assert.That(() => prepared.ForwardInto(fitting, record, "nowhere"), Throws.TypeOf<NetVizException>());
        Assert.That(() => record.Backward(Seed.Class(0), BackwardRule.Gradient, new float[7]), Throws.ArgumentException);
        Assert.That(record.Backward(Seed.Class(0), BackwardRule.Gradient).Values(), Is.EqualTo(before), "nothing was touched");
        record.Dispose();
        Assert.That(() => prepared.ForwardInto(fitting, record), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => record.Backward(Seed.Class(0), BackwardRule.Gradient, before),
            Throws.TypeOf<ObjectDisposedException>());
    }

    /// <summary>A record that ends leaves its memory to the next one of its shape, and to no other.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Memory_that_a_record_leaves_is_taken_up(Device device)
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(device);
        var expected = new Dictionary<int, float[]>();
        foreach (int n in new[] { 2, 2, 1, 3, 3, 1, 2 })
        {
            using ForwardRecord record = prepared.Forward(Images(SmallNetworks.Images(n), $"{n}"));
            using ForwardRecord beside = prepared.Forward(Images(SmallNetworks.Images(n), "beside"));
            float[] found = record.Backward(Seed.Class(1), BackwardRule.Guided).Values();
            if (expected.TryGetValue(n, out float[]? first)) Assert.That(found, Is.EqualTo(first));
            else expected[n] = found;
        }
    }

    private static Tensor<float> Images(Shape shape, string seed) => System.Numerics.Tensors.Tensor.Create(
        Numbers.Single(Numbers.Normal(shape.Count, seed)), [.. shape.Lengths.ToArray().Select(length => (nint)length)]);
}
