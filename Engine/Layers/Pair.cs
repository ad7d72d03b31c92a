using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// y = f(a, b) of two tensors that the network computes, element by element: a product (a gate, x sigmoid(x), a squared
/// tensor), a quotient, the smaller or larger of both, and sums of tensors of which one is repeated along axes of length 1
/// (<see cref="Sum"/> is for equal shapes). All rules differentiate it by both inputs: R_a = R_{n+1} b and R_b = R_{n+1} a at a
/// product. A rule may hold a product's gate fixed (<see cref="Rules.BackwardRule.WithGate"/>): the gate then gets no signal.
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName">The ONNX operator.</param>
/// <param name="kind">f.</param>
public sealed class Pair(string name, string operatorName, PairKind kind) : Layer(name, operatorName)
{
    /// <summary>f.</summary>
    public PairKind Kind => kind;

    /// <inheritdoc/>
    public override int InputCount => 2;

    /// <inheritdoc/>
    public override Keep Keeps => PairFunction.IsCurved(kind) ? Keep.Input | Keep.SecondInput : Keep.Nothing;

    internal override int RowCopies => 4;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Broadcasting.Result(inputs[0], inputs[1])
        ?? throw Refuse($"its inputs have the shapes {inputs[0]} and {inputs[1]}, which do not broadcast to each other",
            "axes are aligned from the last; two lengths have to be equal, or one of them 1");

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.PairForward(kind, a.Inputs[0], a.Inputs[1], a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        for (int side = 0; side < 2; side++)
        {
            if (a.InputSignals[side] is not DeviceTensor signal) continue;
            if (side == a.Gate) a.Kernels.Clear(signal);
            else a.Kernels.PairBackward(kind, side, a.Kept.Input, a.Kept.SecondInput, a.OutputSignal, signal);
        }
    }
}
