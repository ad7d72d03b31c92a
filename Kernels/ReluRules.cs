using System.Numerics;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels;

// The heart of it: how a signal r travels down a rectifier y = f(x), under three rules.
//
//              Gradient       DeconvNet    Guided
//   in short   r f'(x)        f(r)         f(r) f'(x)
//   Relu       r 1(x > 0)     max(r, 0)    max(r, 0) 1(x > 0)
//
// Gradient:  Simonyan, Vedaldi, Zisserman 2013, section 4.   DeconvNet: Zeiler, Fergus 2013, section 2.1.
// Guided:    Springenberg, Dosovitskiy, Brox, Riedmiller 2014: both conditions at once.
//
// A rule needs of the forward pass only one bit an element: "active", where f'(x) takes its upper value. Each
// rectifier and each rule is written here once, as a scalar and as a vector form side by side; every back-end takes
// them as type parameters.

/// <summary>The three rules by which a signal travels down a rectifier.</summary>
public enum ReluRule
{
    /// <summary>r f'(x): back-propagation.</summary>
    Gradient,

    /// <summary>f(r): the forward function applied to the signal, whatever x was.</summary>
    DeconvNet,

    /// <summary>f(r) f'(x): both.</summary>
    Guided,
}

/// <summary>A rectifier f, elementwise, piecewise linear, whose slope is encoded in one bit.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
public interface IRectifier<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>y = f(x).</summary>
    T Forward(T x);

    /// <summary>The bit that the forward pass keeps. At a kink it is false: a ReLU at exactly 0 passes nothing.</summary>
    bool IsActive(T x);

    /// <summary>r f'(x).</summary>
    T TimesDerivative(T r, bool active);

    /// <summary>y = f(x), eight or four at a time.</summary>
    Vector256<T> Forward(Vector256<T> x);

    /// <summary>The bits as a mask: all ones or all zeros in each lane.</summary>
    Vector256<T> IsActive(Vector256<T> x);

    /// <summary>r f'(x), with the bits as a mask.</summary>
    Vector256<T> TimesDerivative(Vector256<T> r, Vector256<T> active);
}

/// <summary>f(x) = max(x, 0), f'(x) = 1(x > 0).</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
public readonly struct Relu<T> : IRectifier<T>
    where T : unmanaged, INumber<T>
{
    /// <inheritdoc/>
    public T Forward(T x) => x < T.Zero ? T.Zero : x;

    /// <inheritdoc/>
    public bool IsActive(T x) => x > T.Zero;

    /// <inheritdoc/>
    public T TimesDerivative(T r, bool active) => active ? r : T.Zero;

    /// <inheritdoc/>
    public Vector256<T> Forward(Vector256<T> x) => Vector256.AndNot(x, Vector256.LessThan(x, Vector256<T>.Zero));

    /// <inheritdoc/>
    public Vector256<T> IsActive(Vector256<T> x) => Vector256.GreaterThan(x, Vector256<T>.Zero);

    /// <inheritdoc/>
    public Vector256<T> TimesDerivative(Vector256<T> r, Vector256<T> active) => r & active;
}

/// <summary>f(x) = x where x > 0, else slope x; f'(x) = 1 or slope.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
/// <param name="slope">The slope on the negative side.</param>
public readonly struct LeakyRelu<T>(T slope) : IRectifier<T>
    where T : unmanaged, INumber<T>
{
    /// <inheritdoc/>
    public T Forward(T x) => x > T.Zero ? x : slope * x;

    /// <inheritdoc/>
    public bool IsActive(T x) => x > T.Zero;

    /// <inheritdoc/>
    public T TimesDerivative(T r, bool active) => active ? r : slope * r;

    /// <inheritdoc/>
    public Vector256<T> Forward(Vector256<T> x) => TimesDerivative(x, IsActive(x));

    /// <inheritdoc/>
    public Vector256<T> IsActive(Vector256<T> x) => Vector256.GreaterThan(x, Vector256<T>.Zero);

    /// <inheritdoc/>
    public Vector256<T> TimesDerivative(Vector256<T> r, Vector256<T> active) =>
        Vector256.ConditionalSelect(active, r, Vector256.Create(slope) * r);
}

/// <summary>f(x) = min(max(x, low), high), f'(x) = 1(low &lt; x &lt; high); ReLU6 is low 0, high 6.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
/// <param name="low">The smallest output.</param>
/// <param name="high">The largest output; it wins where it is below <paramref name="low"/>, as in ONNX.</param>
public readonly struct Clip<T>(T low, T high) : IRectifier<T>
    where T : unmanaged, INumber<T>
{
    /// <inheritdoc/>
    public T Forward(T x)
    {
        T raised = x < low ? low : x;
        return raised > high ? high : raised;
    }

    /// <inheritdoc/>
    public bool IsActive(T x) => x > low && x < high;

    /// <inheritdoc/>
    public T TimesDerivative(T r, bool active) => active ? r : T.Zero;

    /// <inheritdoc/>
    public Vector256<T> Forward(Vector256<T> x)
    {
        var (lows, highs) = (Vector256.Create(low), Vector256.Create(high));
        Vector256<T> raised = Vector256.ConditionalSelect(Vector256.LessThan(x, lows), lows, x);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(raised, highs), highs, raised);
    }

    /// <inheritdoc/>
    public Vector256<T> IsActive(Vector256<T> x) =>
        Vector256.GreaterThan(x, Vector256.Create(low)) & Vector256.LessThan(x, Vector256.Create(high));

    /// <inheritdoc/>
    public Vector256<T> TimesDerivative(Vector256<T> r, Vector256<T> active) => r & active;
}

/// <summary>One of the three rules, as a type parameter for kernels.</summary>
public interface IReluRule
{
    /// <summary>The signal below the rectifier.</summary>
    /// <param name="r">The signal above it.</param>
    /// <param name="active">The bit that the forward pass kept.</param>
    /// <param name="f">The rectifier.</param>
    static abstract T Backward<T, TF>(T r, bool active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T>;

    /// <summary>The same, a vector at a time, with the bits as a mask.</summary>
    static abstract Vector256<T> Backward<T, TF>(Vector256<T> r, Vector256<T> active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T>;
}

/// <summary>r f'(x).</summary>
public readonly struct GradientRule : IReluRule
{
    /// <inheritdoc/>
    public static T Backward<T, TF>(T r, bool active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.TimesDerivative(r, active);

    /// <inheritdoc/>
    public static Vector256<T> Backward<T, TF>(Vector256<T> r, Vector256<T> active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.TimesDerivative(r, active);
}

/// <summary>f(r).</summary>
public readonly struct DeconvNetRule : IReluRule
{
    /// <inheritdoc/>
    public static T Backward<T, TF>(T r, bool active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.Forward(r);

    /// <inheritdoc/>
    public static Vector256<T> Backward<T, TF>(Vector256<T> r, Vector256<T> active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.Forward(r);
}

/// <summary>f(r) f'(x).</summary>
public readonly struct GuidedRule : IReluRule
{
    /// <inheritdoc/>
    public static T Backward<T, TF>(T r, bool active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.TimesDerivative(f.Forward(r), active);

    /// <inheritdoc/>
    public static Vector256<T> Backward<T, TF>(Vector256<T> r, Vector256<T> active, TF f)
        where T : unmanaged, INumber<T>
        where TF : struct, IRectifier<T> => f.TimesDerivative(f.Forward(r), active);
}
