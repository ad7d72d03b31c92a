namespace NetViz.Kernels;

/// <summary>Which function an <see cref="ElementFunction"/> is.</summary>
public enum FunctionKind
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>tanh(x).</summary>
    Tanh,

    /// <summary>min(max(alpha x + beta, 0), 1).</summary>
    HardSigmoid,

    /// <summary>x min(max(x / 6 + 1 / 2, 0), 1) (Howard et al. 2019, arXiv 1905.02244).</summary>
    HardSwish,

    /// <summary>
    /// beta x for x > 0, else beta alpha (exp(x) - 1): Elu with beta 1 (arXiv 1511.07289), else Selu (1706.02515).
    /// </summary>
    Elu,

    /// <summary>x for x > 0, else alpha (exp(x / alpha) - 1) (arXiv 1704.07483).</summary>
    Celu,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>exp(x).</summary>
    Exp,

    /// <summary>The natural logarithm of x.</summary>
    Log,

    /// <summary>The square root of x.</summary>
    Sqrt,

    /// <summary>|x|; its derivative at 0 is 0.</summary>
    Abs,

    /// <summary>1 / x.</summary>
    Reciprocal,

    /// <summary>x to the power of alpha.</summary>
    Power,

    /// <summary>The error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.</summary>
    Erf,

    /// <summary>x times the normal distribution's probability of values below x (arXiv 1606.08415).</summary>
    Gelu,

    /// <summary>The same with tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.</summary>
    GeluTanh,

    /// <summary>x tanh(log(1 + exp(x))) (arXiv 1908.08681).</summary>
    Mish,

    /// <summary>x / (1 + exp(-alpha x)) (arXiv 1710.05941).</summary>
    Swish,

    /// <summary>x for x > alpha, else 0; its derivative is 1 or 0.</summary>
    ThresholdedRelu,
}

