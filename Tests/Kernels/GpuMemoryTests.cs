using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>A GPU's memory is taken once, its host waits once a pass, and too much is refused with a way out.</summary>
public sealed class GpuMemoryTests
{
    private const long Limit = 4_000_000;

    private static readonly GpuOptions Options = new() { Algorithm = ConvAlgorithm.Winograd };

    // Apart from those of other tests, which hold memory; its kernels are compiled once.
    private readonly Dictionary<GpuPlatform, GpuAccelerator> _opened = [];

    [OneTimeTearDown]
    public void CloseAll()
    {
        foreach (GpuAccelerator gpu in _opened.Values) gpu.Dispose();
    }

    private static IEnumerable<TestCaseData> Platforms =>
        GpuBackEnd.Platforms.Select(platform => new TestCaseData(platform).SetArgDisplayNames(GpuDevices.NameOf(platform)));

    private static IEnumerable<TestCaseData> Networks =>
        from platform in GpuBackEnd.Platforms
        from network in new[] { Keeping(), Fused() }
        select new TestCaseData(platform, network).SetArgDisplayNames(GpuDevices.NameOf(platform), network.Name);

    /// <summary>A convolution, a rectifier's bits, a pool's switches and the numbers that LRN keeps.</summary>
    private static Network Keeping() => new NetworkBuilder("keeping", Passes.Input(2, 32, 32))
        .Then(new Conv("conv", Numbers.Single(Numbers.Normal(8 * 2 * 9, "w")), new Shape(8, 2, 3, 3), default,
            new Window(3, 3) { AutoPad = AutoPad.SameUpper }))
        .Then(new Relu("relu"))
        .Then(new Lrn("norm", new LrnParameters(3, 1f, 0.75f, 1f)))
        .Then(new MaxPool("pool", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
        .Then(Reshape.Flatten("flatten"))
        .Build();

    /// <summary>
    /// What is computed in one through Winograd's transforms and through a product, and layers that work in memory of their own.
    /// </summary>
    private static Network Fused() => new NetworkBuilder("fused", Passes.Input(2, 32, 32))
        .Then(FusedChain.Conv("conv1", 2, 8)).Then(new Relu("relu1"))
        .Then(FusedChain.Conv("conv2", 8, 8)).Then(new Relu("relu2")).Then(FusedChain.Pool("pool2"))
        .Then(new Conv("conv3", Numbers.Single(Numbers.Normal(12 * 8, "w")), new Shape(12, 8, 1, 1), default, new Window(1, 1)))
        .Then(new Clip("relu3", 0, 6))
        .Then(FusedChain.Conv("conv4", 12, 6)).Then(new LeakyRelu("relu4", 0.25f)).Then(FusedChain.Pool("pool4"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Numbers.Single(Numbers.Normal(6 * 64 * 70, "fc")), 6 * 64, 70, false, default))
        .Build();

    [TestCaseSource(nameof(Networks))]
    public void Passes_after_the_first_allocate_nothing_and_wait_once_each_way(GpuPlatform platform, Network network)
    {
        using GpuKernels kernels = GpuBackEnd.Create(platform, Options);
        GpuAccelerator gpu = kernels.Accelerator;
        using PreparedNetwork prepared = network.On(kernels);
        var shape = new Shape(3, 2, 32, 32);
        float[] images = Numbers.Single(Numbers.Normal(shape.Count, "images"));
        Pass();
        (int allocations, int kernelsBefore, int waits) = (gpu.Allocations, gpu.CompiledKernels, gpu.Synchronizations);
        long bytes = gpu.AllocatedBytes;
        for (int i = 0; i < 5; i++) Pass();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gpu.Allocations, Is.EqualTo(allocations), "allocations");
            Assert.That(gpu.AllocatedBytes, Is.EqualTo(bytes), "bytes held");
            Assert.That(gpu.CompiledKernels, Is.EqualTo(kernelsBefore), "kernels");
            Assert.That(gpu.Synchronizations - waits, Is.EqualTo(5 * 2), "for the scores and for the signal");
        }

        void Pass()
        {
            using ForwardRecord record = prepared.Forward(shape, images);
            record.Backward(Seed.Class(1), BackwardRule.Gradient);
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void The_batch_that_the_refusal_names_fits(GpuPlatform platform, Network network)
    {
        using var kernels = new GpuKernels(Open(platform, Limit), Options, ownsAccelerator: false);
        using PreparedNetwork prepared = network.On(kernels);
        var refused = Assert.Throws<NetVizException>(() => prepared.Forward(Images(300), new float[300 * 2048]))!;
        Assert.That(refused.Message, Does.Match(@"^a pass for the input \[300, 2, 32, 32\] needs [\d.]+ MB on .+, of which "
            + @"[\d.]+ MB can be had \(weights take 0\.[02] MB and an image 0\.[12] MB: a batch of \d+ would fit\)$"));
        int batch = int.Parse(System.Text.RegularExpressions.Regex.Match(refused.Message, @"a batch of (\d+)").Groups[1].Value);
        Assert.That(batch, Is.InRange(15, 60));
        using (ForwardRecord record = prepared.Forward(Images(batch), new float[batch * 2048]))
            record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(kernels.Accelerator.AllocatedBytes, Is.LessThanOrEqualTo(Limit));
        Assert.Throws<NetVizException>(() => prepared.Forward(Images(batch + 1), new float[(batch + 1) * 2048]));

        static Shape Images(int n) => new(n, 2, 32, 32);
    }

    /// <summary>The plan is exact: with as much memory as it says a pass runs, with a piece less it does not.</summary>
    [TestCaseSource(nameof(Networks))]
    public void A_pass_takes_what_is_planned_to_the_byte(GpuPlatform platform, Network network)
    {
        GpuAccelerator gpu = Open(platform, null);
        foreach (int batch in new[] { 1, 3, 33 })
        {
            var shape = new Shape(batch, 2, 32, 32);
            long planned = 0;
            Run(null, prepared => planned = prepared.Plan(shape).TotalBytes);
            Run(planned, Pass);
            Run(planned - 256, prepared => Assert.That(() => Pass(prepared),
                Throws.TypeOf<NetVizException>().With.Message.Contains("out of memory")));

            void Pass(PreparedNetwork prepared)
            {
                using ForwardRecord record = prepared.Forward(shape, new float[shape.Count]);
                record.Backward(Seed.Class(1), BackwardRule.Gradient);
            }
        }

        void Run(long? limit, Action<PreparedNetwork> run)
        {
            gpu.MemoryLimit = limit;
            using var kernels = new Optimist(new GpuKernels(gpu, Options, ownsAccelerator: false));
            using PreparedNetwork prepared = network.On(kernels);
            run(prepared);
        }
    }

    /// <summary>What the plan does not know of: two records alive at once, of a batch that alone fits.</summary>
    [TestCaseSource(nameof(Platforms))]
    public void A_device_that_runs_out_in_a_pass_is_told_and_goes_on(GpuPlatform platform)
    {
        using var kernels = new GpuKernels(Open(platform, Limit), ownsAccelerator: false);
        using PreparedNetwork prepared = Keeping().On(kernels);
        var shape = new Shape(30, 2, 32, 32);
        var images = new float[shape.Count];
        var records = new List<ForwardRecord>();
        NetVizException? refused = null;
        for (int i = 0; i < 10 && refused is null; i++)
        {
            try
            {
                records.Add(prepared.Forward(shape, images));
            }
            catch (NetVizException e)
            {
                refused = e;
            }
        }

        Assert.That(refused?.Message, Does.Contain("is out of memory: ").And.Contain("it has 4.0 MB")
            .And.Match(@"a batch of \d+ would fit"));
        foreach (ForwardRecord record in records) record.Dispose();
        Assert.DoesNotThrow(() => prepared.Forward(shape, images).Dispose());
    }

    [TestCaseSource(nameof(Platforms))]
    public void Pieces_given_back_serve_again_and_never_pile_up(GpuPlatform platform)
    {
        using GpuKernels kernels = GpuBackEnd.Create(platform);
        GpuAccelerator gpu = kernels.Accelerator;
        long before = gpu.AllocatedBytes;
        for (int i = 1; i <= 50; i++) kernels.Allocate(10_000 * i).Dispose();
        Assert.That(gpu.AllocatedBytes - before, Is.LessThanOrEqualTo(2 * 50 * 10_240), "one in use, as much unused");
        int allocations = gpu.Allocations;
        DeviceBuffer buffer = kernels.Allocate(10_000 * 50);
        Assert.That(gpu.Allocations, Is.EqualTo(allocations));
        buffer.Dispose();
        buffer.Dispose();
        using DeviceBuffer one = kernels.Allocate(10_000 * 50), other = kernels.Allocate(10_000 * 50);
        DeviceTensor a = kernels.View(one, new Shape(4)), b = kernels.View(other, new Shape(4));
        kernels.Upload([1f, 2f, 3f, 4f], a);
        kernels.Upload([5f, 6f, 7f, 8f], b);
        var found = new float[4];
        kernels.Download(a, found);
        Assert.That(found, Is.EqualTo(new[] { 1f, 2f, 3f, 4f }), "given back twice, a piece has one owner");
    }

    [TestCaseSource(nameof(Platforms))]
    public void A_tensor_with_more_elements_than_kernels_number_is_refused(GpuPlatform platform)
    {
        using GpuKernels kernels = GpuBackEnd.Create(platform);
        Assert.That(() => kernels.Allocate(4L * int.MaxValue + 4), Throws.TypeOf<DeviceException>().With.Message.Contains("8.6 GB"));
    }

    private GpuAccelerator Open(GpuPlatform platform, long? memoryLimit)
    {
        GpuBackEnd.Require(platform);
        if (!_opened.TryGetValue(platform, out GpuAccelerator? gpu)) _opened[platform] = gpu = GpuDevices.Open(platform);
        Assert.That(gpu.AllocatedBytes, Is.Zero);
        gpu.MemoryLimit = memoryLimit;
        return gpu;
    }

    /// <summary>A GPU that says to have more memory than it has.</summary>
    private sealed class Optimist(IFusedKernels inner) : DelegatingKernels(inner), IFusedKernels
    {
        public override long? DeviceMemoryBytes => long.MaxValue;

        public bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward) =>
            inner.CanFuse(geometry, weights, pool, backward);

        public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
            DeviceTensor output) => inner.ConvForward(geometry, input, weights, tail, output);

        public void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
            PreparedWeights weights, DeviceTensor inputSignal) =>
            inner.ConvBackward(geometry, tailSignal, tail, rule, weights, inputSignal);
    }
}
