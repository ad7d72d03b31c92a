namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal)
    {
        Layout layout = Layout.OfChannels(outputSignal.Shape);
        float* above = Blocks(0, outputSignal, layout);
        Moments moments = MomentsOf(layout);
        new Span<float>(moments.Numbers, layout.Blocks * Layout.Lanes).Clear();
        Sum(layout, above, moments.Numbers, above, moments.Numbers, moments);
        for (int c = 0; c < layout.Channels; c++) Pointer(biasSignal)[c] = (float)moments.FirstOf(c, layout.Images);
    }
}