/// <summary>
/// A function that is applied to each element by itself and that has no rule of its own: every rule multiplies the signal by its
/// derivative. The float32 forms below serve the processor and the card; Reference computes in double.
/// </summary>
/// <param name="Kind">Which one.</param>
/// <param name="Alpha">The first constant, where it has one.</param>
/// <param name="Beta">The second constant, where it has one.</param>
public readonly record struct ElementFunction(FunctionKind Kind, float Alpha = 0f, float Beta = 0f)
{
    // Gelu by tanh is x over 1 + exp(-u), u = 2 sqrt(2 / pi) (x + 0.044715 x^3).
    private const float GeluArgument = 1.59576912f, GeluCubic = 0.044715f;
    private const float TwoOverRootPi = 1.12837917f, RootHalf = 0.70710678f;

    // Beyond it erf rounds to 1.
    private const float LargestFitted = 4.2f;

    /// <summary>Returns f(x).</summary>
    public float Value(float x)
    {
        // Comparisons and no switch: on a card a jump table costs more than the few that are passed.
        if (Kind == FunctionKind.Sigmoid) return Logistic(x);
        if (Kind == FunctionKind.Tanh) return HyperbolicTangent(x);
        if (Kind == FunctionKind.HardSigmoid) return MathF.Min(MathF.Max(Alpha * x + Beta, 0f), 1f);
        if (Kind == FunctionKind.HardSwish) return x * MathF.Min(MathF.Max(x / 6f + 0.5f, 0f), 1f);
        if (Kind == FunctionKind.Elu) return Beta * (x > 0f ? x : Alpha * ExponentialMinus1(x));
        if (Kind == FunctionKind.Celu) return x > 0f ? x : Alpha * ExponentialMinus1(x / Alpha);
        if (Kind == FunctionKind.Softplus) return MathF.Max(x, 0f) + MathF.Log(1f + MathF.Exp(-MathF.Abs(x)));
        if (Kind == FunctionKind.Softsign) return x / (1f + MathF.Abs(x));
        if (Kind == FunctionKind.Exp) return MathF.Exp(x);
        if (Kind == FunctionKind.Log) return MathF.Log(x);
        if (Kind == FunctionKind.Sqrt) return MathF.Sqrt(x);
        if (Kind == FunctionKind.Abs) return MathF.Abs(x);
        if (Kind == FunctionKind.Reciprocal) return 1f / x;
        if (Kind == FunctionKind.Erf) return ErrorFunction(x);
        if (Kind == FunctionKind.Gelu) return x * NormalShare(x);
        if (Kind == FunctionKind.GeluTanh) return x * Logistic(GeluArgument * x * (1f + GeluCubic * x * x));
        if (Kind == FunctionKind.Mish) return x * MishShare(x);
        if (Kind == FunctionKind.Swish) return x * Logistic(Alpha * x);
        if (Kind == FunctionKind.ThresholdedRelu) return x > Alpha ? x : 0f;
        return MathF.Pow(x, Alpha);
    }

    /// <summary>Returns f'(x), without the cancellation that f(x) (1 - f(x)) and 1 - f(x)^2 would bring.</summary>
    public float Derivative(float x)
    {
        if (Kind == FunctionKind.Sigmoid) return LogisticSlope(x);

        if (Kind == FunctionKind.Tanh)
        {
            float e = MathF.Exp(-2f * MathF.Abs(x));
            return 4f * e / ((1f + e) * (1f + e));
        }

        if (Kind == FunctionKind.HardSigmoid)
        {
            float line = Alpha * x + Beta;
            return line > 0f && line < 1f ? Alpha : 0f;
        }

        if (Kind == FunctionKind.HardSwish) return x <= -3f ? 0f : x >= 3f ? 1f : x / 3f + 0.5f;
        if (Kind == FunctionKind.Elu) return x > 0f ? Beta : Beta * Alpha * MathF.Exp(x);
        if (Kind == FunctionKind.Celu) return x > 0f ? 1f : MathF.Exp(x / Alpha);
        if (Kind == FunctionKind.Softplus) return Logistic(x);
        if (Kind == FunctionKind.Softsign)
        {
            float s = 1f + MathF.Abs(x);
            return 1f / (s * s);
        }

        if (Kind == FunctionKind.Exp) return MathF.Exp(x);
        if (Kind == FunctionKind.Log) return 1f / x;
        if (Kind == FunctionKind.Sqrt) return 0.5f / MathF.Sqrt(x);
        if (Kind == FunctionKind.Abs) return x > 0f ? 1f : x < 0f ? -1f : 0f;
        if (Kind == FunctionKind.Reciprocal) return -1f / (x * x);
        if (Kind == FunctionKind.Erf) return TwoOverRootPi * MathF.Exp(-x * x);
        if (Kind == FunctionKind.Gelu) return NormalShare(x) + x * NormalDensity(x);
        if (Kind == FunctionKind.GeluTanh)
        {
            float u = GeluArgument * x * (1f + GeluCubic * x * x);
            return Logistic(u) + x * LogisticSlope(u) * GeluArgument * (1f + 3f * GeluCubic * x * x);
        }

        if (Kind == FunctionKind.Mish)
        {
            // 1 - tanh^2, without the cancellation that it would bring.
            float e = MathF.Exp(-MathF.Abs(x)), d = x > 0f ? 1f + 2f * e + 2f * e * e : e * (e + 2f) + 2f;
            float rest = x > 0f ? 2f * e * e / d : 2f / d;
            return MishShare(x) + x * rest * (1f + MishShare(x)) * Logistic(x);
        }

        if (Kind == FunctionKind.Swish) return Logistic(Alpha * x) + Alpha * x * LogisticSlope(Alpha * x);
        if (Kind == FunctionKind.ThresholdedRelu) return x > Alpha ? 1f : 0f;
        return Alpha * MathF.Pow(x, Alpha - 1f);
    }

    // Neither branch overflows.
    private static float Logistic(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return x >= 0f ? 1f / (1f + e) : e / (1f + e);
    }

    private static float LogisticSlope(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return e / ((1f + e) * (1f + e));
    }

    private static float ErrorFunction(float x)
    {
        float t = MathF.Abs(x);
        float y = t < 1f ? SmallErrorFunction(t) : 1f - (t < LargestFitted ? ErrorRest(t) : 0f);
        return x >= 0f ? y : -y;
    }

    // A polynomial in x^2, fitted to erf(x) / x - 1 for |x| < 1: within two units of the last place.
    private static float SmallErrorFunction(float x)
    {
        float s = x * x;
        return x + x * (0.128379166f + s * (-0.376126269f + s * (0.112835975f + s * (-0.0268543288f + s * (0.00518931194f
            + s * (-0.000801885499f + s * 7.88249709e-05f))))));
    }

    // 1 - erf(x) for 1 <= x < 4.2: the exponential of a polynomial that was fitted to its logarithm.
    private static float ErrorRest(float x) => MathF.Exp(-0.00104784516f + x * (-1.12488425f + x * (-0.640628069f
        + x * (-0.102112282f + x * (0.0220742869f + x * (-0.00329304584f + x * (0.00029728969f + x * -1.21212801e-05f)))))));

    // The normal distribution below x. Far below 0 it is the density over |x|, but for a term of a sixth power.
    private static float NormalShare(float x)
    {
        float t = MathF.Abs(x) * RootHalf;
        if (t < 1f) return 0.5f + (x >= 0f ? 0.5f : -0.5f) * SmallErrorFunction(t);
        float tail = t < LargestFitted ? 0.5f * ErrorRest(t) : NormalDensity(x) / MathF.Abs(x) * (1f - 1f / (x * x));
        return x >= 0f ? 1f - tail : tail;
    }

    private static float NormalDensity(float x) => 0.39894228f * MathF.Exp(-0.5f * x * x);

    // tanh(log(1 + exp(x))) as a quotient of polynomials in the exponential that does not overflow.
    private static float MishShare(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        if (x > 0f) return (1f + 2f * e) / (1f + 2f * e + 2f * e * e);
        return e * (e + 2f) / (e * (e + 2f) + 2f);
    }

    // Near 0 the quotient loses digits; its series there is exact to float32's last one.
    private static float HyperbolicTangent(float x)
    {
        float square = x * x;
        if (square < 0.04f)
            return x * (1f + square * (-1f / 3f + square * (2f / 15f + square * (-17f / 315f + square * (62f / 2835f)))));
        float e = MathF.Exp(-2f * MathF.Abs(x)), t = (1f - e) / (1f + e);
        return x >= 0f ? t : -t;
    }

    private static float ExponentialMinus1(float x) => MathF.Abs(x) < 0.1f
        ? x * (1f + x * (0.5f + x * (1f / 6f + x * (1f / 24f + x * (1f / 120f + x * (1f / 720f))))))
        : MathF.Exp(x) - 1f;
}
