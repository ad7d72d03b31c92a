using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// y = scale x + shift with constants that broadcast to x: Add, Sub, Mul or Div with a constant, and batch normalisation at
/// inference. In the backward pass R_n = scale R_{n+1}: linear, the same under all rules (for DeconvNet by extension).
/// Nothing is kept.
/// </summary>
public sealed class Affine : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="operatorName">The ONNX operator.</param>
    /// <param name="scale">The factor, or empty for 1.</param>
    /// <param name="scaleShape">Its shape, aligned with the input's last axes.</param>
    /// <param name="shift">The summand, or empty for 0.</param>
    /// <param name="shiftShape">Its shape, aligned with the input's last axes.</param>
    public Affine(string name, string operatorName, ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape)
        : base(name, operatorName) => (Scale, ScaleShape, Shift, ShiftShape) = (scale, scaleShape, shift, shiftShape);

    /// <summary>
    /// Batch normalisation at inference (Ioffe and Szegedy 2015): y = gamma (x - mean) / sqrt(variance + epsilon) + beta, by
    /// channel, for x [N, C, ...]; scale and shift are computed in double.
    /// </summary>
    /// <param name="name">The node's name.</param>
    /// <param name="gamma">[C].</param>
    /// <param name="beta">[C].</param>
    /// <param name="mean">[C], of the training set.</param>
    /// <param name="variance">[C], of the training set.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="rank">Axes of x: 4 after a convolution, 2 after a fully connected layer.</param>
    public static Affine BatchNormalization(string name, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, float epsilon, int rank = 4)
    {
        int channels = gamma.Length;
        if (beta.Length != channels || mean.Length != channels || variance.Length != channels)
        {
            throw new NetVizException(
                $"node '{name}' (BatchNormalization): scale, bias, mean and variance have {channels}, {beta.Length}, "
                + $"{mean.Length} and {Counted.Of(variance.Length, "number")}; they must have as many");
        }
        var (scale, shift) = (new double[channels], new double[channels]);
        for (int c = 0; c < channels; c++)
        {
            if (variance[c] < 0 || (double)variance[c] + epsilon <= 0)
            {
                throw new NetVizException($"node '{name}' (BatchNormalization): the variance of channel {c} is {variance[c]} and "
                    + $"epsilon {epsilon}; a variance is not negative, and their sum has to be positive",
                    "the file is damaged or training diverged");
            }

            double factor = gamma[c] / Math.Sqrt((double)variance[c] + epsilon);
            (scale[c], shift[c]) = (factor, beta[c] - mean[c] * factor);
        }

        var shape = new Shape([channels, .. Enumerable.Repeat(1, rank - 2)]);
        return new Affine(name, "BatchNormalization", Array.ConvertAll(scale, value => (float)value), shape,
            Array.ConvertAll(shift, value => (float)value), shape)
        {
            ExactScale = scale, ExactShift = shift,
        };
    }

    /// <summary>The factor before it was rounded to float32; empty where it was float32 from the start.</summary>
    public ReadOnlyMemory<double> ExactScale { get; init; }

    /// <summary>The summand before it was rounded to float32; empty where it was float32 from the start.</summary>
    public ReadOnlyMemory<double> ExactShift { get; init; }

    /// <summary>Returns a number of the factor in double.</summary>
    /// <param name="index">Its place in <see cref="Scale"/>.</param>
    public double ScaleAt(int index) => ExactScale.IsEmpty ? Scale.Span[index] : ExactScale.Span[index];

    /// <summary>Returns a number of the summand in double.</summary>
    /// <param name="index">Its place in <see cref="Shift"/>.</param>
    public double ShiftAt(int index) => ExactShift.IsEmpty ? Shift.Span[index] : ExactShift.Span[index];

    /// <summary>The factor, of <see cref="ScaleShape"/>; empty for 1.</summary>
    public ReadOnlyMemory<float> Scale { get; }

    /// <summary>The factor's shape, aligned with the input's last axes.</summary>
    public Shape ScaleShape { get; }

    /// <summary>The summand, of <see cref="ShiftShape"/>; empty for 0.</summary>
    public ReadOnlyMemory<float> Shift { get; }

    /// <summary>The summand's shape, aligned with the input's last axes.</summary>
    public Shape ShiftShape { get; }

    /// <inheritdoc/>
    public override long ParameterCount => Scale.Length + Shift.Length;

    internal override int RowCopies => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        if (Scale.Length > 0) RequireBroadcast(inputs[0], ScaleShape);
        if (Shift.Length > 0) RequireBroadcast(inputs[0], ShiftShape);
        return inputs[0];
    }

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels) => ExactScale.IsEmpty
        ? kernels.PrepareAffine(Scale, ScaleShape, Shift, ShiftShape)
        : kernels.PrepareAffine(ExactScale, ScaleShape, ExactShift, ShiftShape);

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.AffineForward(a.Input, a.Weights!, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) => a.Kernels.AffineBackward(a.OutputSignal, a.Weights!, a.InputSignal);

    private void RequireBroadcast(Shape input, Shape constant)
    {
        bool fits = constant.Rank <= input.Rank;
        for (int k = 1; fits && k <= constant.Rank; k++) fits = constant[^k] == 1 || constant[^k] == input[^k];
        if (!fits)
        {
            throw Refuse($"a constant of the shape {constant} does not broadcast to its input {input}",
                "a constant that is larger than the input is not supported");
        }
    }
}
