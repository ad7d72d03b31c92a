using NetViz.Kernels;
using NUnit.Framework;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>
/// A convolution computed with its rectifier and max-pooling in one gives the bytes of the operations one by one, up and down, on
/// every back-end that does so.
/// </summary>
public class FusedConvTests
{
    private static readonly Window Halving = Stride(new(2, 2), 2);

    private static readonly Rectifier[] Rectifiers =
        [Rectifier.Relu, Rectifier.LeakyRelu(0.1f), Rectifier.Clip(0, 6), Rectifier.Clip(-1.5f, 2.25f), Rectifier.Clip(0.25f, 1)];

    private static readonly ConvShape[] Shapes =
    [
        new("28x28", 3, 5, 28, 28, 7, Pad(new(3, 3), 1)),
        new("14x14", 3, 6, 14, 14, 5, Pad(new(3, 3), 1)),
        new("7x7", 3, 6, 7, 7, 5, Pad(new(3, 3), 1)),
        new("rows of four, a tile's half outside", 2, 3, 6, 12, 9, Pad(new(3, 3), 1)),
        new("rows of four, an odd number of them", 2, 3, 9, 8, 4, Pad(new(3, 3), 1)),
        new("one tile", 3, 2, 4, 4, 2, Pad(new(3, 3), 1), Bias: false),
        new("one row of windows", 1, 2, 2, 16, 3, Pad(new(3, 3), 1)),
        new("pads 0 1 0 1", 2, 3, 10, 8, 4, new Window(3, 3) { PadLeft = 1, PadRight = 1 }),
        new("pads 2 1 2 9", 2, 3, 6, 8, 4, new Window(3, 3) { PadTop = 2, PadLeft = 1, PadBottom = 2, PadRight = 9 }),
        new("no pads, rows of four above alone", 2, 3, 10, 14, 4, new(3, 3)),
        new("pad 2, rows of four above alone", 2, 3, 6, 6, 4, Pad(new(3, 3), 2)),
        new("64x64 channels", 1, 64, 12, 12, 64, Pad(new(3, 3), 1)),
        new("1x1", 3, 6, 6, 6, 10, new(1, 1)),
        new("1x1 on a plane of no multiple of four", 3, 6, 5, 5, 10, new(1, 1)),
        new("1x1, a sum in slices", 1, 1100, 6, 6, 7, new(1, 1)),
        new("3x3, a sum in slices, groups", 2, 260, 6, 6, 8, Pad(new(3, 3), 1), Groups: 2),
        new("5x5 stride 2, groups", 2, 6, 12, 16, 8, Pad(Stride(new(5, 5), 2), 2), Groups: 2),
    ];

    private static IEnumerable<BackEnd> BackEnds =>
        [.. BackEnd.All.Where(backEnd => !backEnd.SumsInDouble && backEnd.Name != "cpu-5"), .. BackEnd.Winograd];

    private static IEnumerable<string> Names => Shapes.Select(shape => shape.Name);

    private static IEnumerable<BackEnd> Gpus => BackEnd.Winograd;

    [Test]
    public void Fused_is_one_by_one([ValueSource(nameof(Names))] string name, [ValueSource(nameof(BackEnds))] BackEnd backEnd)
    {
        ConvShape shape = Shapes.Single(shape => shape.Name == name);
        using var kernels = (IFusedKernels)backEnd.Create();
        foreach (Rectifier f in Rectifiers)
        {
            using var chain = new Chain(kernels, shape.Geometry, f, shape.Bias);
            chain.RequireSame(null);
            chain.RequireSame(Halving);
        }
    }

    /// <summary>Up, up with the pooling, down, down with the pooling.</summary>
    [TestCase("28x28", true, true, true, true)]
    [TestCase("14x14", false, false, false, false)]
    [TestCase("rows of four, a tile's half outside", true, true, true, true)]
    [TestCase("rows of four, an odd number of them", true, false, true, false)]
    [TestCase("pads 0 1 0 1", true, true, true, false)]
    [TestCase("no pads, rows of four above alone", true, true, false, false)]
    [TestCase("1x1", true, false, false, false)]
    [TestCase("1x1 on a plane of no multiple of four", false, false, false, false)]
    [TestCase("3x3, a sum in slices, groups", true, false, false, false)]
    [Category(GpuCategoryAttribute.Gpu)]
    public void A_GPU_fuses_where_four_neighbours_are_one_threads(string name, bool up, bool pooledUp, bool down, bool pooledDown)
    {
        ConvGeometry g = Shapes.Single(shape => shape.Name == name).Geometry;
        var pool = new PoolGeometry(g.N, g.O, g.OH, g.OW, Halving);
        foreach (BackEnd gpu in Gpus)
        {
            using var kernels = (IFusedKernels)gpu.Create();
            using PreparedWeights weights = Weights(kernels, g, hasBias: true);
            Assert.That((kernels.CanFuse(g, weights, null, false), kernels.CanFuse(g, weights, pool, false),
                kernels.CanFuse(g, weights, null, true), kernels.CanFuse(g, weights, pool, true)),
                Is.EqualTo((up, pooledUp, down, pooledDown)), gpu.Name);
            Assert.That(kernels.CanFuse(g, weights, pool with { Window = Stride(new(3, 3), 2) }, false), Is.False);
        }
    }

