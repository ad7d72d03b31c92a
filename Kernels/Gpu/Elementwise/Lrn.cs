using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output) =>
        Launch(output.Shape.Count, new LrnForwardKernel
        {
            P = new LrnShape(parameters, input.Shape), X = Floats(input), Y = Floats(output),
        });

    /// <inheritdoc/>
    public void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) =>
        Launch(inputSignal.Shape.Count, new LrnBackwardKernel
        {
            P = new LrnShape(parameters, input.Shape), X = Floats(input), Above = Floats(outputSignal),
            Below = Floats(inputSignal),
        });
}

/// <summary>What the kernels need of <see cref="LrnParameters"/>.</summary>
internal readonly struct LrnShape(in LrnParameters p, Shape shape)
{
    public readonly int Channels = shape.C, Plane = shape.H * shape.W, Before = p.Before, After = p.After;
    public readonly float AlphaOverSize = p.Alpha / p.Size, Beta = p.Beta, Bias = p.Bias;

    /// <summary>s_c = bias + alpha / size * sum of x_j^2, j = c - before .. c + after.</summary>
    public float Scale(ArrayView<float> x, int image, int c, int place)
    {
        int first = c - Before > 0 ? c - Before : 0, last = c + After < Channels - 1 ? c + After : Channels - 1;
        float squares = 0f;
        for (int j = first; j <= last; j++)
        {
            float value = x[(image * Channels + j) * Plane + place];
            squares += value * value;
        }

        return Bias + AlphaOverSize * squares;
    }
}

/// <summary>y_c = x_c s_c^-beta.</summary>
internal struct LrnForwardKernel : IThreadKernel
{
    public LrnShape P;
    public ArrayView<float> X, Y;

    public readonly void Run(int i)
    {
        int place = i % P.Plane, rest = i / P.Plane;
        Y[i] = X[i] * MathF.Pow(P.Scale(X, rest / P.Channels, rest % P.Channels, place), -P.Beta);
    }
}

/// <summary>r_j = R_j s_j^-beta - 2 alpha beta / size x_j sum over the c whose window holds j of R_c x_c s_c^(-beta-1).</summary>
internal struct LrnBackwardKernel : IThreadKernel
{
    public LrnShape P;
    public ArrayView<float> X, Above, Below;

    public readonly void Run(int i)
    {
        int place = i % P.Plane, rest = i / P.Plane;
        int j = rest % P.Channels, image = rest / P.Channels;
        int first = j - P.After > 0 ? j - P.After : 0, last = j + P.Before < P.Channels - 1 ? j + P.Before : P.Channels - 1;
        float sum = 0f;
        for (int c = first; c <= last; c++)
        {
            int at = (image * P.Channels + c) * P.Plane + place;
            sum += Above[at] * X[at] * MathF.Pow(P.Scale(X, image, c, place), -P.Beta - 1f);
        }

        Below[i] = Above[i] * MathF.Pow(P.Scale(X, image, j, place), -P.Beta) - 2f * P.AlphaOverSize * P.Beta * X[i] * sum;
    }
}
