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
        return MathF.Pow(x, Alpha);
    }

    /// <summary>Returns f'(x), without the cancellation that f(x) (1 - f(x)) and 1 - f(x)^2 would bring.</summary>
    public float Derivative(float x)
    {
        if (Kind == FunctionKind.Sigmoid)
        {
            float e = MathF.Exp(-MathF.Abs(x));
            return e / ((1f + e) * (1f + e));
        }

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
        return Alpha * MathF.Pow(x, Alpha - 1f);
    }

    // Neither branch overflows.
    private static float Logistic(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return x >= 0f ? 1f / (1f + e) : e / (1f + e);
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
