using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Local response normalisation across channels: y_c = x_c / s_c^beta, s_c = bias + alpha / size * sum of x_j^2 near c
/// (Krizhevsky, Sutskever, Hinton 2012).
/// <para>
/// Gradient and guided differentiate it at the kept input. DeconvNet passes it over: Zeiler and Fergus do not apply
/// contrast normalisation in the backward pass.
/// </para>
/// </summary>
public sealed class Lrn : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="parameters">size, alpha, beta, bias.</param>
    public Lrn(string name, LrnParameters parameters)
        : base(name, "LRN")
    {
        if (parameters.Size < 1) throw Refuse($"size {parameters.Size}; at least 1 is supported");
        Parameters = parameters;
    }

    /// <summary>size, alpha, beta, bias.</summary>
    public LrnParameters Parameters { get; }

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Input;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) =>
        base.Effort(inputs, output) + output.Count * (300.0 + 8.0 * Math.Min(Parameters.Size, output.C));

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => RequireRank(inputs, 4);

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.LrnForward(Parameters, a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        if (a.Rule == ReluRule.DeconvNet) a.Kernels.Reshape(a.OutputSignal, a.InputSignal);
        else a.Kernels.LrnBackward(Parameters, a.Kept.Input!, a.OutputSignal, a.InputSignal);
    }
}