    [Test]
    [Category(GpuCategoryAttribute.Gpu)]
    public void The_naive_form_fuses_nothing()
    {
        foreach (BackEnd gpu in BackEnd.SlowForms.Where(form => form.Name.EndsWith("naive", StringComparison.Ordinal)))
        {
            using var kernels = (IFusedKernels)gpu.Create();
            ConvGeometry g = Shapes[0].Geometry;
            using PreparedWeights weights = Weights(kernels, g, hasBias: true);
            Assert.That(kernels.CanFuse(g, weights, null, false) || kernels.CanFuse(g, weights, null, true), Is.False);
        }
    }

    private static PreparedWeights Weights(IKernels kernels, in ConvGeometry g, bool hasBias) =>
        kernels.PrepareConv(g.C, g.Groups, g.Window, Numbers.Single(Numbers.Normal((long)g.O * g.CG * g.Window.Area, "weight")),
            Numbers.Single(Numbers.Normal(hasBias ? g.O : 0, "bias")));

    /// <summary>A convolution, a rectifier and perhaps a pooling.</summary>
    private sealed class Chain(IFusedKernels kernels, ConvGeometry g, Rectifier f, bool hasBias) : IDisposable
    {
        private readonly PreparedWeights _weights = Weights(kernels, g, hasBias);

        public void RequireSame(Window? window)
        {
            PoolGeometry? pool = window is { } w ? new PoolGeometry(g.N, g.O, g.OH, g.OW, w) : null;
            bool isUp = kernels.CanFuse(g, _weights, pool, backward: false),
                isDown = kernels.CanFuse(g, _weights, pool, backward: true);
            if (!isUp && !isDown) return;
            using var space = new Workspace(kernels);
            using ActiveBits bits = Bits(), fusedBits = Bits();
            using Switches? switches = SwitchesOf(pool), fusedSwitches = SwitchesOf(pool);
            Shape above = pool?.Output ?? g.Output;
            DeviceTensor x = space.With(g.Input, Numbers.Normal(g.Input.Count, "x")), sum = space.Dirty(g.Output);
            DeviceTensor rectified = space.Dirty(g.Output), y = space.Dirty(above), fused = space.Dirty(above);
            kernels.ConvForward(g, x, _weights, sum);
            kernels.ReluForward(f, sum, pool is null ? y : rectified, bits);
            if (pool is { } up) kernels.MaxPoolForward(up, rectified, y, switches!);
            if (isUp)
            {
                kernels.ConvForward(g, x, _weights, Tail(fusedBits, pool, fusedSwitches), fused);
                Numbers.RequireSame(space.Read(fused), space.Read(y), $"up, {f.Kind}");
                Assert.That(Packed(fusedBits), Is.EqualTo(Packed(bits)), $"bits, {f.Kind}");
                if (pool is not null) Assert.That(Positions(fusedSwitches!), Is.EqualTo(Positions(switches!)), $"{f.Kind}");
            }

            if (isDown) RequireSameDown(space, Tail(bits, pool, switches),
                space.With(above, Numbers.Normal(above.Count, "signal")));
            space.RequireGuards();
        }

        public void Dispose() => _weights.Dispose();

        private void RequireSameDown(Workspace space, ConvTail tail, DeviceTensor signal)
        {
            DeviceTensor unpooled = space.Dirty(g.Output), ruled = space.Dirty(g.Output);
            DeviceTensor below = space.Dirty(g.Input), fused = space.Dirty(g.Input);
            if (tail.Pool is { } pool) kernels.MaxPoolBackward(pool, signal, tail.Switches!, unpooled);
            foreach (ReluRule rule in Enum.GetValues<ReluRule>())
            {
                kernels.ReluBackward(f, rule, tail.Pool is null ? signal : unpooled, tail.Bits, ruled);
                kernels.ConvBackward(g, ruled, _weights, below);
                kernels.ConvBackward(g, signal, tail, rule, _weights, fused);
                Numbers.RequireSame(space.Read(fused), space.Read(below), $"down, {f.Kind}, {rule}");
            }
        }

        private ConvTail Tail(ActiveBits bits, PoolGeometry? pool, Switches? switches) =>
            new() { Rectifier = f, Bits = bits, Pool = pool, Switches = switches };

        /// <summary>Bits that are wrong wherever nothing is written.</summary>
        private ActiveBits Bits()
        {
            ActiveBits bits = kernels.AllocateBits(g.Output);
            var packed = new byte[bits.PackedBytes];
            Array.Fill(packed, (byte)0xAA);
            kernels.Upload(packed, bits);
            return bits;
        }

        private Switches? SwitchesOf(PoolGeometry? pool)
        {
            if (pool is not { } geometry) return null;
            Switches switches = kernels.AllocateSwitches(geometry);
            kernels.Upload(new int[geometry.Output.Count], switches);
            return switches;
        }

        private byte[] Packed(ActiveBits bits)
        {
            var packed = new byte[bits.PackedBytes];
            kernels.Download(bits, packed);
            return packed;
        }

        private int[] Positions(Switches switches)
        {
            var positions = new int[switches.Geometry.Output.Count];
            kernels.Download(switches, positions);
            return positions;
        }
    }
}
