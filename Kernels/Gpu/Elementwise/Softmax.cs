using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var rows = new SoftmaxRows(input.Shape, from, to);
        LaunchGroups(rows.Groups, new SoftmaxForwardKernel { Rows = rows, X = Floats(input), P = Floats(output) });
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var rows = new SoftmaxRows(output.Shape, from, to);
        LaunchGroups(rows.Groups, new SoftmaxBackwardKernel
        {
            Rows = rows, P = Floats(output), Above = Floats(outputSignal), Below = Floats(inputSignal),
        });
    }
}

/// <summary>The axes from..to taken as one, and what lies around them: a group takes a row.</summary>
internal readonly struct SoftmaxRows(Shape shape, int from, int to)
{
    public readonly int Outer = checked((int)shape.Product(0, from)), Length = checked((int)shape.Product(from, to));
    public readonly int Inner = checked((int)shape.Product(to, shape.Rank));

    /// <summary>A group a row; none where a row is empty.</summary>
    public Index3D Groups => new(Length == 0 ? 0 : Outer * Inner, 1, 1);

    /// <summary>Where the group's row begins.</summary>
    public int Start => Grid.IdxX / Inner * Length * Inner + Grid.IdxX % Inner;

    /// <summary>max x, known to all threads.</summary>
    public float Max(ArrayView<float> x)
    {
        float max = float.NegativeInfinity;
        for (int i = Group.IdxX; i < Length; i += Reduction.Threads)
        {
            float value = x[Start + i * Inner];
            max = max >= value || float.IsNaN(max) ? max : value;
        }

        return Reduction.Max(max);
    }

    /// <summary>sum exp(x - max), known to all threads.</summary>
    public float SumOfExp(ArrayView<float> x, float max)
    {
        float sum = 0f;
        for (int i = Group.IdxX; i < Length; i += Reduction.Threads) sum += MathF.Exp(x[Start + i * Inner] - max);
        return Reduction.Sum(sum);
    }
}

/// <summary>p_i = exp(x_i - max) / sum over j of exp(x_j - max).</summary>
internal struct SoftmaxForwardKernel : IGroupKernel
{
    public SoftmaxRows Rows;
    public ArrayView<float> X, P;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float max = Rows.Max(X), sum = Rows.SumOfExp(X, max);
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            int at = Rows.Start + i * Rows.Inner;
            P[at] = MathF.Exp(X[at] - max) / sum;
        }
    }
}

/// <summary>r_j = p_j (R_j - sum over i of p_i R_i).</summary>
internal struct SoftmaxBackwardKernel : IGroupKernel
{
    public SoftmaxRows Rows;
    public ArrayView<float> P, Above, Below;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float mean = 0f;
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            int at = Rows.Start + i * Rows.Inner;
            mean += P[at] * Above[at];
        }

        mean = Reduction.Sum(mean);
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            int at = Rows.Start + i * Rows.Inner;
            Below[at] = P[at] * (Above[at] - mean);
        }
    }
}
