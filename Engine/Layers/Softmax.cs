using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>What a softmax and its logarithm share: the axes over which they run, and the kept output.</summary>
public abstract class SoftmaxLayer : Layer
{
    private protected SoftmaxLayer(string name, string operatorName, int axis, bool throughLast)
        : base(name, operatorName) => (Axis, ThroughLast) = (axis, throughLast);

    /// <summary>The axis of j; negative counts from the end.</summary>
    public int Axis { get; }

    /// <summary>Whether j runs over all axes from <see cref="Axis"/> to the last.</summary>
    public bool ThroughLast { get; }

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Output;

    internal override int RowCopies => 3;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        int rank = inputs[0].Rank;
        return Axis >= -rank && Axis < rank ? inputs[0] : throw Refuse($"axis {Axis} does not exist in its input {inputs[0]}");
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => Axis != 0 && Axis != -rank;

    /// <summary>The axes from..to (to excluded) that are taken as one.</summary>
    public (int From, int To) Axes(Shape shape)
    {
        int from = Axis < 0 ? Axis + shape.Rank : Axis;
        return (from, ThroughLast ? shape.Rank : from + 1);
    }
}

/// <summary>
/// Softmax: p_i = exp(x_i) / sum over j of exp(x_j). At the end of a network a class score is seeded before it, so no rule
/// enters it; inside a network it is differentiated under all rules at the kept output: R_n = p (R_{n+1} - sum p R_{n+1}).
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="axis">The axis of j; negative counts from the end.</param>
/// <param name="throughLast">Whether j runs over all axes from <paramref name="axis"/> to the last (opset 12 and older).</param>
public sealed class Softmax(string name, int axis, bool throughLast) : SoftmaxLayer(name, "Softmax", axis, throughLast)
{
    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a)
    {
        (int from, int to) = Axes(a.Input.Shape);
        a.Kernels.SoftmaxForward(from, to, a.Input, a.Output);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        (int from, int to) = Axes(a.OutputSignal.Shape);
        a.Kernels.SoftmaxBackward(from, to, a.Kept.Output!, a.OutputSignal, a.InputSignal);
    }
}
