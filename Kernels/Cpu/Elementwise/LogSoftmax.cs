using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

// As in Softmax.cs. x - max first: near the maximum the difference is exact, and the logarithm small.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var axes = new AxesAsOne(from, to, output.Shape);
        float* x = Rows(0, input), y = RowsFor(1, output);
        var job = new LogSoftmaxJob(this, axes, x, y);
        For(axes.Outer, ref job);
        Commit(y, output);
    }

    /// <inheritdoc/>
    public void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var kept = new AxesAsOne(from, to, output.Shape);
        float* y = Rows(0, output), above = Rows(1, outputSignal), below = RowsFor(2, inputSignal);
        var job = new LogSoftmaxBackwardJob(this, kept, y, above, below);
        For(kept.OuterOf(inputSignal), ref job);
        Commit(below, inputSignal);
    }

    private readonly struct LogSoftmaxJob(CpuKernels kernels, AxesAsOne axes, float* input, float* output) : IJob
    {
        public void Run(int outer, int worker)
        {
            if (axes.Inner == 1)
            {
                Span<float> x = axes.Whole(input, outer), y = axes.Whole(output, outer);
                if (x.IsEmpty) return;
                float most = TensorPrimitives.Max<float>(x);
                TensorPrimitives.Subtract(x, most, y);
                TensorPrimitives.Exp(y, y);
                float logarithm = MathF.Log(TensorPrimitives.Sum<float>(y));
                TensorPrimitives.Subtract(x, most, y);
                TensorPrimitives.Subtract(y, logarithm, y);
                return;
            }

            float* memory = kernels.Scratch(worker, 2L * axes.Inner);
            Span<float> max = new(memory, axes.Inner), sum = new(memory + axes.Inner, axes.Inner);
            axes.Exponentials(input, output, outer, max, sum);
            TensorPrimitives.Log(sum, sum);
            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> y = axes.Vector(output, outer, i);
                TensorPrimitives.Subtract(axes.Vector(input, outer, i), max, y);
                TensorPrimitives.Subtract(y, sum, y);
            }
        }
    }

    private readonly struct LogSoftmaxBackwardJob(CpuKernels kernels, AxesAsOne axes, float* output, float* above, float* below)
        : IJob
    {
        public void Run(int outer, int worker)
        {
            if (axes.Inner == 1)
            {
                Span<float> r = axes.Whole(above, outer), q = new(kernels.Scratch(worker, axes.Length), axes.Length);
                TensorPrimitives.Exp(axes.Whole(output, outer % axes.Outer), q);
                TensorPrimitives.Multiply(q, TensorPrimitives.Sum<float>(r), q);
                TensorPrimitives.Subtract(r, q, axes.Whole(below, outer));
                return;
            }

            float* memory = kernels.Scratch(worker, 2L * axes.Inner);
            Span<float> sum = new(memory, axes.Inner), p = new(memory + axes.Inner, axes.Inner);
            sum.Clear();
            for (int i = 0; i < axes.Length; i++) TensorPrimitives.Add(sum, axes.Vector(above, outer, i), sum);
            for (int i = 0; i < axes.Length; i++)
            {
                TensorPrimitives.Exp(axes.Vector(output, outer % axes.Outer, i), p);
                TensorPrimitives.Multiply(p, sum, p);
                TensorPrimitives.Subtract(axes.Vector(above, outer, i), p, axes.Vector(below, outer, i));
            }
        }
    }
}
