using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        var rows = new SoftmaxRows(input.Shape, from, to);
        LaunchGroups(rows.Groups, new LogSoftmaxForwardKernel { Rows = rows, X = Floats(input), Y = Floats(output) });
    }

    /// <inheritdoc/>
    public void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var rows = new SoftmaxRows(output.Shape, from, to);
        LaunchGroups(rows.Groups, new LogSoftmaxBackwardKernel
        {
            Rows = rows, Y = Floats(output), Above = Floats(outputSignal), Below = Floats(inputSignal),
        });
    }
}

/// <summary>y_i = x_i - max - log of the sum over j of exp(x_j - max).</summary>
internal struct LogSoftmaxForwardKernel : IGroupKernel
{
    public SoftmaxRows Rows;
    public ArrayView<float> X, Y;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float max = Rows.Max(X), log = MathF.Log(Rows.SumOfExp(X, max));
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            int at = Rows.Start + i * Rows.Inner;
            Y[at] = X[at] - max - log;
        }
    }
}

/// <summary>r_j = R_j - exp(y_j) sum over i of R_i.</summary>
internal struct LogSoftmaxBackwardKernel : IGroupKernel
{
    public SoftmaxRows Rows;
    public ArrayView<float> Y, Above, Below;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        float sum = 0f;
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads) sum += Above[Rows.Start + i * Rows.Inner];
        sum = Reduction.Sum(sum);
        for (int i = Group.IdxX; i < Rows.Length; i += Reduction.Threads)
        {
            int at = Rows.Start + i * Rows.Inner;
            Below[at] = Above[at] - MathF.Exp(Y[at]) * sum;
        }
    }
}
