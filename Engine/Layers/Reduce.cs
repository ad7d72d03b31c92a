using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// The sum, mean, largest, smallest or Euclidean norm of the numbers along neighbouring axes. Sum and mean are linear, and their
/// backward pass spreads the signal; the others are differentiated at the kept input, where an extremum's signal goes to the
/// first of equal numbers. The same under all rules (for DeconvNet by extension).
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName">The ONNX operator.</param>
/// <param name="kind">What is computed.</param>
/// <param name="from">The first of the axes.</param>
/// <param name="to">The axis after the last of them.</param>
/// <param name="keepsAxes">Whether the axes stay, with length 1.</param>
public sealed class Reduce(string name, string operatorName, ReduceKind kind, int from, int to, bool keepsAxes)
    : Layer(name, operatorName)
{
    /// <summary>What is computed.</summary>
    public ReduceKind Kind => kind;

    /// <summary>The first of the axes.</summary>
    public int From => from;

    /// <summary>The axis after the last of them.</summary>
    public int To => to;

    /// <summary>Whether the axes stay, with length 1.</summary>
    public bool KeepsAxes => keepsAxes;

    /// <inheritdoc/>
    public override Keep Keeps => kind is ReduceKind.Sum or ReduceKind.Mean ? Keep.Nothing : Keep.Input;

    internal override int RowCopies => 3;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        if (to > inputs[0].Rank)
            throw Refuse($"its input has the shape {inputs[0]}; it reduces the axes {from} to {to - 1}");
        ReadOnlySpan<int> lengths = inputs[0].Lengths;
        int[] reduced = keepsAxes ? [.. Enumerable.Repeat(1, to - from)] : [];
        return new Shape([.. lengths[..from], .. reduced, .. lengths[to..]]);
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => from > 0;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.ReduceForward(kind, from, to, a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.ReduceBackward(kind, from, to, a.Kept.Input, a.OutputSignal, a.InputSignal);
}
