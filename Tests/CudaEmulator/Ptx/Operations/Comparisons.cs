using System.Numerics;

namespace NetViz.CudaEmulator.Ptx.Operations;

// A comparison with NaN is false (ordered); the unordered ones (.equ, .ltu, ...) are true then: they are the opposite of an
// ordered one.

internal readonly struct Equal<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a == b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.Equals(a, b);
}

internal readonly struct Less<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a < b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.LessThan(a, b);
}

internal readonly struct LessOrEqual<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a <= b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.LessThanOrEqual(a, b);
}

internal readonly struct Greater<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a > b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.GreaterThan(a, b);
}

internal readonly struct GreaterOrEqual<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a >= b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.GreaterThanOrEqual(a, b);
}

/// <summary>.ne: less or greater, so false with NaN.</summary>
internal readonly struct Unequal<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => a < b || a > b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.LessThan(a, b) | Vector.GreaterThan(a, b);
}

/// <summary>.num: neither is NaN.</summary>
internal readonly struct Ordered<T> : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => !T.IsNaN(a) && !T.IsNaN(b);

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => Vector.Equals(a, a) & Vector.Equals(b, b);
}

/// <summary>The opposite of another comparison.</summary>
internal readonly struct Not<TOf, T> : IComparison<T>
    where TOf : IComparison<T>
    where T : unmanaged, INumber<T>
{
    public static bool Of(T a, T b) => !TOf.Of(a, b);

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => ~TOf.Of(a, b);
}
