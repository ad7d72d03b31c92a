using System.Runtime.CompilerServices;
using ILGPU;
using NetViz.Kernels.Gpu;

// ILGPU builds launchers in an assembly of its own, from the kernels' argument types.
[assembly: InternalsVisibleTo(Context.RuntimeAssemblyName)]

namespace NetViz.Tests.Kernels;

/// <summary>
/// A tensor core for devices that have none: the lanes of a warp lay their fragments into memory where PTX's ISA says that the
/// elements belong, and each computes its part of D from there. Rounds to TF32 by its bits; sums in float32, where a tensor core
/// cuts off.
/// </summary>
internal struct EmulatedMma : IMma
{
    /// <summary>Numbers that a warp takes: A [16, 8] and four B [8, 8].</summary>
    public const int Numbers = 16 * 8 + 4 * 8 * 8;

    /// <summary>For each warp of the launch.</summary>
    public ArrayView<uint> Memory;

    private static int G => Group.IdxX % 32 / 4;

    private static int T => Group.IdxX % 4;

    public readonly uint Round(float x) => Interop.FloatAsInt(x) + 0x1000u & 0xffffe000u;

    public readonly void MultiplyAdd(in FragmentA a, in FragmentsB b, ref FragmentsD d)
    {
        int group = (Grid.IdxZ * Grid.DimY + Grid.IdxY) * Grid.DimX + Grid.IdxX;
        int atA = (group * (Group.DimX / 32) + Group.IdxX / 32) * Numbers, atB = atA + 16 * 8;
        Memory[atA + G * 8 + T] = a.A0;
        Memory[atA + (G + 8) * 8 + T] = a.A1;
        Memory[atA + G * 8 + T + 4] = a.A2;
        Memory[atA + (G + 8) * 8 + T + 4] = a.A3;
        Lay(atB, b.X);
        Lay(atB + 64, b.Y);
        Lay(atB + 128, b.Z);
        Lay(atB + 192, b.W);
        Group.Barrier();
        for (int k = 0; k < 8; k++)
        {
            float upper = Interop.IntAsFloat(Memory[atA + G * 8 + k]), lower = Interop.IntAsFloat(Memory[atA + (G + 8) * 8 + k]);
            int at = atB + k * 8 + 2 * T;
            Add(upper, lower, at, ref d.X);
            Add(upper, lower, at + 64, ref d.Y);
            Add(upper, lower, at + 128, ref d.Z);
            Add(upper, lower, at + 192, ref d.W);
        }

        Group.Barrier();
    }

    private readonly void Lay(int at, in FragmentB b)
    {
        Memory[at + T * 8 + G] = b.B0;
        Memory[at + (T + 4) * 8 + G] = b.B1;
    }

    private readonly void Add(float upper, float lower, int at, ref FragmentD d)
    {
        float even = Interop.IntAsFloat(Memory[at]), odd = Interop.IntAsFloat(Memory[at + 1]);
        d.D0 += upper * even;
        d.D1 += upper * odd;
        d.D2 += lower * even;
        d.D3 += lower * odd;
    }
}
