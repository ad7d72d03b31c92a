using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

// A fully connected layer at small batch is bound by memory: each weight is read once a pass, straight from the model
// file's mapping, and used for all images. Where the weight is [Out, In], the way up takes dot products of rows and the
// way down adds rows; where it is [In, Out], it is the other way round. So there are two products and no copy of W:
//   RowDots:  y(n, r) = sum over k of x(n, k) W(r, k)      rows are shared out among threads
//   RowSums:  y(n, k) = sum over r of x(n, r) W(r, k)      columns are shared out; rows whose x is 0 are not read
public sealed unsafe partial class CpuKernels
{
    private const int RowsPerJob = 32;
    private const int ColumnsPerJob = 512;

    /// <summary>Rows of one block: 256 x 512 floats are half a megabyte, which the next image finds in L2.</summary>
    private const int RowsPerBlock = 256;

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
        if (g.WeightIsInByOut) RowSums(w.Weight, g.In, g.Out, input, g.N, output);
        else RowDots(w.Weight, g.Out, g.In, input, g.N, output);
        Scale(output, w.Alpha);
        for (int n = 0; n < g.N && !w.Bias.IsEmpty; n++)
            TensorPrimitives.Add(Part(output, n * g.Out, g.Out), w.Bias.Span, Part(output, n * g.Out, g.Out));
    }

    /// <inheritdoc/>
    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        FullyConnectedGeometry g = geometry;
        var w = (FullyConnectedWeights)weights;
        if (g.WeightIsInByOut) RowDots(w.Weight, g.In, g.Out, outputSignal, g.N, inputSignal);
        else RowSums(w.Weight, g.Out, g.In, outputSignal, g.N, inputSignal);
        Scale(inputSignal, w.Alpha);
    }

    /// <summary>y(n, r) = sum over k of x(n, k) W(r, k).</summary>
    private void RowDots(ReadOnlyMemory<float> weight, int rows, int columns, DeviceTensor x, int n, DeviceTensor y) =>
        For((rows + RowsPerJob - 1) / RowsPerJob, job =>
        {
            for (int r = job * RowsPerJob; r < Math.Min(rows, (job + 1) * RowsPerJob); r++)
            {
                ReadOnlySpan<float> row = weight.Span.Slice(r * columns, columns);
                for (int i = 0; i < n; i++)
                    Pointer(y)[(long)i * rows + r] = TensorPrimitives.Dot(Part(x, i * columns, columns), row);
            }
        });

    /// <summary>
    /// y(n, k) = sum over r of x(n, r) W(r, k), by blocks of rows whose sums are then added: one running sum over VGG's 25088
    /// rows would be 5e-6 off, and so it is 5e-7.
    /// </summary>
    private void RowSums(ReadOnlyMemory<float> weight, int rows, int columns, DeviceTensor x, int n, DeviceTensor y) =>
        For((columns + ColumnsPerJob - 1) / ColumnsPerJob, job =>
        {
            int start = job * ColumnsPerJob, length = Math.Min(ColumnsPerJob, columns - start);
            Span<float> block = stackalloc float[ColumnsPerJob];
            block = block[..length];
            for (int i = 0; i < n; i++) Part(y, i * columns + start, length).Clear();
            for (int first = 0; first < rows; first += RowsPerBlock)
            {
                for (int i = 0; i < n; i++)
                {
                    block.Clear();
                    for (int r = first; r < Math.Min(rows, first + RowsPerBlock); r++)
                    {
                        float factor = Pointer(x)[(long)i * rows + r];
                        if (factor != 0f)
                            TensorPrimitives.MultiplyAdd(weight.Span.Slice(r * columns + start, length), factor, block, block);
                    }

                    Span<float> sum = Part(y, i * columns + start, length);
                    TensorPrimitives.Add(sum, block, sum);
                }
            }
        });

    /// <inheritdoc/>
    public void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input,
        DeviceTensor outputSignal, DeviceTensor weightSignal)
    {
        FullyConnectedGeometry g = geometry;
        if (g.WeightIsInByOut) OuterProducts(input, g.In, outputSignal, g.Out, g.N, weightSignal);
        else OuterProducts(outputSignal, g.Out, input, g.In, g.N, weightSignal);
    }

    /// <summary>w(r, k) = sum over n of a(n, r) b(n, k); columns are shared out.</summary>
    private void OuterProducts(DeviceTensor a, int rows, DeviceTensor b, int columns, int n, DeviceTensor w) =>
        For((columns + ColumnsPerJob - 1) / ColumnsPerJob, job =>
        {
            int start = job * ColumnsPerJob, length = Math.Min(ColumnsPerJob, columns - start);
            for (int r = 0; r < rows; r++)
            {
                Span<float> sum = new(Pointer(w) + (long)r * columns + start, length);
                sum.Clear();
                for (int i = 0; i < n; i++)
                {
                    float factor = Pointer(a)[(long)i * rows + r];
                    if (factor != 0f) TensorPrimitives.MultiplyAdd(Part(b, i * columns + start, length), factor, sum, sum);
                }
            }
        });

    private static void Scale(DeviceTensor tensor, float alpha)
    {
        if (alpha != 1f) TensorPrimitives.Multiply(Stored(tensor), alpha, Stored(tensor));
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
