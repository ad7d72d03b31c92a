using ILGPU;

namespace NetViz.Kernels.Gpu;

// Max-pooling 2x2 of stride 2, as VGG has it, where it leaves no rest and rows are a multiple of four: two windows a thread,
// each row of them 128 bits.
public sealed partial class GpuKernels
{
    private static bool IsHalving(in PoolGeometry g) =>
        g.Window is { KH: 2, KW: 2, StrideH: 2, StrideW: 2, PadTop: 0, PadLeft: 0, DilationH: 1, DilationW: 1 }
        && g.H == 2 * g.OH && g.W == 2 * g.OW && g.W % 4 == 0;
}

/// <summary>As <see cref="MaxPoolForwardKernel{TStore}"/>.</summary>
internal struct HalvingForwardKernel : IThreadKernel
{
    public int OW;
    public ArrayView<float> X, Y;
    public ArrayView<byte> Positions;

    public readonly void Run(int i)
    {
        // Rows follow each other through all planes, since no plane has a rest.
        int pairs = OW / 2, row = i / pairs, at = row * 2 * pairs + i % pairs;
        ArrayView<Float4> x = X.Cast<Float4>();
        Float4 upper = x[at], lower = x[at + pairs];
        Window(i * 2, upper.X, upper.Y, lower.X, lower.Y);
        Window(i * 2 + 1, upper.Z, upper.W, lower.Z, lower.W);
    }

    private readonly void Window(int p, float x0, float x1, float x2, float x3)
    {
        float best = x0;
        int position = 0;
        if (x1 > best)
        {
            best = x1;
            position = 1;
        }

        if (x2 > best)
        {
            best = x2;
            position = 2;
        }

        if (x3 > best)
        {
            best = x3;
            position = 3;
        }

        Y[p] = best;
        Positions[p] = (byte)position;
    }
}

/// <summary>As <see cref="MaxPoolBackwardKernel{TStore}"/>.</summary>
internal struct HalvingBackwardKernel : IThreadKernel
{
    public int OW;
    public ArrayView<float> Above, Below;
    public ArrayView<byte> Positions;

    public readonly void Run(int i)
    {
        int pairs = OW / 2, row = i / pairs, at = row * 2 * pairs + i % pairs;
        float left = Above[i * 2], right = Above[i * 2 + 1];
        int ofLeft = Positions[i * 2], ofRight = Positions[i * 2 + 1];
        ArrayView<Float4> r = Below.Cast<Float4>();
        r[at] = Row(0, left, ofLeft, right, ofRight);
        r[at + pairs] = Row(2, left, ofLeft, right, ofRight);
    }

    private static Float4 Row(int first, float left, int ofLeft, float right, int ofRight) => new(
        ofLeft == first ? left : 0f, ofLeft == first + 1 ? left : 0f, ofRight == first ? right : 0f,
        ofRight == first + 1 ? right : 0f);
}
