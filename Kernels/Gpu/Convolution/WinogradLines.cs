using System.Runtime.CompilerServices;
using Points = NetViz.Kernels.Cpu.WinogradTransforms;

namespace NetViz.Kernels.Gpu;

// The one-dimensional transforms of F(4x4, 3x3) with the points and matrices of Cpu/WinogradTransforms.cs. Scalars throughout:
// arrays would lie in local memory.

/// <summary>Six numbers: a line of an input tile, of a transformed filter or of products.</summary>
internal readonly struct Line6(float e0, float e1, float e2, float e3, float e4, float e5)
{
    public readonly float E0 = e0, E1 = e1, E2 = e2, E3 = e3, E4 = e4, E5 = e5;

    /// <summary>B^T of the line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Line6 Input()
    {
        float even1 = E4 - 2f * E2, odd1 = Points.A * E3 - Points.B * E1;
        float even2 = E4 - 0.5f * E2, odd2 = Points.B * E3 - Points.A * E1;
        return new Line6(E0 - 2.5f * E2 + E4, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, E1 - 2.5f * E3 + E5);
    }

    /// <summary>A^T of the line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Output()
    {
        float plus1 = E1 + E2, minus1 = E1 - E2, plus2 = E3 + E4, minus2 = E3 - E4;
        return new Float4(E0 + plus1 + plus2, Points.A * minus1 + Points.B * minus2, 0.5f * plus1 + 2f * plus2,
            Points.A / 2 * minus1 + (2 * Points.B * minus2 + E5));
    }

    /// <summary>G of three numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Line6 Filter(float g0, float g1, float g2)
    {
        float even1 = (g0 + 0.5f * g2) * (-2f / 3), odd1 = -2f / 3 * Points.A * g1;
        float even2 = (g0 + 2f * g2) * (1f / 6), odd2 = 1f / 6 * Points.B * g1;
        return new Line6(g0, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, g2);
    }
}

/// <summary>6 x 6 numbers: a tile at its 36 positions.</summary>
internal readonly struct Tile6(Line6 r0, Line6 r1, Line6 r2, Line6 r3, Line6 r4, Line6 r5)
{
    public readonly Line6 R0 = r0, R1 = r1, R2 = r2, R3 = r3, R4 = r4, R5 = r5;

    /// <summary>Its columns as rows.</summary>
    public Tile6 Transposed => new(new(R0.E0, R1.E0, R2.E0, R3.E0, R4.E0, R5.E0), new(R0.E1, R1.E1, R2.E1, R3.E1, R4.E1, R5.E1),
        new(R0.E2, R1.E2, R2.E2, R3.E2, R4.E2, R5.E2), new(R0.E3, R1.E3, R2.E3, R3.E3, R4.E3, R5.E3),
        new(R0.E4, R1.E4, R2.E4, R3.E4, R4.E4, R5.E4), new(R0.E5, R1.E5, R2.E5, R3.E5, R4.E5, R5.E5));

    /// <summary>B^T of each row.</summary>
    public Tile6 Input => new(R0.Input(), R1.Input(), R2.Input(), R3.Input(), R4.Input(), R5.Input());
}
