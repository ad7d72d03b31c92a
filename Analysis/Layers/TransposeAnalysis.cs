using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// Axes in another order. Elements move and keep their values.
/// </summary>
internal sealed class TransposeAnalysis : LayerAnalysis<Transpose>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Transpose layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}, axes put back", $"elements move and keep their values; {Same}");

    /// <inheritdoc/>
    protected override TracePart Forward(Transpose layer, ForwardElement e)
    {
        int[] index = e.Index, from = new int[index.Length];
        for (int axis = 0; axis < from.Length; axis++) from[layer.AxisOf(axis, from.Length)] = index[axis];
        return e.Part("y = x with its axes permuted", null, [e.Term(null, 1, ElementIndex.In(e.Input, from))]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Transpose layer, BackwardElement e)
    {
        int[] index = e.Index;
        return e.Moved("R_n = R_{n+1} with its axes put back",
            [.. Enumerable.Range(0, index.Length).Select(i => index[layer.AxisOf(i, index.Length)])]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Transpose layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [PermuteBack(layer, inputs[0], output, r)];

    /// <inheritdoc/>
    protected override void Field(Transpose layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Move(above, output, below[0], inputs[0], at =>
        {
            var source = new int[at.Length];
            for (int axis = 0; axis < at.Length; axis++) source[layer.AxisOf(axis, at.Length)] = at[axis];
            return source;
        });

    /// <summary>Output axis a was input axis permutation[a]; without a permutation the axes were reversed.</summary>
    private static LiteralSignal PermuteBack(Transpose transpose, Shape input, Shape output, double[] r)
    {
        var below = new double[input.Count];
        for (int i = 0; i < r.Length; i++)
        {
            int rest = i, at = 0;
            for (int a = output.Rank - 1; a >= 0; a--)
            {
                (rest, int position) = Math.DivRem(rest, output[a]);
                int axis = transpose.Permutation.IsEmpty ? output.Rank - 1 - a : transpose.Permutation[a];
                at += position * (int)input.Product(axis + 1, input.Rank);
            }

            below[at] = r[i];
        }

        return LiteralSignal.Moved(below);
    }
}
