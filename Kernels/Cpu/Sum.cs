using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) =>
        ForRanges((int)output.Shape.Count, (start, length) =>
        {
            if (sign < 0) TensorPrimitives.Subtract(Part(a, start, length), Part(b, start, length), Part(output, start, length));
            else TensorPrimitives.Add(Part(a, start, length), Part(b, start, length), Part(output, start, length));
        });

    /// <inheritdoc/>
    public void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal) =>
        ForRanges((int)inputSignal.Shape.Count, (start, length) =>
            TensorPrimitives.Multiply(Part(outputSignal, start, length), sign, Part(inputSignal, start, length)));
}
