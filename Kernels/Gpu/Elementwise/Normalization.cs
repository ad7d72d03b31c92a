using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void NormalizationForward(int parts, float epsilon, DeviceTensor input, DeviceTensor output)
    {
        var part = new NormalizedPart((int)(input.Shape.CountPerImage / parts), epsilon);
        LaunchGroups(new Index3D(input.Shape.N * parts, 1, 1),
            new NormalizationForwardKernel { Part = part, X = Floats(input), Y = Floats(output) });
    }

    /// <inheritdoc/>
    public void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        var part = new NormalizedPart((int)(input.Shape.CountPerImage / parts), epsilon);
        LaunchGroups(new Index3D(input.Shape.N * parts, 1, 1), new NormalizationBackwardKernel
        {
            Part = part, X = Floats(input), Above = Floats(outputSignal), Below = Floats(inputSignal),
        });
    }
}

/// <summary>A part of an image that has a mean and a variance of its own: a group takes one.</summary>
internal readonly struct NormalizedPart(int length, float epsilon)
{
    public readonly int Length = length;
    public readonly float Epsilon = epsilon;

    /// <summary>Where the group's part begins.</summary>
    public int Start => Grid.IdxX * Length;

    /// <summary>The mean, known to all threads, from sums of what lies apart from the part's first element.</summary>
    public float Mean(ArrayView<float> x)
    {
        float first = x[Start], sum = 0f;
        for (int i = Group.IdxX; i < Length; i += Reduction.Threads) sum += x[Start + i] - first;
        return first + Reduction.Sum(sum) / Length;
    }

    /// <summary>1 / sqrt(variance + epsilon), known to all threads.</summary>
    public float Scale(ArrayView<float> x, float mean)
    {
        float sum = 0f;
        for (int i = Group.IdxX; i < Length; i += Reduction.Threads)
        {
            float apart = x[Start + i] - mean;
            sum += apart * apart;
        }

        return 1f / MathF.Sqrt(Reduction.Sum(sum) / Length + Epsilon);
    }
}

/// <summary>y = s (x - m).</summary>
internal struct NormalizationForwardKernel : IGroupKernel
{
    public NormalizedPart Part;
    public ArrayView<float> X, Y;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float mean = Part.Mean(X), scale = Part.Scale(X, mean);
        for (int i = Group.IdxX; i < Part.Length; i += Reduction.Threads)
            Y[Part.Start + i] = (X[Part.Start + i] - mean) * scale;
    }
}

/// <summary>r = s (R - mean of R - y mean of R y).</summary>
internal struct NormalizationBackwardKernel : IGroupKernel
{
    public NormalizedPart Part;
    public ArrayView<float> X, Above, Below;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float mean = Part.Mean(X), scale = Part.Scale(X, mean), sum = 0f, product = 0f;
        for (int i = Group.IdxX; i < Part.Length; i += Reduction.Threads)
        {
            float r = Above[Part.Start + i];
            sum += r;
            product += r * (X[Part.Start + i] - mean) * scale;
        }

        sum = Reduction.Sum(sum) / Part.Length;
        product = Reduction.Sum(product) / Part.Length;
        for (int i = Group.IdxX; i < Part.Length; i += Reduction.Threads)
        {
            float y = (X[Part.Start + i] - mean) * scale;
            Below[Part.Start + i] = scale * (Above[Part.Start + i] - sum - y * product);
        }
    }
}
