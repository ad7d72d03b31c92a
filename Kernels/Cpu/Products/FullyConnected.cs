using System.Buffers;

namespace NetViz.Kernels.Cpu;

// A fully connected layer at small batch is bound by memory: each weight is read once a pass, straight from the model
// file's mapping, and used for all images. Where the weight is [Out, In], the forward pass takes dot products of rows and the
// backward pass adds rows; where it is [In, Out], it is the other way round. So there are two products and no copy of W:
//   Gemv:  y(n, r) = alpha sum over k of x(n, k) W(r, k) + b(r)
//   GemvTransposed:  y(n, k) = alpha sum over r of x(n, r) W(r, k) + b(k)
public sealed unsafe partial class CpuKernels
{
    /// <summary>Multiply-adds that are worth a thread of their own: some 10 microseconds.</summary>
    private const long LeastProducts = 128 * 1024;

    /// <inheritdoc/>
    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) =>
        new FullyConnectedWeights(weight, bias, alpha);

    /// <inheritdoc/>
    public void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output)
    {
        FullyConnectedGeometry g = geometry;
        var w = (FullyConnectedWeights)weights;
        if (g.WeightIsInByOut) AddRows(g.In, g.Out, input, w, w.Bias.Span, g.N, output);
        else TakeDots(g.Out, g.In, input, w, w.Bias.Span, g.N, output);
    }

    /// <inheritdoc/>
    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        FullyConnectedGeometry g = geometry;
        var w = (FullyConnectedWeights)weights;
        if (g.WeightIsInByOut) TakeDots(g.In, g.Out, outputSignal, w, [], g.N, inputSignal);
        else AddRows(g.Out, g.In, outputSignal, w, [], g.N, inputSignal);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// dw(r, k) = sum over n of a(n, r) b(n, k) is <see cref="GemvTransposed"/> too, with b as its weight: its rows are the
    /// images,
    /// and its images are the rows of dw.
    /// </remarks>
    public void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input,
        DeviceTensor outputSignal, DeviceTensor weightSignal)
    {
        FullyConnectedGeometry g = geometry;
        (DeviceTensor a, int rows, DeviceTensor b, int columns) =
            g.WeightIsInByOut ? (input, g.In, outputSignal, g.Out) : (outputSignal, g.Out, input, g.In);

        // A job's part of b, [N, columns], stays in L2 while 64 rows of dw are made of it.
        const int RowsPerJob = 64, BlockFloats = 64 * 1024;
        var job = new GemvTransposed
        {
            Kernels = this,
            Weight = Rows(0, b),
            Rows = g.N,
            Columns = columns,
            X = Rows(1, a),
            ImageStride = 1,
            RowStride = rows,
            Images = rows,
            Y = Pointer(weightSignal),
            Alpha = 1f,
            Bias = null,
            ColumnsPerJob = Math.Clamp(BlockFloats / g.N / 64 * 64, 64, 1024),
            ImagesPerJob = RowsPerJob,
        };
        For(job.Jobs, ref job);
    }

    private void TakeDots(int rows, int columns, DeviceTensor x, FullyConnectedWeights weights, ReadOnlySpan<float> bias, int n,
        DeviceTensor y)
    {
        float* panels = WorkingMemory(Gemv.PackedFloats(n, columns));
        Gemv.Pack(Rows(0, x), n, columns, panels);
        float* results = RowsFor(1, y);
        long strip = (long)n * columns * Gemv.RowsPerStrip;
        using MemoryHandle held = weights.Weight.Pin();
        fixed (float* b = bias)
        {
            var job = new Gemv
            {
                Kernels = this,
                Weight = (float*)held.Pointer,
                Rows = rows,
                Columns = columns,
                Panels = panels,
                Images = n,
                Y = results,
                Alpha = weights.Alpha,
                Bias = b,
                RowsPerJob = Gemv.RowsPerStrip * (int)Math.Max(1, LeastProducts / strip),
            };
            For(job.Jobs, ref job);
        }

        Commit(results, y);
    }

    private void AddRows(int rows, int columns, DeviceTensor x, FullyConnectedWeights weights, ReadOnlySpan<float> bias, int n,
        DeviceTensor y)
    {
        // Memory wants long pieces of rows, so a thread has one job, while L2 wants the sums of eight images in 512 KB; with
        // more images it wants the rows of a chain, 512 columns each, for eight after eight.
        const int SumFloats = 128 * 1024, ChainFloats = 128 * 1024;
        int most = n <= GemvTransposed.ImagesAtOnce ? SumFloats / n : ChainFloats / GemvTransposed.ChainRows;
        int least = (int)Math.Clamp(LeastProducts / ((long)rows * n), 64, most);
        float* values = Rows(0, x), results = RowsFor(1, y);
        using MemoryHandle held = weights.Weight.Pin();
        fixed (float* b = bias)
        {
            var job = new GemvTransposed
            {
                Kernels = this,
                Weight = (float*)held.Pointer,
                Rows = rows,
                Columns = columns,
                X = values,
                ImageStride = rows,
                RowStride = 1,
                Images = n,
                Y = results,
                Alpha = weights.Alpha,
                Bias = b,
                ColumnsPerJob = Math.Clamp(((columns + Threads - 1) / Threads + 63) / 64 * 64, least, most),
                ImagesPerJob = n,
            };
            For(job.Jobs, ref job);
        }

        Commit(results, y);
    }

    private sealed class FullyConnectedWeights(ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias, float alpha)
        : PreparedWeights
    {
        public ReadOnlyMemory<float> Weight { get; } = weight;

        public ReadOnlyMemory<float> Bias { get; } = bias;

        public float Alpha { get; } = alpha;

        public override long Bytes => 0;
    }
}
