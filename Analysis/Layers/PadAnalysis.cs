using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// A border of a constant around; a negative one crops. The border's signal is dropped.
/// </summary>
internal sealed class PadAnalysis : LayerAnalysis<Pad>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Pad layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1} without the border", $"the padding's signal is dropped; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Pad layer, Passage passage) =>
        ["Linear: the border's signal is dropped, a cropped border gets 0."];

    /// <inheritdoc/>
    protected override TracePart Forward(Pad layer, ForwardElement e)
    {
        int[] index = e.Index;
        for (int axis = 0; axis < index.Length; axis++) index[axis] -= layer.Before[axis];
        return ElementIndex.IsIn(e.Input, index)
            ? e.Part("y = x inside the border", null, [e.Term(null, 1, ElementIndex.In(e.Input, index))])
            : e.Part("y = the border's constant", "it lies on the border", [], layer.Value);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Pad layer, BackwardElement e)
    {
        int[] index = e.Index;
        for (int axis = 0; axis < index.Length; axis++) index[axis] += layer.Before[axis];
        bool inside = ElementIndex.IsIn(e.Output, index);
        return e.Moved("R_n = R_{n+1} without the border", inside ? index : null, inside ? null : "it is cropped away");
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Pad layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Crop(layer, inputs[0], output, r)];

    /// <inheritdoc/>
    protected override void Field(Pad layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        int[] before = layer.Before.ToArray();
        FieldSets.Move(above, output, below[0], inputs[0], at => [.. at.Select((index, axis) => index - before[axis])]);
    }

    /// <inheritdoc/>
    protected override Layer WithoutConstants(Pad layer) => new Pad(layer.Name, layer.Before, layer.After, 0);

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(Pad layer, ForwardRecord record, Node node, Shape output)
    {
        if (layer.Value == 0) return null;
        Shape input = record.ShapeOf(node.Inputs[0]);
        return ("padding", i => IsPadding(i, layer, input, output) ? layer.Value : 0);
    }

    /// <summary>What was put around is cut off; what had been cut off gets 0.</summary>
    private static LiteralSignal Crop(Pad pad, Shape input, Shape output, double[] r)
    {
        var below = new double[input.Count];
        for (int i = 0; i < below.Length; i++)
        {
            int rest = i, at = 0, stride = 1;
            bool inside = true;
            for (int axis = input.Rank - 1; axis >= 0; axis--)
            {
                (rest, int position) = Math.DivRem(rest, input[axis]);
                position += pad.Before[axis];
                inside &= position >= 0 && position < output[axis];
                at += position * stride;
                stride *= output[axis];
            }

            if (inside) below[i] = r[at];
        }

        return LiteralSignal.Moved(below);
    }

    private static bool IsPadding(long element, Pad pad, Shape input, Shape output)
    {
        for (int axis = output.Rank - 1; axis >= 0; axis--)
        {
            long at = element % output[axis] - pad.Before[axis];
            if (at < 0 || at >= input[axis]) return true;
            element /= output[axis];
        }

        return false;
    }
}
