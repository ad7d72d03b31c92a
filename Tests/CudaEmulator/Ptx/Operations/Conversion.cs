using System.Numerics;
using System.Runtime.CompilerServices;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>d = a as another type.</summary>
internal interface IConversion<TFrom, TTo>
{
    static abstract TTo Of(TFrom a);
}

/// <summary>Integers: the lower bits, or extended by the sign of the type converted from.</summary>
internal readonly struct Truncate<TFrom, TTo> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, IBinaryInteger<TFrom>
    where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Of(TFrom a) => TTo.CreateTruncating(a);
}

/// <summary>An integer or a floating number to a floating one, to nearest even.</summary>
internal readonly struct ToFloating<TFrom, TTo> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, INumber<TFrom>
    where TTo : unmanaged, IFloatingPoint<TTo>
{
    public static TTo Of(TFrom a) => TTo.CreateTruncating(a);
}

/// <summary>How a floating number becomes a whole one.</summary>
internal interface IRounding
{
    static abstract MidpointRounding Mode { get; }
}

/// <summary>.rni: to nearest even.</summary>
internal readonly struct Nearest : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToEven;
}

/// <summary>.rzi: towards zero.</summary>
internal readonly struct TowardsZero : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToZero;
}

/// <summary>.rmi: downwards.</summary>
internal readonly struct Downwards : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToNegativeInfinity;
}

/// <summary>.rpi: upwards.</summary>
internal readonly struct Upwards : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToPositiveInfinity;
}

/// <summary>A floating number to an integer: rounded, what is out of range gives the nearest end, NaN gives 0.</summary>
internal readonly struct ToInteger<TFrom, TTo, TRounding> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, IFloatingPoint<TFrom>
    where TTo : unmanaged, IBinaryInteger<TTo>
    where TRounding : IRounding
{
    public static TTo Of(TFrom a) => TFrom.IsNaN(a) ? TTo.Zero : TTo.CreateSaturating(TFrom.Round(a, TRounding.Mode));
}

/// <summary>A floating number to a whole one of the same type.</summary>
internal readonly struct ToWhole<T, TRounding> : IConversion<T, T>
    where T : unmanaged, IFloatingPoint<T>
    where TRounding : IRounding
{
    public static T Of(T a) => T.Round(a, TRounding.Mode);
}

/// <summary>
/// cvt.rna.tf32: to 8 bits of exponent and 10 of mantissa, to nearest, ties away from zero; the lower 13 bits are zero. A
/// carry into the exponent is right, up to infinity; NaN stays NaN.
/// </summary>
internal readonly struct ToTf32 : IConversion<float, uint>
{
    public static uint Of(float a)
    {
        uint bits = BitConverter.SingleToUInt32Bits(a);
        return float.IsFinite(a) ? (bits + 0x1000) & 0xFFFFE000 : float.IsNaN(a) ? 0x7FFFE000 : bits;
    }
}

/// <summary>The loop of <see cref="IConversion{TFrom, TTo}"/>.</summary>
internal static unsafe class Convert<TOf, TFrom, TTo>
    where TOf : IConversion<TFrom, TTo>
    where TFrom : unmanaged
    where TTo : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        byte* d = cta.Row<byte>(instruction->Rows[0]), a = cta.Row<byte>(instruction->Rows[1]);
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
        {
            // 8 and 16 bits are the lower ones of a register; a result fills all of it, extended by its sign.
            TFrom from = *(TFrom*)(a + lanes[k] * (sizeof(TFrom) == 8 ? 8 : 4));
            TTo to = TOf.Of(from);
            if (sizeof(TTo) >= 4) *(TTo*)(d + lanes[k] * sizeof(TTo)) = to;
            else *(int*)(d + lanes[k] * 4) = Widen(to);
        }
    }

    private static int Widen(TTo value)
    {
        if (typeof(TTo) == typeof(byte)) return Unsafe.BitCast<TTo, byte>(value);
        if (typeof(TTo) == typeof(sbyte)) return Unsafe.BitCast<TTo, sbyte>(value);
        return typeof(TTo) == typeof(ushort) ? Unsafe.BitCast<TTo, ushort>(value) : Unsafe.BitCast<TTo, short>(value);
    }
}

/// <summary>mul.wide: a product in twice the width.</summary>
internal static unsafe class MultiplyWide<TFrom, TTo>
    where TFrom : unmanaged, IBinaryInteger<TFrom>
    where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        TTo* d = cta.Row<TTo>(instruction->Rows[0]);
        TFrom* a = cta.Row<TFrom>(instruction->Rows[1]), b = cta.Row<TFrom>(instruction->Rows[2]);
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++) d[lanes[k]] = TTo.CreateTruncating(a[lanes[k]]) * TTo.CreateTruncating(b[lanes[k]]);
    }
}

/// <summary>mad.wide: a product in twice the width, and a third number of that width.</summary>
internal static unsafe class MultiplyAddWide<TFrom, TTo>
    where TFrom : unmanaged, IBinaryInteger<TFrom>
    where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        TTo* d = cta.Row<TTo>(instruction->Rows[0]), c = cta.Row<TTo>(instruction->Rows[3]);
        TFrom* a = cta.Row<TFrom>(instruction->Rows[1]), b = cta.Row<TFrom>(instruction->Rows[2]);
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
            d[lanes[k]] = TTo.CreateTruncating(a[lanes[k]]) * TTo.CreateTruncating(b[lanes[k]]) + c[lanes[k]];
    }
}
