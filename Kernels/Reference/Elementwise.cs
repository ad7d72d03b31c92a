namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output)
    {
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        for (int i = 0; i < y.Length; i++) y[i] = Rounded(Value(f, Wide(x[i])));
    }

    /// <inheritdoc/>
    /// <remarks>forward computed y = f(x); so dx = f'(x) dy.</remarks>
    public void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        ReadOnlySpan<T> x = Span(input), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        for (int i = 0; i < below.Length; i++) below[i] = Rounded(Wide(above[i]) * Derivative(f, Wide(x[i])));
    }

    private static double Value(ElementFunction f, double x) => f.Kind switch
    {
        FunctionKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        FunctionKind.Tanh => Math.Tanh(x),
        FunctionKind.HardSigmoid => Math.Clamp((double)f.Alpha * x + f.Beta, 0, 1),
        FunctionKind.HardSwish => x * Math.Clamp(x / 6 + 0.5, 0, 1),
        FunctionKind.Elu => f.Beta * (x > 0 ? x : f.Alpha * ExpM1(x)),
        FunctionKind.Celu => x > 0 ? x : f.Alpha * ExpM1(x / f.Alpha),
        FunctionKind.Softplus => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x))),
        FunctionKind.Softsign => x / (1 + Math.Abs(x)),
        FunctionKind.Exp => Math.Exp(x),
        FunctionKind.Log => Math.Log(x),
        FunctionKind.Sqrt => Math.Sqrt(x),
        FunctionKind.Abs => Math.Abs(x),
        FunctionKind.Reciprocal => 1 / x,
        FunctionKind.Erf => Erf(x),
        FunctionKind.Gelu => x * Normal(x),
        FunctionKind.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        FunctionKind.Mish => x * Math.Tanh(Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x)))),
        FunctionKind.Swish => x / (1 + Math.Exp(-f.Alpha * x)),
        FunctionKind.ThresholdedRelu => x > f.Alpha ? x : 0,
        _ => Math.Pow(x, f.Alpha),
    };

    private static double Derivative(ElementFunction f, double x)
    {
        switch (f.Kind)
        {
            case FunctionKind.Sigmoid:
                double e = Math.Exp(-Math.Abs(x));
                return e / ((1 + e) * (1 + e));
            case FunctionKind.Tanh:
                double c = Math.Cosh(x);
                return 1 / (c * c);
            case FunctionKind.HardSigmoid:
                double line = (double)f.Alpha * x + f.Beta;
                return line > 0 && line < 1 ? f.Alpha : 0;
            case FunctionKind.HardSwish: return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
            case FunctionKind.Elu: return x > 0 ? f.Beta : (double)f.Beta * f.Alpha * Math.Exp(x);
            case FunctionKind.Celu: return x > 0 ? 1 : Math.Exp(x / f.Alpha);
            case FunctionKind.Softplus: return 1 / (1 + Math.Exp(-x));
            case FunctionKind.Softsign: return 1 / ((1 + Math.Abs(x)) * (1 + Math.Abs(x)));
            case FunctionKind.Exp: return Math.Exp(x);
            case FunctionKind.Log: return 1 / x;
            case FunctionKind.Sqrt: return 0.5 / Math.Sqrt(x);
            case FunctionKind.Abs: return Math.Sign(x);
            case FunctionKind.Reciprocal: return -1 / (x * x);
            case FunctionKind.Erf: return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x);
            case FunctionKind.Gelu: return Normal(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
            case FunctionKind.GeluTanh:
                double root = Math.Sqrt(2 / Math.PI), t = Math.Tanh(root * (x + 0.044715 * x * x * x));
                return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
            case FunctionKind.Mish:
                double share = Math.Tanh(Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x))));
                return share + x * (1 - share * share) / (1 + Math.Exp(-x));
            case FunctionKind.Swish:
                double s = 1 / (1 + Math.Exp(-f.Alpha * x));
                return s + f.Alpha * x * s / (1 + Math.Exp(f.Alpha * x));
            case FunctionKind.ThresholdedRelu: return x > f.Alpha ? 1 : 0;
            default: return f.Alpha * Math.Pow(x, f.Alpha - 1.0);
        }
    }

    /// <summary>The normal distribution below x.</summary>
    private static double Normal(double x) => 0.5 * (x < 0 ? ErfC(-x / Math.Sqrt(2)) : 2 - ErfC(x / Math.Sqrt(2)));

    private static double Erf(double x) => Math.Abs(x) < 2 ? ErfSeries(x) : x < 0 ? ErfC(-x) - 1 : 1 - ErfC(x);

    /// <summary>erf x = 2 x exp(-x^2) / sqrt(pi) sum of (2 x^2)^n / (1 3 5 ... (2 n + 1)): all terms positive.</summary>
    private static double ErfSeries(double x)
    {
        double term = 1, sum = 1;
        for (int n = 1; term > 1e-18 * sum; n++) sum += term *= 2 * x * x / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * x * Math.Exp(-x * x) * sum;
    }

    /// <summary>1 - erf x for x >= 0; from 2 on by its continued fraction.</summary>
    private static double ErfC(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x < 2) return 1 - ErfSeries(x);
        double fraction = x;
        for (int n = 120; n > 0; n--) fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }

    private static double ExpM1(double x) => double.ExpM1(x);
}
