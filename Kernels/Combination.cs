using System.Numerics;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels;

// What relevance rules compute element by element, between the linear maps: y = f(a, b, c) with two numbers p and q.
//
//   Positive        max(a, 0)                    Negative        min(a, 0)
//   Quotient        q a / s(b)                   Difference      a - b
//   QuotientAbove   c > 0 ? a / s(b) : 0         QuotientBelow   c < 0 ? a / s(b) : 0
//   Product         a b                          SignedProduct   a > 0 ? a b : a c
//   MultiplyAdd     p a b + c                    Constant        p
//   Slope           |b| < p ? c : a / b          Sum             a + b
//
// s(b) = b + p sgn(b) with sgn(0) = +1, as zennit has it; with p = 0 a quotient by 0 is 0. Each is written once as a scalar
// and as a vector; back-ends take them as type parameters.

/// <summary>Which function a <see cref="Combination"/> is.</summary>
public enum CombinationKind
{
    /// <summary>max(a, 0).</summary>
    Positive,

    /// <summary>min(a, 0).</summary>
    Negative,

    /// <summary>q a / s(b).</summary>
    Quotient,

    /// <summary>a / s(b) where c > 0, else 0.</summary>
    QuotientAbove,

    /// <summary>a / s(b) where c &lt; 0, else 0.</summary>
    QuotientBelow,

    /// <summary>a b.</summary>
    Product,

    /// <summary>a b where a > 0, else a c.</summary>
    SignedProduct,

    /// <summary>p a b + c.</summary>
    MultiplyAdd,

    /// <summary>a - b.</summary>
    Difference,

    /// <summary>a + b.</summary>
    Sum,

    /// <summary>p.</summary>
    Constant,

    /// <summary>c where |b| is below p, else a / b.</summary>
    Slope,
}

/// <summary>A function of up to three tensors of one shape, element by element.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="P">The first number, for most the stabiliser of s.</param>
/// <param name="Q">The second number.</param>
public readonly record struct Combination(CombinationKind Kind, double P = 0, double Q = 1)
{
    /// <summary>max(a, 0).</summary>
    public static Combination Positive { get; } = new(CombinationKind.Positive);

    /// <summary>min(a, 0).</summary>
    public static Combination Negative { get; } = new(CombinationKind.Negative);

    /// <summary>a b.</summary>
    public static Combination Product { get; } = new(CombinationKind.Product);

    /// <summary>a b where a > 0, else a c.</summary>
    public static Combination SignedProduct { get; } = new(CombinationKind.SignedProduct);

    /// <summary>a + b.</summary>
    public static Combination Sum { get; } = new(CombinationKind.Sum);

    /// <summary>c - a b.</summary>
    public static Combination MinusProduct { get; } = new(CombinationKind.MultiplyAdd, -1);

    /// <summary>a - b.</summary>
    public static Combination Difference { get; } = new(CombinationKind.Difference);

    /// <summary>q a / s(b).</summary>
    /// <param name="epsilon">The stabiliser of s.</param>
    /// <param name="factor">q.</param>
    public static Combination Quotient(double epsilon, double factor = 1) => new(CombinationKind.Quotient, epsilon, factor);

    /// <summary>A number.</summary>
    /// <param name="value">The number.</param>
    public static Combination Constant(double value) => new(CombinationKind.Constant, value);

    /// <summary>Runs work with the function as a type.</summary>
    /// <param name="work">The work.</param>
    /// <typeparam name="TWork">The work's type.</typeparam>
    public void Visit<TWork>(ref TWork work)
        where TWork : struct, ICombinationWork
    {
        switch (Kind)
        {
            case CombinationKind.Positive: work.Run<PositivePart>(); break;
            case CombinationKind.Negative: work.Run<NegativePart>(); break;
            case CombinationKind.Quotient: work.Run<QuotientOf>(); break;
            case CombinationKind.QuotientAbove: work.Run<QuotientAbove>(); break;
            case CombinationKind.QuotientBelow: work.Run<QuotientBelow>(); break;
            case CombinationKind.Product: work.Run<ProductOf>(); break;
            case CombinationKind.SignedProduct: work.Run<SignedProductOf>(); break;
            case CombinationKind.MultiplyAdd: work.Run<MultiplyAdd>(); break;
            case CombinationKind.Difference: work.Run<DifferenceOf>(); break;
            case CombinationKind.Sum: work.Run<SumOf>(); break;
            case CombinationKind.Constant: work.Run<ConstantNumber>(); break;
            case CombinationKind.Slope: work.Run<SlopeOf>(); break;
            default: throw new InvalidOperationException($"{Kind} is no combination.");
        }
    }
}

