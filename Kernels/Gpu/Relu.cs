using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        var kernel = new ReluForwardLaunch(this, Floats(input), Floats(output), Words(bits));
        f.Visit<float, ReluForwardLaunch>(ref kernel);
    }

    /// <inheritdoc/>
    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        var kernel = new ReluBackwardLaunch(this, Floats(outputSignal), Words(bits), Floats(inputSignal));
        f.Visit<float, ReluBackwardLaunch>(rule, ref kernel);
    }

    private readonly struct ReluForwardLaunch(GpuKernels kernels, ArrayView<float> x, ArrayView<float> y, ArrayView<uint> bits)
        : IRectifierKernel<float>
    {
        public void Run<TF>(TF f)
            where TF : struct, IRectifier<float> =>
            kernels.LaunchGroups(new Index3D((x.IntLength + ReluForwardKernel<TF>.Elements - 1) / ReluForwardKernel<TF>.Elements, 1, 1),
                new ReluForwardKernel<TF> { F = f, X = x, Y = y, Bits = bits });
    }

    private readonly struct ReluBackwardLaunch(GpuKernels kernels, ArrayView<float> above, ArrayView<uint> bits,
        ArrayView<float> below) : IRuleKernel<float>
    {
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float> =>
            kernels.Launch(below.Length, new ReluBackwardKernel<TRule, TF> { F = f, Above = above, Bits = bits, Below = below });
    }
}

/// <summary>y = f(x), bit = IsActive(x); the group's bits meet in shared memory and leave as words of 32.</summary>
internal struct ReluForwardKernel<TF> : IGroupKernel
    where TF : struct, IRectifier<float>
{
    /// <summary>Elements of a group.</summary>
    public const int Elements = 256;

    public TF F;
    public ArrayView<float> X, Y;
    public ArrayView<uint> Bits;

    public static int GroupSize => Elements;

    public readonly void Run()
    {
        ArrayView<uint> active = SharedMemory.Allocate<uint>(Elements);
        int t = Group.IdxX, i = Grid.IdxX * Elements + t;
        uint bit = 0u;
        if (i < X.IntLength)
        {
            float x = X[i];
            if (F.IsActive(x)) bit = 1u << (t % 32);
            Y[i] = F.Forward(x);
        }

        active[t] = bit;
        Group.Barrier();
        if (t >= Elements / 32 || Grid.IdxX * Elements + t * 32 >= X.IntLength) return;
        uint word = 0u;
        for (int k = 0; k < 32; k++) word |= active[t * 32 + k];
        Bits[Grid.IdxX * (Elements / 32) + t] = word;
    }
}

/// <summary>R_n = rule(R_{n+1}, bit).</summary>
internal struct ReluBackwardKernel<TRule, TF> : IThreadKernel
    where TRule : struct, IReluRule
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Above, Below;
    public ArrayView<uint> Bits;

    public readonly void Run(int i) => Below[i] = TRule.Backward(Above[i], (Bits[i / 32] >> (i % 32) & 1u) != 0u, F);
}
