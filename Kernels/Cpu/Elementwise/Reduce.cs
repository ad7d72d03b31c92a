using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

// [outer][length][inner] row-major; one element of the outer axes is a piece. Where inner axes are left, one vector of them is
// taken at a time; without any the axis itself is the vector.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var axes = new AxesAsOne(from, to, input.Shape);
        float* x = Rows(0, input), y = RowsFor(1, output);
        var job = new ReduceJob(kind, axes, x, y);
        For(axes.Outer, ref job);
        Commit(y, output);
    }

    /// <inheritdoc/>
    public void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        var axes = new AxesAsOne(from, to, inputSignal.Shape);
        float* x = input is null ? null : Rows(0, input), above = Rows(1, outputSignal), below = RowsFor(2, inputSignal);
        int kept = input is null ? axes.Outer : axes.OuterOf(input);
        var job = new ReduceBackwardJob(this, kind, axes, kept, x, above, below);
        For(axes.Outer, ref job);
        Commit(below, inputSignal);
    }

    private readonly struct ReduceJob(ReduceKind kind, AxesAsOne axes, float* input, float* output) : IJob
    {
        public void Run(int outer, int worker)
        {
            Span<float> y = new(output + (long)outer * axes.Inner, axes.Inner);
            if (axes.Inner == 1)
            {
                Span<float> x = axes.Whole(input, outer);
                y[0] = kind switch
                {
                    ReduceKind.Sum => TensorPrimitives.Sum<float>(x),
                    ReduceKind.Mean => TensorPrimitives.Sum<float>(x) / x.Length,
                    ReduceKind.Maximum => TensorPrimitives.Max<float>(x),
                    ReduceKind.Minimum => TensorPrimitives.Min<float>(x),
                    _ => MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(x)),
                };
                return;
            }

            axes.Vector(input, outer, 0).CopyTo(y);
            if (kind == ReduceKind.Norm) TensorPrimitives.Multiply(y, y, y);
            for (int i = 1; i < axes.Length; i++)
            {
                Span<float> x = axes.Vector(input, outer, i);
                if (kind == ReduceKind.Maximum) TensorPrimitives.Max(y, x, y);
                else if (kind == ReduceKind.Minimum) TensorPrimitives.Min(y, x, y);
                else if (kind == ReduceKind.Norm) TensorPrimitives.MultiplyAdd(x, x, y, y);
                else TensorPrimitives.Add(y, x, y);
            }

            if (kind == ReduceKind.Mean) TensorPrimitives.Divide(y, (float)axes.Length, y);
            if (kind == ReduceKind.Norm) TensorPrimitives.Sqrt(y, y);
        }
    }

    private readonly struct ReduceBackwardJob(CpuKernels kernels, ReduceKind kind, AxesAsOne axes, int keptOuter, float* input,
        float* above, float* below) : IJob
    {
        public void Run(int outer, int worker)
        {
            Span<float> r = new(above + (long)outer * axes.Inner, axes.Inner);
            if (kind is ReduceKind.Maximum or ReduceKind.Minimum)
            {
                Extremum(outer, r);
                return;
            }

            var share = new Span<float>(kernels.Scratch(worker, axes.Inner), axes.Inner);
            if (kind == ReduceKind.Norm) Norms(outer, r, share);
            else if (kind == ReduceKind.Mean) TensorPrimitives.Divide(r, (float)axes.Length, share);
            else r.CopyTo(share);
            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> s = axes.Vector(below, outer, i);
                if (kind == ReduceKind.Norm) TensorPrimitives.Multiply(axes.Vector(input, outer % keptOuter, i), share, s);
                else share.CopyTo(s);
            }
        }

        // R / y, 0 where y is.
        private void Norms(int outer, Span<float> r, Span<float> share)
        {
            share.Clear();
            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> x = axes.Vector(input, outer % keptOuter, i);
                TensorPrimitives.MultiplyAdd(x, x, share, share);
            }

            for (int k = 0; k < share.Length; k++) share[k] = share[k] > 0 ? r[k] / MathF.Sqrt(share[k]) : 0;
        }

        private void Extremum(int outer, Span<float> r)
        {
            axes.Whole(below, outer).Clear();
            Span<float> x = axes.Whole(input, outer % keptOuter), s = axes.Whole(below, outer);
            for (int k = 0; k < axes.Inner; k++)
            {
                int first = k;
                for (int at = k + axes.Inner; at < x.Length; at += axes.Inner)
                    if (kind == ReduceKind.Maximum ? x[at] > x[first] : x[at] < x[first]) first = at;
                s[first] = r[k];
            }
        }
    }
}
