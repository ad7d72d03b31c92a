namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        var kernel = new ReluForwardKernel { Input = Span(input), Output = Span(output), Active = Values(bits) };
        f.Visit<T, ReluForwardKernel>(ref kernel);
    }

    /// <inheritdoc/>
    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        var kernel = new ReluBackwardKernel { Above = Span(outputSignal), Active = Values(bits), Below = Span(inputSignal) };
        f.Visit<T, ReluBackwardKernel>(rule, ref kernel);
    }

    /// <summary>y = f(x), bit = IsActive(x).</summary>
    private ref struct ReluForwardKernel : IRectifierKernel<T>
    {
        public ReadOnlySpan<T> Input;
        public Span<T> Output;
        public bool[] Active;

        public readonly void Run<TF>(TF f)
            where TF : struct, IRectifier<T>
        {
            for (int i = 0; i < Output.Length; i++)
            {
                Active[i] = f.IsActive(Input[i]);
                Output[i] = f.Forward(Input[i]);
            }
        }
    }

    /// <summary>R_n = rule(R_{n+1}, bit).</summary>
    private ref struct ReluBackwardKernel : IRuleKernel<T>
    {
        public ReadOnlySpan<T> Above;
        public bool[] Active;
        public Span<T> Below;

        public readonly void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<T>
        {
            for (int i = 0; i < Below.Length; i++) Below[i] = TRule.Backward(Above[i], Active[i], f);
        }
    }
}
