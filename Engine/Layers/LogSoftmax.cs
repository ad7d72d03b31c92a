using NetViz.Engine.Model;

namespace NetViz.Engine.Layers;

/// <summary>
/// The logarithm of a softmax: y_i = x_i - log of the sum over j of exp(x_j). At the end of a network a class score is seeded
/// before it, as before a softmax, so no rule enters it; inside a network it is differentiated under all rules at the kept
/// output: R_n = R_{n+1} - exp(y) sum R_{n+1}.
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="axis">The axis of j; negative counts from the end.</param>
/// <param name="throughLast">Whether j runs over all axes from <paramref name="axis"/> to the last (opset 12 and older).</param>
public sealed class LogSoftmax(string name, int axis, bool throughLast) : SoftmaxLayer(name, "LogSoftmax", axis, throughLast)
{
    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a)
    {
        (int from, int to) = Axes(a.Input.Shape);
        a.Kernels.LogSoftmaxForward(from, to, a.Input, a.Output);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        (int from, int to) = Axes(a.OutputSignal.Shape);
        a.Kernels.LogSoftmaxBackward(from, to, a.Kept.Output!, a.OutputSignal, a.InputSignal);
    }
}
