using ILGPU;

namespace NetViz.Kernels.Gpu;

// Sum, AddTo, Multiply: one operation an element.
public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void AddTo(DeviceTensor source, DeviceTensor sum) =>
        Launch(Quads.Of(sum.Shape.Count), new SumKernel { A = Floats(sum), B = Floats(source), Sign = 1f, Y = Floats(sum) });

    /// <inheritdoc/>
    public void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) =>
        Launch(Quads.Of(output.Shape.Count), new SumKernel { A = Floats(a), B = Floats(b), Sign = sign, Y = Floats(output) });

    /// <inheritdoc/>
    public void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal) =>
        Launch(inputSignal.Shape.Count, new ScaleKernel { X = Floats(outputSignal), Factor = sign, Y = Floats(inputSignal) });

    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product) =>
        Launch(product.Shape.Count, new ProductKernel { A = Floats(a), B = Floats(b), Y = Floats(product) });
}

/// <summary>y = a + sign b; a thread four elements.</summary>
internal struct SumKernel : IThreadKernel
{
    public ArrayView<float> A, B, Y;
    public float Sign;

    public readonly void Run(int i)
    {
        Float4 a = Quads.Load(A, i * 4), b = Quads.Load(B, i * 4);
        Quads.Store(Y, i * 4, new Float4(a.X + Sign * b.X, a.Y + Sign * b.Y, a.Z + Sign * b.Z, a.W + Sign * b.W));
    }
}

/// <summary>y = factor x.</summary>
internal struct ScaleKernel : IThreadKernel
{
    public ArrayView<float> X, Y;
    public float Factor;

    public readonly void Run(int i) => Y[i] = Factor * X[i];
}

/// <summary>y = a b.</summary>
internal struct ProductKernel : IThreadKernel
{
    public ArrayView<float> A, B, Y;

    public readonly void Run(int i) => Y[i] = A[i] * B[i];
}
