using ILGPU;

namespace NetViz.Kernels.Gpu;

// y = alpha x W^T + b and r = alpha R W read each weight once, and for few images that reading is all their time. Of the two, one
// sums along the rows of the weight in its stored layout in memory, the other down its columns: which is which, the
// orientation tells.
public sealed partial class GpuKernels
{
    // From here on tiles in shared memory pay; below, weights are read anew for every eight images.
    private const int MostImagesByRows = 32;

    /// <inheritdoc/>
    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) => new FullyConnectedWeights(_memory, weight, bias, alpha);

    /// <inheritdoc/>
    public void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output)
    {
        var w = (FullyConnectedWeights)weights;
        FullyConnectedGeometry g = geometry;
        (int strideIn, int strideOut) = g.WeightIsInByOut ? (g.Out, 1) : (1, g.In);
        if (Form == ProductForm.Naive)
        {
            LaunchGroups(new Index3D(g.Out, g.N, 1), new FullyConnectedForwardNaive
            {
                In = g.In, Out = g.Out, StrideIn = strideIn, StrideOut = strideOut, Alpha = w.Alpha, HasBias = w.HasBias,
                X = Floats(input), W = w.Weight, B = w.Bias, Y = Floats(output),
            });
            return;
        }

        PlaneProduct y = Rows(g.N, g.Out, Floats(output), w.Alpha);
        if (w.HasBias != 0) (y.Bias, y.BiasAlong) = (w.Bias, BiasAxis.Columns);
        Apply(g.In, Floats(input), w.Weight, strideIn, strideOut, y);
    }

    /// <inheritdoc/>
    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        var w = (FullyConnectedWeights)weights;
        FullyConnectedGeometry g = geometry;
        (int strideIn, int strideOut) = g.WeightIsInByOut ? (g.Out, 1) : (1, g.In);
        if (Form == ProductForm.Naive)
        {
            Launch(inputSignal.Shape.Count, new FullyConnectedBackwardNaive
            {
                In = g.In, Out = g.Out, StrideIn = strideIn, StrideOut = strideOut, Alpha = w.Alpha,
                Above = Floats(outputSignal), W = w.Weight, Below = Floats(inputSignal),
            });
            return;
        }

        Apply(g.Out, Floats(outputSignal), w.Weight, strideOut, strideIn, Rows(g.N, g.In, Floats(inputSignal), w.Alpha));
    }

    /// <inheritdoc/>
    public void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input,
        DeviceTensor outputSignal, DeviceTensor weightSignal)
    {
        FullyConnectedGeometry g = geometry;
        if (Form == ProductForm.Naive)
        {
            Launch(weightSignal.Shape.Count, new FullyConnectedBackwardToWeightsNaive
            {
                N = g.N, In = g.In, Out = g.Out, IsInByOut = g.WeightIsInByOut ? 1 : 0, X = Floats(input),
                Above = Floats(outputSignal), Result = Floats(weightSignal),
            });
            return;
        }

        StridedOperand x = StridedOperand.Of(Floats(input), g.N, g.In, g.In, 1);
        StridedOperand above = StridedOperand.Of(Floats(outputSignal), g.N, g.Out, g.Out, 1);
        if (g.WeightIsInByOut) Multiply(g.N, x, above, Rows(g.In, g.Out, Floats(weightSignal)), SumOrder.ByShape);
        else Multiply(g.N, above, x, Rows(g.Out, g.In, Floats(weightSignal)), SumOrder.ByShape);
    }

    /// <summary>result(n, j) = sum over k of x(n, k) w(k strideK + j strideJ): one direction of a layer.</summary>
    private void Apply(int k, ArrayView<float> x, ArrayView<float> w, int strideK, int strideJ, PlaneProduct result)
    {
        if (Form == ProductForm.Tiled || result.M > MostImagesByRows)
        {
            Multiply(k, StridedOperand.Of(x, k, result.M, 1, k), StridedOperand.Of(w, k, result.N, strideK, strideJ), result,
                SumOrder.ByTerms);
        }
        else if (strideK == 1) MultiplyRows(k, x, w, result);
        else MultiplyColumns(k, x, w, result);
    }

    /// <summary>Floats that <see cref="Apply"/> works in.</summary>
    /// <param name="k">Terms.</param>
    /// <param name="result">The product.</param>
    /// <param name="isAlongRows">Whether terms lie side by side in the weight.</param>
    private long FloatsToApply(int k, in PlaneProduct result, bool isAlongRows)
    {
        if (Form == ProductForm.Tiled || result.M > MostImagesByRows)
            return SliceFloats(PartsOf(k, result, SumOrder.ByTerms), result);
        return isAlongRows ? 0 : (long)ColumnSlices(k).Slices * result.M * result.N;
    }

    private static PlaneProduct Rows(int rows, int columns, ArrayView<float> result, float alpha = 1f) => new()
    {
        Result = result, Bias = result, Z = 1, M = rows, N = columns, Plane = new(columns), Alpha = alpha,
    };

    private sealed class FullyConnectedWeights(GpuMemory memory, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) : GpuWeights(memory, weight, bias)
    {
        public float Alpha { get; } = alpha;
    }
}
