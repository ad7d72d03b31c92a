using ILGPU;

namespace NetViz.Kernels.Gpu;

// A convolution with the rectifier behind it, and perhaps the max-pooling behind that. What is written at the end of Winograd's
// output transform and read at the start of its input transform goes through them there, where rows are a multiple of four, so
// that four neighbours and the byte of their bits are one thread's; other products have the rectifier in their last store. The
// arithmetic is that of the operations one by one, hence so are the bytes.
public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward)
    {
        ConvGeometry g = geometry;
        if (Form == ProductForm.Naive) return false;

        // In the backward pass a product reads a signal once for each tap: a rule there would be applied as often.
        var w = (ConvWeights)weights;
        if (!(backward ? w.IsWinogradDown : w.IsWinogradUp)) return !backward && pool is null && g.OH * g.OW % 4 == 0;
        if (!backward && w.HasPlainForm && !g.PlainImages.IsEmpty) return false;
        if (g.OW % 4 != 0 || (backward && g.Window.PadLeft != 1)) return false;
        return pool is not { } p || (IsHalving(p) && (!backward || g.Window.PadTop == 1));
    }

    /// <inheritdoc/>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output)
    {
        var w = (ConvWeights)weights;
        if (!w.IsWinogradUp)
        {
            ProductForward(geometry, Floats(input), w, Floats(output), ProductTail.Of(tail.Rectifier, Bits(tail.Bits)));
            return;
        }

        var kernel = new FusedForward(this, geometry, Floats(input), w, tail, Floats(output));
        tail.Rectifier.Visit<float, FusedForward>(ref kernel);
    }

    /// <inheritdoc/>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal)
    {
        var kernel = new FusedBackward(this, geometry, Floats(tailSignal), (ConvWeights)weights, tail, Floats(inputSignal));
        tail.Rectifier.Visit<float, FusedBackward>(rule, ref kernel);
    }

    private readonly struct FusedForward(GpuKernels kernels, ConvGeometry g, ArrayView<float> x, ConvWeights w, ConvTail tail,
        ArrayView<float> y) : IRectifierKernel<float>
    {
        public void Run<TF>(TF f)
            where TF : struct, IRectifier<float>
        {
            ArrayView<byte> bits = Bits(tail.Bits);
            if (tail.Switches is null)
            {
                kernels.WinogradForward(g, x, w, new RectifierTarget<TF> { F = f, Y = y, Bits = bits });
                return;
            }

            ArrayView<byte> positions = ((GpuSwitches)tail.Switches).BytesOfAll;
            kernels.WinogradForward(g, x, w, new PoolTarget<TF> { F = f, Y = y, Positions = positions, Bits = bits });
        }
    }

    private readonly struct FusedBackward(
        GpuKernels kernels, ConvGeometry g, ArrayView<float> above, ConvWeights w, ConvTail tail,
        ArrayView<float> below) : IRuleKernel<float>
    {
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float>
        {
            ArrayView<byte> bits = Bits(tail.Bits);
            if (tail.Switches is null)
            {
                kernels.WinogradBackward(g, new RectifierSource<TRule, TF> { F = f, Above = above, Bits = bits }, w, below);
                return;
            }

            ArrayView<byte> positions = ((GpuSwitches)tail.Switches).BytesOfAll;
            kernels.WinogradBackward(g,
                new PoolSource<TRule, TF> { F = f, Above = above, Positions = positions, Bits = bits }, w, below);
        }
    }
}
