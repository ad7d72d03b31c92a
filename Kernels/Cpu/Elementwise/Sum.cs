using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

// Elementwise on the numbers as they lie: both operands lie alike.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output)
    {
        var range = new SumRange(a, b, sign, output);
        ForRanges(LayoutOf(output).Stored, ref range);
    }

    /// <inheritdoc/>
    public void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal)
    {
        var range = new SignRange(outputSignal, sign, inputSignal);
        ForRanges(LayoutOf(inputSignal).Stored, ref range);
    }

    /// <inheritdoc/>
    public void AddTo(DeviceTensor source, DeviceTensor sum) => SumForward(sum, source, 1f, sum);

    private readonly struct SumRange(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) : IRange
    {
        public void Run(int start, int length)
        {
            if (sign < 0) TensorPrimitives.Subtract(Part(a, start, length), Part(b, start, length), Part(output, start, length));
            else TensorPrimitives.Add(Part(a, start, length), Part(b, start, length), Part(output, start, length));
        }
    }

    private readonly struct SignRange(DeviceTensor above, float sign, DeviceTensor below) : IRange
    {
        public void Run(int start, int length) =>
            TensorPrimitives.Multiply(Part(above, start, length), sign, Part(below, start, length));
    }
}
