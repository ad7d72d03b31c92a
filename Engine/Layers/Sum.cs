using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// y = a + b or y = a - b of two tensors of one shape (a residual connection). On the backward pass both get the signal, b with
/// its sign: linear, the same under all rules (for DeconvNet by extension).
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName"><c>Add</c>, <c>Sum</c> or <c>Sub</c>.</param>
/// <param name="subtract">Whether b is subtracted.</param>
public sealed class Sum(string name, string operatorName, bool subtract = false) : Layer(name, operatorName)
{
    private readonly float _sign = subtract ? -1f : 1f;

    /// <summary>Whether the second input is subtracted.</summary>
    public bool Subtracts => _sign < 0;

    /// <inheritdoc/>
    public override int InputCount => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) =>
        inputs[0] == inputs[1]
            ? inputs[0]
            : throw Refuse($"its inputs have the shapes {inputs[0]} and {inputs[1]}; they must be the same",
                "broadcasting is supported for constants only");

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.SumForward(a.Inputs[0], a.Inputs[1], _sign, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        if (a.InputSignals[0] is DeviceTensor first) a.Kernels.SumBackward(a.OutputSignal, 1f, first);
        if (a.InputSignals[1] is DeviceTensor second) a.Kernels.SumBackward(a.OutputSignal, _sign, second);
    }
}
