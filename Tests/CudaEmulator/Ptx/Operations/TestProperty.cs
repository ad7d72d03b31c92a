using System.Numerics;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>A property of a floating number.</summary>
internal interface IProperty<T>
{
    static abstract bool Of(T a);
}

internal readonly struct IsNotANumber<T> : IProperty<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a) => T.IsNaN(a);
}

internal readonly struct IsNumber<T> : IProperty<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a) => !T.IsNaN(a);
}

internal readonly struct IsInfinite<T> : IProperty<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a) => T.IsInfinity(a);
}

internal readonly struct IsFinite<T> : IProperty<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a) => T.IsFinite(a);
}

/// <summary>testp: p = whether a has a property.</summary>
internal static unsafe class TestProperty<TOf, T>
    where TOf : IProperty<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        uint* d = cta.Row<uint>(instruction->Rows[0]);
        T* a = cta.Row<T>(instruction->Rows[1]);
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++) d[lanes[k]] = TOf.Of(a[lanes[k]]) ? uint.MaxValue : 0;
    }
}
