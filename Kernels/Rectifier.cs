using System.Numerics;

namespace NetViz.Kernels;

/// <summary>Which rectifier a <see cref="Rectifier"/> is.</summary>
public enum RectifierKind
{
    /// <summary><see cref="Relu{T}"/>.</summary>
    Relu,

    /// <summary><see cref="LeakyRelu{T}"/>.</summary>
    LeakyRelu,

    /// <summary><see cref="Clip{T}"/>.</summary>
    Clip,
}

/// <summary>
/// A rectifier as a value that layers hand to kernels; Visit turns it back into the type that a generic
/// kernel is compiled for.
/// </summary>
public readonly record struct Rectifier
{
    private Rectifier(RectifierKind kind, float low, float high, float slope) =>
        (Kind, Low, High, Slope) = (kind, low, high, slope);

    /// <summary>max(x, 0).</summary>
    public static Rectifier Relu { get; } = new(RectifierKind.Relu, 0f, float.PositiveInfinity, 0f);

    /// <summary>Which one.</summary>
    public RectifierKind Kind { get; }

    /// <summary>Clip: the smallest output.</summary>
    public float Low { get; }

    /// <summary>Clip: the largest output.</summary>
    public float High { get; }

    /// <summary>LeakyRelu: the slope on the negative side.</summary>
    public float Slope { get; }

    /// <summary>x where x > 0, else slope x.</summary>
    public static Rectifier LeakyRelu(float slope) =>
        new(RectifierKind.LeakyRelu, float.NegativeInfinity, float.PositiveInfinity, slope);

    /// <summary>min(max(x, low), high).</summary>
    public static Rectifier Clip(float low, float high) => new(RectifierKind.Clip, low, high, 0f);

    /// <summary>Runs a kernel compiled for this rectifier.</summary>
    public void Visit<T, TKernel>(ref TKernel kernel)
        where T : unmanaged, INumber<T>
        where TKernel : struct, IRectifierKernel<T>, allows ref struct
    {
        switch (Kind)
        {
            case RectifierKind.LeakyRelu: kernel.Run(new LeakyRelu<T>(T.CreateChecked(Slope))); break;
            case RectifierKind.Clip: kernel.Run(new Clip<T>(T.CreateChecked(Low), T.CreateChecked(High))); break;
            default: kernel.Run(new Relu<T>()); break;
        }
    }

    /// <summary>Runs a kernel compiled for this rectifier and a rule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rule is none of the three.</exception>
    public void Visit<T, TKernel>(ReluRule rule, ref TKernel kernel)
        where T : unmanaged, INumber<T>
        where TKernel : struct, IRuleKernel<T>, allows ref struct
    {
        switch (rule)
        {
            case ReluRule.DeconvNet: VisitWith<DeconvNetRule, T, TKernel>(ref kernel); break;
            case ReluRule.Guided: VisitWith<GuidedRule, T, TKernel>(ref kernel); break;
            case ReluRule.Gradient: VisitWith<GradientRule, T, TKernel>(ref kernel); break;
            default: throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule.");
        }
    }

    private void VisitWith<TRule, T, TKernel>(ref TKernel kernel)
        where TRule : struct, IReluRule
        where T : unmanaged, INumber<T>
        where TKernel : struct, IRuleKernel<T>, allows ref struct
    {
        switch (Kind)
        {
            case RectifierKind.LeakyRelu: kernel.Run<TRule, LeakyRelu<T>>(new(T.CreateChecked(Slope))); break;
            case RectifierKind.Clip: kernel.Run<TRule, Clip<T>>(new(T.CreateChecked(Low), T.CreateChecked(High))); break;
            default: kernel.Run<TRule, Relu<T>>(default); break;
        }
    }
}

/// <summary>A kernel generic over the rectifier: its arguments are the fields of the struct that implements this.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
public interface IRectifierKernel<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>Runs for one rectifier, as a type.</summary>
    void Run<TF>(TF f)
        where TF : struct, IRectifier<T>;
}

/// <summary>A kernel generic over the rectifier and the rule.</summary>
/// <typeparam name="T">float, or double in proofs.</typeparam>
public interface IRuleKernel<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>Runs for one rectifier, as a type.</summary>
    void Run<TRule, TF>(TF f)
        where TRule : struct, IReluRule
        where TF : struct, IRectifier<T>;
}
