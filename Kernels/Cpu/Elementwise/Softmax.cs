using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

// One element of the outer axes is a piece. Where inner axes are left, [length][inner], one vector of them is taken at a time:
// maximum, exponentials and their sum lie side by side, [inner] each. Without any a vector would be one number: the axis itself
// is the vector then.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var axes = new AxesAsOne(from, to, output.Shape);
        float* x = Rows(0, input), p = RowsFor(1, output);
        var job = new SoftmaxJob(this, axes, x, p);
        For(axes.Outer, ref job);
        Commit(p, output);
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var kept = new AxesAsOne(from, to, output.Shape);
        float* p = Rows(0, output), above = Rows(1, outputSignal), below = RowsFor(2, inputSignal);
        var job = new SoftmaxBackwardJob(this, kept, p, above, below);
        For(kept.OuterOf(inputSignal), ref job);
        Commit(below, inputSignal);
    }

    /// <summary>A tensor as [outer][length][inner], row-major.</summary>
    private readonly struct AxesAsOne(int from, int to, in Shape shape)
    {
        public int Outer { get; } = checked((int)shape.Product(0, from));

        public int Length { get; } = checked((int)shape.Product(from, to));

        public int Inner { get; } = checked((int)shape.Product(to, shape.Rank));

        /// <summary>Elements of the outer axes of a signal, whose batch may be a multiple of what was kept.</summary>
        public int OuterOf(DeviceTensor signal) => (int)(signal.Shape.Count / Math.Max(1, (long)Length * Inner));

        /// <summary>All numbers of one element of the outer axes.</summary>
        public Span<float> Whole(float* rows, int outer) => new(rows + (long)outer * Length * Inner, Length * Inner);

        /// <summary>One vector of the inner axes.</summary>
        public Span<float> Vector(float* rows, int outer, int i) => new(rows + ((long)outer * Length + i) * Inner, Inner);

        /// <summary>
        /// y = exp(x - maximum), its maximum and its sum along the axis, [inner] each.
        /// </summary>
        public void Exponentials(float* input, float* output, int outer, Span<float> max, Span<float> sum)
        {
            max.Fill(float.NegativeInfinity);
            sum.Clear();
            for (int i = 0; i < Length; i++) TensorPrimitives.Max(max, Vector(input, outer, i), max);
            for (int i = 0; i < Length; i++)
            {
                Span<float> y = Vector(output, outer, i);
                TensorPrimitives.Subtract(Vector(input, outer, i), max, y);
                TensorPrimitives.Exp(y, y);
                TensorPrimitives.Add(sum, y, sum);
            }
        }
    }

    private readonly struct SoftmaxJob(CpuKernels kernels, AxesAsOne axes, float* input, float* output) : IJob
    {
        public void Run(int outer, int worker)
        {
            if (axes.Inner == 1)
            {
                Span<float> x = axes.Whole(input, outer), p = axes.Whole(output, outer);
                if (x.IsEmpty) return;
                TensorPrimitives.Subtract(x, TensorPrimitives.Max<float>(x), p);
                TensorPrimitives.Exp(p, p);
                TensorPrimitives.Divide(p, TensorPrimitives.Sum<float>(p), p);
                return;
            }

            float* memory = kernels.Scratch(worker, 2L * axes.Inner);
            Span<float> max = new(memory, axes.Inner), sum = new(memory + axes.Inner, axes.Inner);
            axes.Exponentials(input, output, outer, max, sum);
            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> p = axes.Vector(output, outer, i);
                TensorPrimitives.Divide(p, sum, p);
            }
        }
    }

    private readonly struct SoftmaxBackwardJob(CpuKernels kernels, AxesAsOne axes, float* output, float* above, float* below)
        : IJob
    {
        public void Run(int outer, int worker)
        {
            if (axes.Inner == 1)
            {
                Span<float> r = axes.Whole(above, outer), y = axes.Whole(output, outer % axes.Outer);
                Span<float> s = axes.Whole(below, outer);
                TensorPrimitives.Subtract(r, TensorPrimitives.Dot<float>(y, r), s);
                TensorPrimitives.Multiply(s, y, s);
                return;
            }

            var mean = new Span<float>(kernels.Scratch(worker, axes.Inner), axes.Inner);
            mean.Clear();
            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> r = axes.Vector(above, outer, i);
                TensorPrimitives.MultiplyAdd(axes.Vector(output, outer % axes.Outer, i), r, mean, mean);
            }

            for (int i = 0; i < axes.Length; i++)
            {
                Span<float> s = axes.Vector(below, outer, i);
                TensorPrimitives.Subtract(axes.Vector(above, outer, i), mean, s);
                TensorPrimitives.Multiply(s, axes.Vector(output, outer % axes.Outer, i), s);
            }
        }
    }
}
