using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal)
    {
        int channels = (int)biasSignal.Shape.Count, images = outputSignal.Shape.N;
        var places = (int)(outputSignal.Shape.Count / Math.Max(1, (long)images * channels));
        float* above = Rows(0, outputSignal);
        For(channels, c =>
        {
            double sum = 0;
            for (int n = 0; n < images; n++) sum += TensorPrimitives.Sum(new ReadOnlySpan<float>(above + ((long)n * channels + c) * places, places));
            Pointer(biasSignal)[c] = (float)sum;
        });
    }
}
