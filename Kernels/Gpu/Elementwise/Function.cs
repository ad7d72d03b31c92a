using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output) =>
        Launch(output.Shape.Count, new FunctionKernel { F = f, X = Floats(input), Y = Floats(output) });

    /// <inheritdoc/>
    public void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        Launch(inputSignal.Shape.Count, new DerivativeKernel
        {
            F = f, X = Floats(input), Above = Floats(outputSignal), Below = Floats(inputSignal),
        });
}

/// <summary>y = f(x).</summary>
internal struct FunctionKernel : IThreadKernel
{
    public ElementFunction F;
    public ArrayView<float> X, Y;

    public readonly void Run(int i) => Y[i] = F.Value(X[i]);
}

/// <summary>R_n = R_{n+1} f'(x).</summary>
internal struct DerivativeKernel : IThreadKernel
{
    public ElementFunction F;
    public ArrayView<float> X, Above, Below;

    public readonly void Run(int i) => Below[i] = Above[i] * F.Derivative(X[i]);
}
