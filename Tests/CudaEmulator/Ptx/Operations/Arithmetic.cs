using System.Numerics;

namespace NetViz.CudaEmulator.Ptx.Operations;

// Integers wrap; float and double round to nearest even, subnormals are kept (no .ftz), and nothing is contracted.

internal readonly struct Copy<T> : IUnary<T>
    where T : unmanaged
{
    public static T Of(T a) => a;

    public static Vector<T> Of(Vector<T> a) => a;
}

internal readonly struct Negate<T> : IUnary<T>
    where T : unmanaged, INumber<T>
{
    // Changes the sign of zero and NaN too.
    public static T Of(T a) => -a;

    public static Vector<T> Of(Vector<T> a) => -a;
}

internal readonly struct Absolute<T> : IUnary<T>
    where T : unmanaged, INumber<T>
{
    public static bool HasVector => false;

    // The least integer stays as it is.
    public static T Of(T a) => T.IsNegative(a) ? -a : a;
}

internal readonly struct Complement<T> : IUnary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a) => ~a;

    public static Vector<T> Of(Vector<T> a) => ~a;
}

internal readonly struct Add<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a, T b) => a + b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a + b;
}

internal readonly struct Subtract<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a, T b) => a - b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a - b;
}

internal readonly struct Multiply<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a, T b) => a * b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a * b;
}

/// <summary>mul.hi: the upper half of the product.</summary>
internal readonly struct MultiplyHigh<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool HasVector => false;

    public static T Of(T a, T b) =>
        T.CreateTruncating(
            (Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> (8 * int.CreateTruncating(a.GetByteCount())));
}

/// <summary>a b + c, for integers wrapped.</summary>
internal readonly struct MultiplyAdd<T> : ITernary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b, T c) => a * b + c;

    public static Vector<T> Of(Vector<T> a, Vector<T> b, Vector<T> c) => a * b + c;
}

/// <summary>a b + c, rounded once.</summary>
internal readonly struct FusedFloat : ITernary<float>
{
    public static float Of(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.FusedMultiplyAdd(a, b, c);
}

/// <summary>a b + c, rounded once.</summary>
internal readonly struct FusedDouble : ITernary<double>
{
    public static double Of(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    public static Vector<double> Of(Vector<double> a, Vector<double> b, Vector<double> c) => Vector.FusedMultiplyAdd(a, b, c);
}

internal readonly struct DivideFloating<T> : IBinary<T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static T Of(T a, T b) => a / b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a / b;
}

/// <summary>Truncated; by zero the ISA leaves open what comes, cards give all ones. The least integer by -1 wraps.</summary>
internal readonly struct DivideInteger<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool HasVector => false;

    public static T Of(T a, T b) => T.IsZero(b) ? T.AllBitsSet : b == T.AllBitsSet && T.IsNegative(b) ? T.Zero - a : a / b;
}

/// <summary>What truncated division leaves, with the sign of a; by zero cards give a.</summary>
internal readonly struct Remainder<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool HasVector => false;

    public static T Of(T a, T b) => T.IsZero(b) ? a : b == T.AllBitsSet && T.IsNegative(b) ? T.Zero : a % b;
}

/// <summary>Of a number and NaN the number; -0 is less than +0.</summary>
internal readonly struct Minimum<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static bool HasVector => false;

    public static T Of(T a, T b) => T.MinNumber(a, b);
}

/// <summary>Of a number and NaN the number; -0 is less than +0.</summary>
internal readonly struct Maximum<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static bool HasVector => false;

    public static T Of(T a, T b) => T.MaxNumber(a, b);
}

internal readonly struct And<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) => a & b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a & b;
}

internal readonly struct Or<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) => a | b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a | b;
}

internal readonly struct ExclusiveOr<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) => a ^ b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a ^ b;
}