/// <summary>Work that takes a combination as a type.</summary>
public interface ICombinationWork
{
    /// <summary>Does the work.</summary>
    /// <typeparam name="TF">The combination.</typeparam>
    void Run<TF>()
        where TF : unmanaged, ICombination;
}

/// <summary>One of the functions, as a type parameter for kernels.</summary>
public interface ICombination
{
    /// <summary>f(a, b, c).</summary>
    static abstract T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T>;

    /// <summary>The same, a vector at a time.</summary>
    static abstract Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q);
}

/// <summary>s(z) = z + epsilon sgn(z), sgn(0) = +1.</summary>
public static class Stabiliser
{
    /// <summary>a / s(b); 0 where s(b) is 0.</summary>
    public static T Quotient<T>(T a, T b, T epsilon)
        where T : unmanaged, INumber<T>
    {
        T s = b < T.Zero ? b - epsilon : b + epsilon;
        return s == T.Zero ? T.Zero : a / s;
    }

    /// <summary>The same, a vector at a time.</summary>
    public static Vector256<float> Quotient(Vector256<float> a, Vector256<float> b, Vector256<float> epsilon)
    {
        Vector256<float> s = Vector256.ConditionalSelect(Vector256.LessThan(b, Vector256<float>.Zero), b - epsilon, b + epsilon);
        return Vector256.AndNot(a / s, Vector256.Equals(s, Vector256<float>.Zero));
    }
}

/// <summary>max(a, 0).</summary>
public readonly struct PositivePart : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a > T.Zero ? a : T.Zero;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a & Vector256.GreaterThan(a, Vector256<float>.Zero);
}

/// <summary>min(a, 0).</summary>
public readonly struct NegativePart : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a < T.Zero ? a : T.Zero;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a & Vector256.LessThan(a, Vector256<float>.Zero);
}

/// <summary>q a / s(b).</summary>
public readonly struct QuotientOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => Stabiliser.Quotient(q * a, b, p);

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => Stabiliser.Quotient(q * a, b, p);
}

/// <summary>a / s(b) where c > 0, else 0.</summary>
public readonly struct QuotientAbove : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => c > T.Zero ? Stabiliser.Quotient(a, b, p) : T.Zero;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => Stabiliser.Quotient(a, b, p) & Vector256.GreaterThan(c, Vector256<float>.Zero);
}

/// <summary>a / s(b) where c &lt; 0, else 0.</summary>
public readonly struct QuotientBelow : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => c < T.Zero ? Stabiliser.Quotient(a, b, p) : T.Zero;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => Stabiliser.Quotient(a, b, p) & Vector256.LessThan(c, Vector256<float>.Zero);
}

/// <summary>a b.</summary>
public readonly struct ProductOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a * b;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a * b;
}

/// <summary>a b where a > 0, else a c.</summary>
public readonly struct SignedProductOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a > T.Zero ? a * b : a * c;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a * Vector256.ConditionalSelect(Vector256.GreaterThan(a, Vector256<float>.Zero), b, c);
}

/// <summary>p a b + c.</summary>
public readonly struct MultiplyAdd : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => p * a * b + c;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => p * a * b + c;
}

/// <summary>a - b.</summary>
public readonly struct DifferenceOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a - b;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a - b;
}

/// <summary>a + b.</summary>
public readonly struct SumOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => a + b;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => a + b;
}

/// <summary>p.</summary>
public readonly struct ConstantNumber : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => p;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => p;
}

/// <summary>c where |b| is below p, else a / b.</summary>
public readonly struct SlopeOf : ICombination
{
    /// <inheritdoc/>
    public static T Of<T>(T a, T b, T c, T p, T q)
        where T : unmanaged, INumber<T> => (b < T.Zero ? -b : b) < p ? c : a / b;

    /// <inheritdoc/>
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> p,
        Vector256<float> q) => Vector256.ConditionalSelect(Vector256.LessThan(Vector256.Abs(b), p), c, a / b);
}
