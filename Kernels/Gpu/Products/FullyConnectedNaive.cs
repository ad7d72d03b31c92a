using ILGPU;

namespace NetViz.Kernels.Gpu;

// A fully connected layer as it is defined, everything read from device memory.

/// <summary>y(n, o) = b(o) + alpha sum over i of x(n, i) w(o, i); a group an output.</summary>
internal struct FullyConnectedForwardNaive : IGroupKernel
{
    public int In, Out, StrideIn, StrideOut, HasBias;
    public float Alpha;
    public ArrayView<float> X, W, B, Y;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int o = Grid.IdxX, n = Grid.IdxY;
        float sum = 0f;
        for (int i = Group.IdxX; i < In; i += Reduction.Threads) sum += X[n * In + i] * W[o * StrideOut + i * StrideIn];
        sum = Alpha * Reduction.Sum(sum);
        if (Group.IdxX == 0) Y[n * Out + o] = HasBias != 0 ? sum + B[o] : sum;
    }
}

/// <summary>r(n, i) = alpha sum over o of R(n, o) w(o, i); a thread an input.</summary>
internal struct FullyConnectedBackwardNaive : IThreadKernel
{
    // Sums of the given number of terms are summed in their turn: long sums in float lose less that way.
    private const int Block = 64;

    public int In, Out, StrideIn, StrideOut;
    public float Alpha;
    public ArrayView<float> Above, W, Below;

    public readonly void Run(int i)
    {
        int n = i / In, input = i % In;
        float sum = 0f;
        for (int first = 0; first < Out; first += Block)
        {
            float ofBlock = 0f;
            int last = first + Block < Out ? first + Block : Out;
            for (int o = first; o < last; o++) ofBlock += Above[n * Out + o] * W[o * StrideOut + input * StrideIn];
            sum += ofBlock;
        }

        Below[i] = Alpha * sum;
    }
}

/// <summary>dw(o, i) = sum over n of R(n, o) x(n, i); a thread a weight.</summary>
internal struct FullyConnectedBackwardToWeightsNaive : IThreadKernel
{
    public int N, In, Out, IsInByOut;
    public ArrayView<float> X, Above, Result;

    public readonly void Run(int i)
    {
        int o = IsInByOut != 0 ? i % Out : i / In, input = IsInByOut != 0 ? i / Out : i % In;
        float sum = 0f;
        for (int n = 0; n < N; n++) sum += Above[n * Out + o] * X[n * In + input];
        Result[i] = sum;
    }
}
