using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// A stretch of an axis. What lies outside of it gets no signal.
/// </summary>
internal sealed class SliceAnalysis : LayerAnalysis<Slice>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Slice layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1} in the stretch, 0 outside", $"what was left out gets 0; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Slice layer, Passage passage) =>
        ["Linear: what the stretch leaves out gets 0."];

    /// <inheritdoc/>
    protected override TracePart Forward(Slice layer, ForwardElement e)
    {
        int[] index = e.Index;
        index[layer.Axis] += layer.OffsetIn(e.Input);
        return e.Part("y = x of the stretch", null, [e.Term(null, 1, ElementIndex.In(e.Input, index))]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Slice layer, BackwardElement e)
    {
        int[] index = e.Index;
        index[layer.Axis] -= layer.OffsetIn(e.Input);
        bool inside = ElementIndex.IsIn(e.Output, index);
        return e.Moved("R_n = R_{n+1} in the stretch", inside ? index : null, inside ? null : "it lies outside of the stretch");
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Slice layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        (Shape input, int axis) = (inputs[0], layer.Axis);
        var below = new double[input.Count];
        int inner = (int)input.Product(axis + 1, input.Rank), run = output[axis] * inner, whole = input[axis] * inner;
        for (int i = 0; i < r.Length; i++) below[i / run * whole + layer.OffsetIn(input) * inner + i % run] = r[i];
        return [LiteralSignal.Moved(below)];
    }

    /// <inheritdoc/>
    protected override void Field(Slice layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Move(above, output, below[0], inputs[0], at =>
        {
            int[] from = [.. at];
            from[layer.Axis] += layer.OffsetIn(inputs[0]);
            return from;
        });
}
