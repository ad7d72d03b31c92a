using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// Inputs side by side along an axis. Each input gets its part of the signal.
/// </summary>
internal sealed class ConcatAnalysis : LayerAnalysis<Concat>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Concat layer, ReluRule rule, Unpooling unpooling) =>
        ("R_k = part k of R_{n+1}", $"each input gets its own part of the signal; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Concat layer, Passage passage) => ["Linear: nothing is zeroed."];

    /// <inheritdoc/>
    protected override TracePart Forward(Concat layer, ForwardElement e)
    {
        int[] index = e.Index;
        int along = layer.Axis < 0 ? layer.Axis + e.Input.Rank : layer.Axis, part = 0;
        while (index[along] >= e.Inputs[part][along]) index[along] -= e.Inputs[part++][along];
        return e.Part("y = x of the input that holds this part", $"input {part + 1} of {e.Inputs.Length}",
            [e.Term(null, 1, ElementIndex.In(e.Inputs[part], index), input: part)]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Concat layer, BackwardElement e)
    {
        int[] index = e.Index;
        int along = layer.Axis < 0 ? layer.Axis + e.Input.Rank : layer.Axis;
        for (int before = 0; before < e.InputNumber; before++) index[along] += e.InputShape(before)[along];
        return e.Moved("R_n = its part of R_{n+1}", index);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Concat layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => Part(layer, inputs, output, r);

    /// <inheritdoc/>
    protected override void Field(Concat layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Split(above, output, below, inputs, layer.Axis < 0 ? layer.Axis + output.Rank : layer.Axis);

    /// <summary>Each input gets its part of the whole.</summary>
    private static LiteralSignal[] Part(Concat concat, IReadOnlyList<Shape> inputs, Shape output, double[] r)
    {
        int axis = concat.Axis < 0 ? concat.Axis + output.Rank : concat.Axis, offset = 0;
        int inner = (int)output.Product(axis + 1, output.Rank), outer = (int)output.Product(0, axis);
        var parts = new LiteralSignal[inputs.Count];
        for (int k = 0; k < parts.Length; k++)
        {
            int run = inputs[k][axis] * inner;
            var part = new double[outer * run];
            for (int a = 0; a < outer; a++)
            for (int b = 0; b < run; b++)
                part[a * run + b] = r[(a * output[axis] + offset) * inner + b];
            parts[k] = LiteralSignal.Moved(part);
            offset += inputs[k][axis];
        }

        return parts;
    }
}
