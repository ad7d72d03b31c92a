using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// f(x) = x where x > 0, else slope x, with slopes of its own by channel, or by whatever axes they broadcast along (He et al.
/// 2015, arXiv 1502.01852); f'(x) = 1 or the slope. A rectifier: the rules part at it as at LeakyRelu.
/// </summary>
public sealed class PRelu : RectifierLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="slopes">The slopes on the negative side.</param>
    /// <param name="slopesShape">Their shape, aligned with the input's last axes.</param>
    public PRelu(string name, ReadOnlyMemory<float> slopes, Shape slopesShape)
        : base(name, "PRelu", Rectifier.LeakyRelu(slopes.Span[0])) => (Slopes, SlopesShape) = (slopes, slopesShape);

    /// <summary>The slopes on the negative side, of <see cref="SlopesShape"/>.</summary>
    public ReadOnlyMemory<float> Slopes { get; }

    /// <summary>The slopes' shape, aligned with the input's last axes.</summary>
    public Shape SlopesShape { get; }

    /// <inheritdoc/>
    public override long ParameterCount => Slopes.Length;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) =>
        Broadcasting.Covers(inputs[0], SlopesShape)
            ? inputs[0]
            : throw Refuse($"slopes of the shape {SlopesShape} do not broadcast to its input {inputs[0]}");

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels) => kernels.PrepareAffine(Slopes, SlopesShape, default, new Shape());

    /// <inheritdoc/>
    public override Rectifier At(Shape output, long element)
    {
        long index = 0, stride = 1;
        for (int k = 1; k <= SlopesShape.Rank; k++)
        {
            if (SlopesShape[^k] > 1) index += element % output[^k] * stride;
            stride *= SlopesShape[^k];
            element /= output[^k];
        }

        return Rectifier.LeakyRelu(Slopes.Span[(int)index]);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.PreluForward(a.Input, a.Weights!, a.Output, a.Kept.Bits!);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.PreluBackward(a.Rule, a.OutputSignal, a.Weights!, a.Kept.Bits!, a.InputSignal);
}
