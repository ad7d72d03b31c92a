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
        For(outer, a =>
        {
            // One vector of the inner axes at a time: maximum, exponentials and their sum lie side by side, [inner] each.
            Span<float> max = new float[inner], sum = new float[inner];
            max.Fill(float.NegativeInfinity);
            for (int i = 0; i < length; i++) TensorPrimitives.Max(max, Part(input, (a * length + i) * inner, inner), max);
            for (int i = 0; i < length; i++)
            {
                Span<float> p = Part(output, (a * length + i) * inner, inner);
                TensorPrimitives.Subtract(Part(input, (a * length + i) * inner, inner), max, p);
                TensorPrimitives.Exp(p, p);
                TensorPrimitives.Add(sum, p, sum);
            }

            for (int i = 0; i < length; i++)
            {
                Span<float> p = Part(output, (a * length + i) * inner, inner);
                TensorPrimitives.Divide(p, sum, p);
            }
        });
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Shape shape = output.Shape;
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        For(outer, a =>
        {
            Span<float> mean = new float[inner];
            for (int i = 0; i < length; i++)
            {
                int start = (a * length + i) * inner;
                TensorPrimitives.MultiplyAdd(Part(output, start, inner), Part(outputSignal, start, inner), mean, mean);
            }

            for (int i = 0; i < length; i++)
            {
                int start = (a * length + i) * inner;
                Span<float> below = Part(inputSignal, start, inner);
                TensorPrimitives.Subtract(Part(outputSignal, start, inner), mean, below);
                TensorPrimitives.Multiply(below, Part(output, start, inner), below);
            }
        });
    }
}
