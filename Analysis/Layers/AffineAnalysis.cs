using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y = scale x + shift, the constants aligned with the tensor's last axes and repeated along axes of length 1.
/// </summary>
internal sealed class AffineAnalysis : LayerAnalysis<Affine>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Affine layer, ReluRule rule, Unpooling unpooling) =>
        layer.Scale.IsEmpty
        ? ("R_n = R_{n+1}", $"a constant was added: nothing to undo; {ByExtension}")
        : ("R_n = scale R_{n+1}", $"{layer.Operator}: X_{{n+1}} = scale X_n + shift; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Affine layer, Passage passage) => ["Linear: nothing is zeroed."];

    /// <inheritdoc/>
    protected override TracePart Forward(Affine layer, ForwardElement e)
    {
        double scale = layer.Scale.IsEmpty ? 1 : layer.ScaleAt(ElementIndex.Broadcast(e.Index, layer.ScaleShape));
        return e.Part("y = scale x + shift", null, [e.Term("scale", scale, e.Element)],
            layer.Shift.IsEmpty ? null : layer.ShiftAt(ElementIndex.Broadcast(e.Index, layer.ShiftShape)));
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Affine layer, BackwardElement e)
    {
        double scale = layer.Scale.IsEmpty ? 1 : layer.ScaleAt(ElementIndex.Broadcast(e.Index, layer.ScaleShape));
        return e.Part("R_n = scale R_{n+1}", null, [e.Term("scale", scale, e.Element)]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Affine layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Scale(layer, inputs[0], r)];

    /// <inheritdoc/>
    protected override Layer WithoutConstants(Affine layer) =>
        new Affine(layer.Name, layer.Operator, layer.Scale, layer.ScaleShape, default, new Shape()) { ExactScale = layer.ExactScale };

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(Affine layer, ForwardRecord record, Node node, Shape output)
    {
        if (layer.Shift.IsEmpty) return null;
        return ("shift", i => layer.ShiftAt(Broadcast(i, output, layer.ShiftShape)));
    }

    /// <summary>
    /// r(i) = scale(i) R(i), the factor repeated along axes where it has length 1 or none; without a factor R itself.
    /// </summary>
    private static LiteralSignal Scale(Affine affine, Shape shape, double[] r)
    {
        if (affine.Scale.IsEmpty) return LiteralSignal.Moved([.. r]);
        var result = new LiteralSignal(new double[r.Length], new double[r.Length], new int[r.Length]);
        for (int i = 0; i < r.Length; i++)
        {
            result.Values[i] = affine.ScaleAt(Broadcast(i, shape, affine.ScaleShape)) * r[i];
            (result.Magnitudes[i], result.Roundings[i]) = (Math.Abs(result.Values[i]), 1);
        }

        return result;
    }

    /// <summary>Where an element of a tensor finds its constant, whose shape is aligned with the tensor's last axes.</summary>
    private static int Broadcast(long element, Shape tensor, Shape constant)
    {
        long index = 0, stride = 1;
        for (int k = 1; k <= constant.Rank; k++)
        {
            if (constant[^k] > 1) index += element % tensor[^k] * stride;
            stride *= constant[^k];
            element /= tensor[^k];
        }

        return (int)index;
    }
}
