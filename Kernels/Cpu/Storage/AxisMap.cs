using System.Numerics;

namespace NetViz.Kernels.Cpu;

// A map along an axis, on the tensors as they lie: rows and columns of blocks of channels, runs of the inner axes otherwise. Only
// a map along channels, whose blocks it takes apart, works on row-major copies.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAxisMap(AxisSampling sampling) => new SampledWeights(sampling);

    /// <inheritdoc/>
    public void AxisMapForward(int axis, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        Map(axis, ((SampledWeights)weights).Sampling.For(input.Shape[axis]), input, output);

    /// <inheritdoc/>
    public void AxisMapBackward(int axis, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        Map(axis, ((SampledWeights)weights).Sampling.For(inputSignal.Shape[axis]).Transposed, outputSignal, inputSignal);

    private void Map(int axis, AxisTaps taps, DeviceTensor source, DeviceTensor destination)
    {
        Layout layout = LayoutOf(destination);
        bool takesBlocks = layout.IsBlocked && axis != 1;
        float* from = takesBlocks ? Pointer(source) : Rows(0, source), to = takesBlocks ? Pointer(destination) : RowsFor(1, destination);
        Shape shape = destination.Shape;
        (long outer, long inner) = !takesBlocks ? (shape.Product(0, axis), shape.Product(axis + 1, shape.Rank))
            : axis switch
            {
                0 => (1, layout.ImageFloats),
                2 => ((long)layout.Images * layout.Blocks, (long)layout.Width * Layout.Lanes),
                _ => ((long)layout.Images * layout.Blocks * layout.Height, Layout.Lanes),
            };
        var job = new AxisMapJob(taps, from, to, outer, inner);
        For(job.Pieces, ref job);
        if (!takesBlocks) Commit(to, destination);
    }

    /// <summary>Computes some vectors of the inner axes; vector v is element v mod Length of the axis.</summary>
    private readonly struct AxisMapJob(AxisTaps taps, float* source, float* destination, long outer, long inner) : IJob
    {
        private const int Grain = 1 << 14;

        private int VectorsOfPiece => (int)Math.Max(1, Grain / Math.Max(1, inner));

        public int Pieces => checked((int)((outer * taps.Length + VectorsOfPiece - 1) / VectorsOfPiece));

        public void Run(int index, int worker)
        {
            long first = (long)index * VectorsOfPiece, end = Math.Min(outer * taps.Length, first + VectorsOfPiece);
            ReadOnlySpan<int> starts = taps.Starts;
            (long a, long i) = Math.DivRem(first, taps.Length);
            for (long v = first; v < end; v++)
            {
                int start = starts[(int)i], count = starts[(int)i + 1] - start;
                Combine(source + a * taps.SourceLength * inner, taps.Sources.Slice(start, count), taps.Singles.Slice(start, count),
                    destination + v * inner);
                if (++i == taps.Length) (a, i) = (a + 1, 0);
            }
        }

        private void Combine(float* x, ReadOnlySpan<int> sources, ReadOnlySpan<float> weights, float* y)
        {
            if (sources.Length == 1 && weights[0] == 1f)
            {
                new ReadOnlySpan<float>(x + sources[0] * inner, (int)inner).CopyTo(new Span<float>(y, (int)inner));
                return;
            }

            long at = 0;
            for (; at + Vector<float>.Count <= inner; at += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int k = 0; k < sources.Length; k++) sum += weights[k] * Vector.Load(x + sources[k] * inner + at);
                sum.Store(y + at);
            }

            for (; at < inner; at++)
            {
                float sum = 0f;
                for (int k = 0; k < sources.Length; k++) sum += weights[k] * x[sources[k] * inner + at];
                y[at] = sum;
            }
        }
    }
}
