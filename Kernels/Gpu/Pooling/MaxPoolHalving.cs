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

/// <summary>The maximum of a window and where it stands; of equal values the first one.</summary>
internal readonly struct HalvingWindow
{
    public readonly float Best;
    public readonly int Position;

    public HalvingWindow(float x0, float x1, float x2, float x3)
    {
        Best = x0;
        Position = 0;
        if (x1 > Best) (Best, Position) = (x1, 1);
        if (x2 > Best) (Best, Position) = (x2, 2);
        if (x3 > Best) (Best, Position) = (x3, 3);
    }
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
        HalvingWindow left = new(upper.X, upper.Y, lower.X, lower.Y), right = new(upper.Z, upper.W, lower.Z, lower.W);
        Y.Cast<Float2>()[i] = new Float2(left.Best, right.Best);
        Positions.Cast<ushort>()[i] = (ushort)(left.Position | right.Position << 8);
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
        Float2 r = Above.Cast<Float2>()[i];
        int positions = Positions.Cast<ushort>()[i];
        ArrayView<Float4> below = Below.Cast<Float4>();
        below[at] = Row(0, r.X, positions & 255, r.Y, positions >> 8);
        below[at + pairs] = Row(2, r.X, positions & 255, r.Y, positions >> 8);
    }

    private static Float4 Row(int first, float left, int ofLeft, float right, int ofRight) => new(
        ofLeft == first ? left : 0f, ofLeft == first + 1 ? left : 0f, ofRight == first ? right : 0f,
        ofRight == first + 1 ? right : 0f);
}
