using System.Numerics;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// On channel blocks where slopes change with the channel alone; other slopes number by number, in the order in which they lie.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits)
    {
        Constant slope = ((AffineWeights)slopes).Scale;
        Layout layout = LayoutOf(input);
        if (layout.IsBlocked && slope.FollowsChannels)
        {
            var range = new PreluRange(layout, slope, Pointer(input), BitsOf(bits), Pointer(output));
            ForBlocks(layout, ref range);
            return;
        }

        var job = new PreluJob(layout, input.Shape, slope, Pointer(input), BitsOf(bits), Pointer(output));
        For(job.Pieces, ref job);
    }

    /// <inheritdoc/>
    public void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal)
    {
        if (rule == ReluRule.DeconvNet) PreluBackward<DeconvNetRule>(outputSignal, slopes, bits, inputSignal);
        else if (rule == ReluRule.Guided) PreluBackward<GuidedRule>(outputSignal, slopes, bits, inputSignal);
        else PreluBackward<GradientRule>(outputSignal, slopes, bits, inputSignal);
    }

    private void PreluBackward<TRule>(DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal)
        where TRule : struct, IReluRule
    {
        Constant slope = ((AffineWeights)slopes).Scale;
        Layout layout = ((CpuBits)bits).Layout;
        for (long first = 0; first < LayoutOf(inputSignal).Stored; first += layout.Stored)
        {
            float* above = Pointer(outputSignal) + first, below = Pointer(inputSignal) + first;
            if (layout.IsBlocked && slope.FollowsChannels)
            {
                var range = new PreluBackwardRange<TRule>(layout, slope, above, BitsOf(bits), below);
                ForBlocks(layout, ref range);
                continue;
            }

            var job = new PreluBackwardJob<TRule>(layout, bits.Shape, slope, above, BitsOf(bits), below);
            For(job.Pieces, ref job);
        }
    }

    private readonly struct PreluRange(Layout layout, Constant slope, float* input, ushort* bits, float* output) : IBlockRange
    {
        public void Run(int block, long start, int places)
        {
            float* lanes = stackalloc float[Layout.Lanes];
            slope.Read(block * Layout.Lanes, layout.ChannelsOf(block), 0f, lanes);
            LeakyLanes<float> low = new(Vector256.Load(lanes)), high = new(Vector256.Load(lanes + 8));
            float* x = input + start, y = output + start;
            ushort* word = bits + start / Layout.Lanes;
            for (int i = 0; i < places; i++, x += Layout.Lanes, y += Layout.Lanes)
            {
                Vector256<float> x0 = Vector256.Load(x), x8 = Vector256.Load(x + 8);
                word[i] = (ushort)(low.IsActive(x0).ExtractMostSignificantBits()
                    | high.IsActive(x8).ExtractMostSignificantBits() << 8);
                low.Forward(x0).Store(y);
                high.Forward(x8).Store(y + 8);
            }
        }
    }

    private readonly struct PreluBackwardRange<TRule>(Layout layout, Constant slope, float* above, ushort* bits, float* below)
        : IBlockRange
        where TRule : struct, IReluRule
    {
        public void Run(int block, long start, int places)
        {
            float* lanes = stackalloc float[Layout.Lanes];
            slope.Read(block * Layout.Lanes, layout.ChannelsOf(block), 0f, lanes);
            LeakyLanes<float> low = new(Vector256.Load(lanes)), high = new(Vector256.Load(lanes + 8));
            float* r = above + start, s = below + start;
            ushort* word = bits + start / Layout.Lanes;
            for (int i = 0; i < places; i++, r += Layout.Lanes, s += Layout.Lanes)
            {
                TRule.Backward(Vector256.Load(r), Mask(word[i]), low).Store(s);
                TRule.Backward(Vector256.Load(r + 8), Mask((uint)word[i] >> 8), high).Store(s + 8);
            }
        }

        private static Vector256<float> Mask(uint word)
        {
            Vector256<uint> each = Vector256.Create(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u);
            return Vector256.Equals(Vector256.Create(word) & each, each).AsSingle();
        }
    }

    /// <summary>Which slope belongs to each number, in the order in which they lie.</summary>
    private readonly struct SlopeOrder(Layout layout, Shape shape, Constant slope)
    {
        private const int Grain = 1 << 12;

        public int Pieces => (int)((layout.Stored + Grain - 1) / Grain);

        public (long First, long End) Piece(int index) => ((long)index * Grain, Math.Min(layout.Stored, (index + 1L) * Grain));

        /// <summary>The slope of the number that lies at a place; false for lanes past the last channel.</summary>
        public bool TryFind(long at, out float value)
        {
            value = 0;
            long element = at;
            if (layout.IsBlocked)
            {
                (long vector, long lane) = Math.DivRem(at, Layout.Lanes);
                (long block, long place) = Math.DivRem(vector, layout.Area);
                (long image, long inImage) = Math.DivRem(block, layout.Blocks);
                long channel = inImage * Layout.Lanes + lane;
                if (channel >= layout.Channels) return false;
                element = (image * layout.Channels + channel) * layout.Area + place;
            }

            int index = 0, stride = 1;
            for (int k = 1; k <= slope.Rank; k++)
            {
                (element, long position) = Math.DivRem(element, shape[^k]);
                if (slope.Length(k) > 1) index += (int)position * stride;
                stride *= slope.Length(k);
            }

            value = slope.Values[index];
            return true;
        }
    }

    private readonly struct PreluJob(Layout layout, Shape shape, Constant slope, float* input, ushort* bits, float* output) : IJob
    {
        private readonly SlopeOrder _order = new(layout, shape, slope);

        public int Pieces => _order.Pieces;

        public void Run(int index, int worker)
        {
            (long first, long end) = _order.Piece(index);
            for (long at = first; at < end; at += 16)
            {
                uint word = 0;
                for (long i = at; i < Math.Min(end, at + 16); i++)
                {
                    if (!_order.TryFind(i, out float value)) continue;
                    var f = new LeakyRelu<float>(value);
                    if (f.IsActive(input[i])) word |= 1u << (int)(i - at);
                    output[i] = f.Forward(input[i]);
                }

                bits[at / 16] = (ushort)word;
            }
        }
    }

    private readonly struct PreluBackwardJob<TRule>(Layout layout, Shape shape, Constant slope, float* above, ushort* bits,
        float* below) : IJob
        where TRule : struct, IReluRule
    {
        private readonly SlopeOrder _order = new(layout, shape, slope);

        public int Pieces => _order.Pieces;

        public void Run(int index, int worker)
        {
            (long first, long end) = _order.Piece(index);
            for (long i = first; i < end; i++)
            {
                if (!_order.TryFind(i, out float value)) continue;
                bool active = (bits[i / 16] >> (int)(i % 16) & 1) != 0;
                below[i] = TRule.Backward(above[i], active, new LeakyRelu<float>(value));
            }
        }
    }
}

/// <summary>LeakyRelu with a slope of its own in each lane (PRelu); one number by itself takes the first lane's.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
/// <param name="slopes">The slopes on the negative side.</param>
internal readonly struct LeakyLanes<T>(Vector256<T> slopes) : IRectifier<T>
    where T : unmanaged, INumber<T>
{
    /// <inheritdoc/>
    public T Forward(T x) => x > T.Zero ? x : slopes.ToScalar() * x;

    /// <inheritdoc/>
    public bool IsActive(T x) => x > T.Zero;

    /// <inheritdoc/>
    public T TimesDerivative(T r, bool active) => active ? r : slopes.ToScalar() * r;

    /// <inheritdoc/>
    public Vector256<T> Forward(Vector256<T> x) => TimesDerivative(x, IsActive(x));

    /// <inheritdoc/>
    public Vector256<T> IsActive(Vector256<T> x) => Vector256.GreaterThan(x, Vector256<T>.Zero);

    /// <inheritdoc/>
    public Vector256<T> TimesDerivative(Vector256<T> r, Vector256<T> active) =>
        Vector256.ConditionalSelect(active, r, slopes * r);
}
