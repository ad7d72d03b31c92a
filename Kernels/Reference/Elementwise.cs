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
            default: return f.Alpha * Math.Pow(x, f.Alpha - 1.0);
        }
    }

    private static double ExpM1(double x) => double.ExpM1(x);
}
