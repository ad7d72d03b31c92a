using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        Shape shape = input.Shape;
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        float* inputs = Rows(0, input), outputs = RowsFor(1, output);
        For(outer, a =>
        {
            // One vector of the inner axes at a time, [inner] each: maximum, exponentials (in the output's place), their sum.
            Span<float> max = new float[inner], sum = new float[inner];
            max.Fill(float.NegativeInfinity);
            for (int i = 0; i < length; i++) TensorPrimitives.Max(max, Run(inputs, a * length + i, inner), max);
            for (int i = 0; i < length; i++)
            {
                Span<float> y = Run(outputs, a * length + i, inner);
                TensorPrimitives.Subtract(Run(inputs, a * length + i, inner), max, y);
                TensorPrimitives.Exp(y, y);
                TensorPrimitives.Add(sum, y, sum);
            }

            TensorPrimitives.Log(sum, sum);
            for (int i = 0; i < length; i++)
            {
                // x - max first: near the maximum the difference is exact, and the logarithm small.
                Span<float> y = Run(outputs, a * length + i, inner);
                TensorPrimitives.Subtract(Run(inputs, a * length + i, inner), max, y);
                TensorPrimitives.Subtract(y, sum, y);
            }
        });
        Commit(outputs, output);
    }

    /// <inheritdoc/>
    public void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Shape shape = inputSignal.Shape;
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        float* outputs = Rows(0, output), signals = Rows(1, outputSignal), results = RowsFor(2, inputSignal);
        int kept = (int)(output.Shape.Count / Math.Max(1, inner));
        For(outer, a =>
        {
            Span<float> sum = new float[inner], p = new float[inner];
            for (int i = 0; i < length; i++) TensorPrimitives.Add(sum, Run(signals, a * length + i, inner), sum);
            for (int i = 0; i < length; i++)
            {
                TensorPrimitives.Exp(Run(outputs, (a * length + i) % kept, inner), p);
                TensorPrimitives.Multiply(p, sum, p);
                TensorPrimitives.Subtract(Run(signals, a * length + i, inner), p, Run(results, a * length + i, inner));
            }
        });
        Commit(results, inputSignal);
    }
}
