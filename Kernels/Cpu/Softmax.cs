using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        Shape shape = input.Shape;
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        float* inputs = Rows(0, input), outputs = RowsFor(1, output);
        For(outer, a =>
        {
            // One vector of the inner axes at a time: maximum, exponentials and their sum lie side by side, [inner] each.
            Span<float> max = new float[inner], sum = new float[inner];
            max.Fill(float.NegativeInfinity);
            for (int i = 0; i < length; i++) TensorPrimitives.Max(max, Run(inputs, a * length + i, inner), max);
            for (int i = 0; i < length; i++)
            {
                Span<float> p = Run(outputs, a * length + i, inner);
                TensorPrimitives.Subtract(Run(inputs, a * length + i, inner), max, p);
                TensorPrimitives.Exp(p, p);
                TensorPrimitives.Add(sum, p, sum);
            }

            for (int i = 0; i < length; i++)
            {
                Span<float> p = Run(outputs, a * length + i, inner);
                TensorPrimitives.Divide(p, sum, p);
            }
        });
        Commit(outputs, output);
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Shape shape = inputSignal.Shape;
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        float* outputs = Rows(0, output), signals = Rows(1, outputSignal), results = RowsFor(2, inputSignal);
        int kept = (int)(output.Shape.Count / Math.Max(1, inner));
        For(outer, a =>
        {
            Span<float> mean = new float[inner];
            for (int i = 0; i < length; i++)
            {
                TensorPrimitives.MultiplyAdd(Run(outputs, (a * length + i) % kept, inner), Run(signals, a * length + i, inner), mean, mean);
            }

            for (int i = 0; i < length; i++)
            {
                Span<float> below = Run(results, a * length + i, inner);
                TensorPrimitives.Subtract(Run(signals, a * length + i, inner), mean, below);
                TensorPrimitives.Multiply(below, Run(outputs, (a * length + i) % kept, inner), below);
            }
        });
        Commit(results, inputSignal);
    }

    /// <summary>Run i of so many numbers, row-major.</summary>
    private static Span<float> Run(float* rows, int i, int length) => new(rows + (long)i * length, length);
}
