using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// y = scale (x - m) / sqrt(v + epsilon) + shift, mean m and variance v being those of the image itself: of each channel
/// (InstanceNormalization, Ulyanov et al. 2016, arXiv 1607.08022) or of all axes from one on (LayerNormalization, arXiv
/// 1607.06450).
/// <para>
/// On the backward pass all rules differentiate it, through mean and variance, at the kept input. With u = scale R_{n+1} and z
/// the normalised input: R_n = (u - mean of u - z mean of u z) / sqrt(v + epsilon).
/// </para>
/// </summary>
public sealed class Normalization : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="operatorName">The ONNX operator.</param>
    /// <param name="axis">The first axis over which means are taken, at least 1; all after it belong to it.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="scale">The factor, or empty for 1.</param>
    /// <param name="scaleShape">Its shape, aligned with the input's last axes.</param>
    /// <param name="shift">The summand, or empty for 0.</param>
    /// <param name="shiftShape">Its shape, aligned with the input's last axes.</param>
    public Normalization(string name, string operatorName, int axis, float epsilon, ReadOnlyMemory<float> scale, Shape scaleShape,
        ReadOnlyMemory<float> shift, Shape shiftShape)
        : base(name, operatorName)
    {
        if (axis < 1) throw Refuse($"it normalises from axis {axis} on; the first axis is the batch, whose images stay apart");
        if (epsilon < 0) throw Refuse($"epsilon is {epsilon}; it must not be negative");
        (Axis, Epsilon) = (axis, epsilon);
        Affine = new Affine(name, operatorName, scale, scaleShape, shift, shiftShape);
    }

    /// <summary>The first axis over which means are taken; all after it belong to it.</summary>
    public int Axis { get; }

    /// <summary>What is added to the variance.</summary>
    public float Epsilon { get; }

    /// <summary>Scale and shift.</summary>
    public Affine Affine { get; }

    /// <inheritdoc/>
    public override long ParameterCount => Affine.ParameterCount;

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Input;

    internal override int RowCopies => 3;

    private bool HasAffine => !Affine.Scale.IsEmpty || !Affine.Shift.IsEmpty;

    /// <summary>In how many parts with a mean each an image is divided.</summary>
    public int PartsOf(Shape input) => checked((int)input.Product(1, Axis));

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) => base.Effort(inputs, output) + 60.0 * output.Count;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Axis < inputs[0].Rank
        ? Affine.OutputShape(inputs)
        : throw Refuse($"it normalises from axis {Axis} on, which its input {inputs[0]} does not have");

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override PreparedWeights? Prepare(IKernels kernels) => HasAffine ? Affine.Prepare(kernels) : null;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a)
    {
        a.Kernels.NormalizationForward(PartsOf(a.Input.Shape), Epsilon, a.Input, a.Output);
        if (HasAffine) a.Kernels.AffineForward(a.Output, a.Weights!, a.Output);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        DeviceTensor above = a.OutputSignal;
        if (!Affine.Scale.IsEmpty)
        {
            a.Kernels.AffineBackward(above, a.Weights!, a.InputSignal);
            above = a.InputSignal;
        }

        a.Kernels.NormalizationBackward(PartsOf(a.Kept.Input!.Shape), Epsilon, a.Kept.Input!, above, a.InputSignal);
    }
}
