using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var rows = new SoftmaxRows(input.Shape, from, to);
        LaunchGroups(rows.Groups, new ReduceForwardKernel { Kind = kind, Rows = rows, X = Floats(input), Y = Floats(output) });
    }

    /// <inheritdoc/>
    public void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        var rows = new SoftmaxRows(inputSignal.Shape, from, to);
        if (input is null)
        {
            Launch(inputSignal.Shape.Count, new SpreadKernel
            {
                Rows = rows, Factor = kind == ReduceKind.Mean ? 1f / rows.Length : 1f, Above = Floats(outputSignal),
                Below = Floats(inputSignal),
            });
            return;
        }

        LaunchGroups(rows.Groups, new ReduceBackwardKernel
        {
            Kind = kind, Rows = rows, Kept = (int)input.Shape.Count, X = Floats(input), Above = Floats(outputSignal),
            Below = Floats(inputSignal),
        });
    }
}

/// <summary>y = the sum, mean, extremum or norm of a row; a group a row.</summary>
internal struct ReduceForwardKernel : IGroupKernel
{
    public ReduceKind Kind;
    public SoftmaxRows Rows;
    public ArrayView<float> X, Y;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float value = 0f;
        if (Kind == ReduceKind.Maximum) value = Rows.Max(X);
        if (Kind == ReduceKind.Minimum)
        {
            value = float.NegativeInfinity;
            for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
            {
                float next = -X[Rows.Start + i * Rows.Inner];
                value = value >= next || float.IsNaN(value) ? value : next;
            }

            value = -Reduction.Max(value);
        }

        if (Kind == ReduceKind.Sum || Kind == ReduceKind.Mean || Kind == ReduceKind.Norm)
        {
            for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
            {
                float x = X[Rows.Start + i * Rows.Inner];
                value += Kind == ReduceKind.Norm ? x * x : x;
            }

            value = Reduction.Sum(value);
        }

        if (Kind == ReduceKind.Mean) value /= Rows.Length;
        if (Kind == ReduceKind.Norm) value = MathF.Sqrt(value);
        if (Group.IdxX == 0) Y[Grid.IdxX] = value;
    }
}

/// <summary>R_n = factor R_{n+1} at every element of a row.</summary>
internal struct SpreadKernel : IThreadKernel
{
    public SoftmaxRows Rows;
    public float Factor;
    public ArrayView<float> Above, Below;

    public readonly void Run(int i) => Below[i] = Factor * Above[i / (Rows.Length * Rows.Inner) * Rows.Inner + i % Rows.Inner];
}

/// <summary>R_n of an extremum or a norm, at the kept input; a group a row.</summary>
internal struct ReduceBackwardKernel : IGroupKernel
{
    public ReduceKind Kind;
    public SoftmaxRows Rows;
    public int Kept;
    public ArrayView<float> X, Above, Below;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int start = Rows.Start, kept = start % Kept;
        float r = Above[Grid.IdxX];
        if (Kind == ReduceKind.Norm)
        {
            float squares = 0f;
            for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
            {
                float x = X[kept + i * Rows.Inner];
                squares += x * x;
            }

            squares = Reduction.Sum(squares);
            float factor = squares > 0f ? r / MathF.Sqrt(squares) : 0f;
            for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
                Below[start + i * Rows.Inner] = factor * X[kept + i * Rows.Inner];
            return;
        }

        // The first extremum: of each thread, then the extreme value of all and the first place that has it.
        float sign = Kind == ReduceKind.Maximum ? 1f : -1f, best = float.NegativeInfinity;
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            float x = sign * X[kept + i * Rows.Inner];
            if (x > best) best = x;
        }

        best = Reduction.Max(best);
        float first = -Rows.Length;
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
            if (sign * X[kept + i * Rows.Inner] == best && -i > first) first = -i;
        int place = (int)-Reduction.Max(first);
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads) Below[start + i * Rows.Inner] = i == place ? r : 0f;
    }
}
