using System.Numerics;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>Where a shift goes to; amounts of the register's width and more are taken as that width.</summary>
internal interface IShift<T>
{
    static abstract T Of(T a, int amount, int width);
}

internal readonly struct ShiftLeft<T> : IShift<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, int amount, int width) => amount >= width ? T.Zero : a << amount;
}

/// <summary>Shifts zeros in, or for a signed type its sign.</summary>
internal readonly struct ShiftRight<T> : IShift<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, int amount, int width) =>
        amount < width ? a >> amount : T.IsNegative(a) ? T.AllBitsSet : T.Zero;
}

/// <summary>d = a shifted by b, an unsigned amount of 32 bits whatever the type.</summary>
internal static unsafe class Shift<TOf, T>
    where TOf : IShift<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        T* d = cta.Row<T>(instruction->Rows[0]), a = cta.Row<T>(instruction->Rows[1]);
        uint* b = cta.Row<uint>(instruction->Rows[2]);
        int* lanes = cta.Lanes;
        int count = cta.Count, width = 8 * sizeof(T);
        for (int k = 0; k < count; k++)
        {
            int lane = lanes[k];
            d[lane] = TOf.Of(a[lane], (int)Math.Min(b[lane], (uint)width), width);
        }
    }
}
