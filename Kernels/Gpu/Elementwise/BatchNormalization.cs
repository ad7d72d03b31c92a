using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance)
    {
        var channel = new ChannelPlanes(input.Shape);
        ArrayView<float> offset = WorkingMemory(channel.Channels);
        LaunchGroups(new Index3D(channel.Channels, 1, 1), new ChannelMomentsKernel
        {
            Planes = channel, X = Floats(input), Mean = Floats(mean), Variance = Floats(variance), Offset = offset,
        });
        Launch(output.Shape.Count, new BatchNormalizationForwardKernel
        {
            Planes = channel, Epsilon = epsilon, X = Floats(input), Scale = Floats(scale), Shift = Floats(shift),
            Offset = offset, Variance = Floats(variance), Y = Floats(output),
        });
    }

    /// <inheritdoc/>
    public void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal)
    {
        var channel = new ChannelPlanes(input.Shape);
        ArrayView<float> offset = WorkingMemory(channel.Channels);
        LaunchGroups(new Index3D(channel.Channels, 1, 1), new ChannelSignalsKernel
        {
            Planes = channel, Epsilon = epsilon, X = Floats(input), Above = Floats(outputSignal), Offset = offset,
            Variance = Floats(variance), ScaleSignal = Floats(scaleSignal), ShiftSignal = Floats(shiftSignal),
        });
        Launch(inputSignal.Shape.Count, new BatchNormalizationBackwardKernel
        {
            Planes = channel, Epsilon = epsilon, X = Floats(input), Above = Floats(outputSignal), Scale = Floats(scale),
            Offset = offset, Variance = Floats(variance), ScaleSignal = Floats(scaleSignal),
            ShiftSignal = Floats(shiftSignal), Below = Floats(inputSignal),
        });
    }

    /// <inheritdoc/>
    public void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal)
    {
        var channel = new ChannelPlanes(outputSignal.Shape);
        LaunchGroups(new Index3D(channel.Channels, 1, 1),
            new ChannelSumKernel { Planes = channel, X = Floats(outputSignal), Sum = Floats(biasSignal) });
    }
}

/// <summary>The elements of one channel in [N, C, ...]: M = N * places of them.</summary>
internal readonly struct ChannelPlanes(Shape shape)
{
    public readonly int Images = shape[0], Channels = shape[1], Places = checked((int)shape.Product(2, shape.Rank));

    /// <summary>How many elements a channel has.</summary>
    public int Count => Images * Places;

    /// <summary>Element k of channel c.</summary>
    public int At(int c, int k) => (k / Places * Channels + c) * Places + k % Places;

    /// <summary>
    /// A channel's mean as its offset from the channel's first element, known to all threads of a group: where the mean is many
    /// times the deviation, the mean itself, rounded, would not do.
    /// </summary>
    public float OffsetOfMean(int c, ArrayView<float> x)
    {
        float sum = 0f, first = x[At(c, 0)];
        for (int k = Group.IdxX; k < Count; k += Reduction.Threads) sum += x[At(c, k)] - first;
        return Reduction.Sum(sum) / Count;
    }

    /// <summary>x less its channel's mean.</summary>
    public float Centred(ArrayView<float> x, int i, int c, float offset) => x[i] - x[At(c, 0)] - offset;

    /// <summary>The channel of element i.</summary>
    public int ChannelOf(int i) => i / Places % Channels;
}

/// <summary>A channel's sum; a group a channel.</summary>
internal struct ChannelSumKernel : IGroupKernel
{
    public ChannelPlanes Planes;
    public ArrayView<float> X, Sum;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int c = Grid.IdxX;
        float sum = 0f;
        for (int k = Group.IdxX; k < Planes.Count; k += Reduction.Threads) sum += X[Planes.At(c, k)];
        sum = Reduction.Sum(sum);
        if (Group.IdxX == 0) Sum[c] = sum;
    }
}

/// <summary>A channel's mean and variance, the variance from the centred elements; a group a channel.</summary>
internal struct ChannelMomentsKernel : IGroupKernel
{
    public ChannelPlanes Planes;
    public ArrayView<float> X, Mean, Variance, Offset;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int c = Grid.IdxX;
        float squares = 0f, offset = Planes.OffsetOfMean(c, X);
        for (int k = Group.IdxX; k < Planes.Count; k += Reduction.Threads)
        {
            float centred = Planes.Centred(X, Planes.At(c, k), c, offset);
            squares += centred * centred;
        }

        squares = Reduction.Sum(squares);
        if (Group.IdxX != 0) return;
        Offset[c] = offset;
        Mean[c] = X[Planes.At(c, 0)] + offset;
        Variance[c] = squares / Planes.Count;
    }
}

/// <summary>y = scale (x - mean) / sqrt(variance + epsilon) + shift.</summary>
internal struct BatchNormalizationForwardKernel : IThreadKernel
{
    public ChannelPlanes Planes;
    public float Epsilon;
    public ArrayView<float> X, Scale, Shift, Offset, Variance, Y;

    public readonly void Run(int i)
    {
        int c = Planes.ChannelOf(i);
        Y[i] = Planes.Centred(X, i, c, Offset[c]) * (Scale[c] / MathF.Sqrt(Variance[c] + Epsilon)) + Shift[c];
    }
}

/// <summary>shiftSignal = sum R, scaleSignal = sum R x^; a group a channel.</summary>
internal struct ChannelSignalsKernel : IGroupKernel
{
    public ChannelPlanes Planes;
    public float Epsilon;
    public ArrayView<float> X, Above, Offset, Variance, ScaleSignal, ShiftSignal;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int c = Grid.IdxX;
        float offset = Planes.OffsetOfMean(c, X), inverse = 1f / MathF.Sqrt(Variance[c] + Epsilon), sum = 0f, product = 0f;
        for (int k = Group.IdxX; k < Planes.Count; k += Reduction.Threads)
        {
            int at = Planes.At(c, k);
            sum += Above[at];
            product += Above[at] * (Planes.Centred(X, at, c, offset) * inverse);
        }

        sum = Reduction.Sum(sum);
        product = Reduction.Sum(product);
        if (Group.IdxX != 0) return;
        Offset[c] = offset;
        ShiftSignal[c] = sum;
        ScaleSignal[c] = product;
    }
}

/// <summary>r = scale / d (R - sum R / M - x^ sum (R x^) / M).</summary>
internal struct BatchNormalizationBackwardKernel : IThreadKernel
{
    public ChannelPlanes Planes;
    public float Epsilon;
    public ArrayView<float> X, Above, Scale, Offset, Variance, ScaleSignal, ShiftSignal, Below;

    public readonly void Run(int i)
    {
        int c = Planes.ChannelOf(i);
        float inverse = 1f / MathF.Sqrt(Variance[c] + Epsilon), normalised = Planes.Centred(X, i, c, Offset[c]) * inverse;
        Below[i] = Scale[c] * inverse
            * (Above[i] - ShiftSignal[c] / Planes.Count - normalised * (ScaleSignal[c] / Planes.Count));
    }
}
