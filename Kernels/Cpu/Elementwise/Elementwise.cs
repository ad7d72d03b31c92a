namespace NetViz.Kernels.Cpu;

// Elementwise on the numbers in their stored layout. Lanes past the last channel are computed too, and mean nothing.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output)
    {
        var range = new FunctionRange(f, Pointer(input), Pointer(output));
        ForRanges(LayoutOf(output).Stored, ref range);
    }

    /// <inheritdoc/>
    public void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        long kept = LayoutOf(input).Stored;
        for (long first = 0; first < LayoutOf(inputSignal).Stored; first += kept)
        {
            var range = new DerivativeRange(f, Pointer(input), Pointer(outputSignal) + first, Pointer(inputSignal) + first);
            ForRanges(kept, ref range);
        }
    }

    private readonly struct FunctionRange(ElementFunction f, float* input, float* output) : IRange
    {
        public void Run(int start, int length)
        {
            for (int i = start; i < start + length; i++) output[i] = f.Value(input[i]);
        }
    }

    private readonly struct DerivativeRange(ElementFunction f, float* input, float* above, float* below) : IRange
    {
        public void Run(int start, int length)
        {
            for (int i = start; i < start + length; i++) below[i] = above[i] * f.Derivative(input[i]);
        }
    }
}
