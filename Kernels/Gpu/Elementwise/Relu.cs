using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        var kernel = new ReluForwardLaunch(this, Floats(input), Floats(output), Bits(bits));
        f.Visit<float, ReluForwardLaunch>(ref kernel);
    }

    /// <inheritdoc/>
    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        var kernel = new ReluBackwardLaunch(this, Floats(outputSignal), Bits(bits), Floats(inputSignal));
        f.Visit<float, ReluBackwardLaunch>(rule, ref kernel);
    }

    private readonly struct ReluForwardLaunch(GpuKernels kernels, ArrayView<float> x, ArrayView<float> y, ArrayView<byte> bits)
        : IRectifierKernel<float>
    {
        public void Run<TF>(TF f)
            where TF : struct, IRectifier<float> =>
            kernels.Launch(Quads.Of(x.Length), new ReluForwardKernel<TF> { F = f, X = x, Y = y, Bits = bits });
    }

    private readonly struct ReluBackwardLaunch(GpuKernels kernels, ArrayView<float> above, ArrayView<byte> bits,
        ArrayView<float> below) : IRuleKernel<float>
    {
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float> =>
            kernels.Launch(Quads.Of(below.Length),
                new ReluBackwardKernel<TRule, TF> { F = f, Above = above, Bits = bits, Below = below });
    }
}

/// <summary>y = f(x), bit = IsActive(x); a thread four elements and the byte of their bits.</summary>
internal struct ReluForwardKernel<TF> : IThreadKernel
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> X, Y;
    public ArrayView<byte> Bits;

    public readonly void Run(int i)
    {
        Float4 x = Quads.Load(X, i * 4);
        Bits[i] = Rectified.Bits(F, x);
        Quads.Store(Y, i * 4, Rectified.Forward(F, x));
    }
}

/// <summary>R_n = rule(R_{n+1}, bit); a thread four elements.</summary>
internal struct ReluBackwardKernel<TRule, TF> : IThreadKernel
    where TRule : struct, IReluRule
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Above, Below;
    public ArrayView<byte> Bits;

    public readonly void Run(int i) =>
        Quads.Store(Below, i * 4, Rectified.Backward<TRule, TF>(F, Quads.Load(Above, i * 4), Bits[i]));
}

/// <summary>A rectifier on four neighbours, whose bits are the low four of a byte.</summary>
internal static class Rectified
{
    /// <summary>f.</summary>
    public static Float4 Forward<TF>(TF f, Float4 x)
        where TF : struct, IRectifier<float> =>
        new(f.Forward(x.X), f.Forward(x.Y), f.Forward(x.Z), f.Forward(x.W));

    /// <summary>Where f is active.</summary>
    public static byte Bits<TF>(TF f, Float4 x)
        where TF : struct, IRectifier<float>
    {
        int bits = 0;
        if (f.IsActive(x.X)) bits |= 1;
        if (f.IsActive(x.Y)) bits |= 2;
        if (f.IsActive(x.Z)) bits |= 4;
        if (f.IsActive(x.W)) bits |= 8;
        return (byte)bits;
    }

    /// <summary>The signal below.</summary>
    public static Float4 Backward<TRule, TF>(TF f, Float4 r, int bits)
        where TRule : struct, IReluRule
        where TF : struct, IRectifier<float> => new(
        TRule.Backward(r.X, (bits & 1) != 0, f), TRule.Backward(r.Y, (bits & 2) != 0, f),
        TRule.Backward(r.Z, (bits & 4) != 0, f), TRule.Backward(r.W, (bits & 8) != 0, f));
}
