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
            kernels.LaunchGroups(
                new Index3D((x.IntLength + ReluForwardKernel<TF>.Elements - 1) / ReluForwardKernel<TF>.Elements, 1, 1),
                new ReluForwardKernel<TF> { F = f, X = x, Y = y, Bits = bits });
    }

    private readonly struct ReluBackwardLaunch(GpuKernels kernels, ArrayView<float> above, ArrayView<uint> bits,
        ArrayView<float> below) : IRuleKernel<float>
    {
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float> =>
            kernels.Launch(Quads.Of(below.Length),
                new ReluBackwardKernel<TRule, TF> { F = f, Above = above, Bits = bits, Below = below });
    }
}

/// <summary>
/// y = f(x), bit = IsActive(x); a thread takes four elements, and the group's bits meet in shared memory and leave as words of
/// 32.
/// </summary>
internal struct ReluForwardKernel<TF> : IGroupKernel
    where TF : struct, IRectifier<float>
{
    /// <summary>Elements of a group.</summary>
    public const int Elements = 4 * Threads;

    private const int Threads = 256;

    public TF F;
    public ArrayView<float> X, Y;
    public ArrayView<uint> Bits;

    public static int GroupSize => Threads;

    public readonly void Run()
    {
        ArrayView<uint> active = SharedMemory.Allocate<uint>(Threads);
        int t = Group.IdxX, i = Grid.IdxX * Elements + t * 4, count = X.IntLength;
        uint bits = 0u;
        if (i < count)
        {
            Float4 x = Quads.Load(X, i);
            if (F.IsActive(x.X)) bits |= 1u;
            if (i + 1 < count && F.IsActive(x.Y)) bits |= 2u;
            if (i + 2 < count && F.IsActive(x.Z)) bits |= 4u;
            if (i + 3 < count && F.IsActive(x.W)) bits |= 8u;
            Quads.Store(Y, i, new Float4(F.Forward(x.X), F.Forward(x.Y), F.Forward(x.Z), F.Forward(x.W)));
        }

        active[t] = bits << (t % 8 * 4);
        Group.Barrier();
        if (t >= Elements / 32 || Grid.IdxX * Elements + t * 32 >= count) return;
        uint word = 0u;
        for (int k = 0; k < 8; k++) word |= active[t * 8 + k];
        Bits[Grid.IdxX * (Elements / 32) + t] = word;
    }
}

/// <summary>R_n = rule(R_{n+1}, bit); a thread four elements.</summary>
internal struct ReluBackwardKernel<TRule, TF> : IThreadKernel
    where TRule : struct, IReluRule
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Above, Below;
    public ArrayView<uint> Bits;

    public readonly void Run(int i)
    {
        Float4 r = Quads.Load(Above, i * 4);
        uint bits = Bits[i / 8] >> (i % 8 * 4);
        Quads.Store(Below, i * 4, new Float4(
            TRule.Backward(r.X, (bits & 1u) != 0u, F), TRule.Backward(r.Y, (bits & 2u) != 0u, F),
            TRule.Backward(r.Z, (bits & 4u) != 0u, F), TRule.Backward(r.W, (bits & 8u) != 0u, F)));
    }
}
