using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;

namespace NetViz.Weights.Operators;

/// <summary>Rectifiers and softmax.</summary>
internal static class ActivationOperators
{
    /// <summary>max(x, 0).</summary>
    public static Value Relu(NodeReader node)
    {
        node.Ignore("consumed_inputs"); // version 1: a hint to reuse memory
        return node.Emit(new Relu(node.Name), node.Activation());
    }

    /// <summary>LeakyRelu.</summary>
    public static Value LeakyRelu(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        return node.Emit(new LeakyRelu(node.Name, node.Float("alpha", 0.01f)), node.Activation());
    }

    /// <summary>Clip. Its limits are attributes up to version 10, optional inputs since 11.</summary>
    public static Value Clip(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        float low = node.Opset < 11 ? node.Bound("min", float.MinValue) : Limit(1, "min") ?? float.NegativeInfinity;
        float high = node.Opset < 11 ? node.Bound("max", float.MaxValue) : Limit(2, "max") ?? float.PositiveInfinity;
        // Without a limit on one side a bound is infinite; a lower bound of infinity would make every number infinite.
        if (float.IsNaN(low) || float.IsNaN(high) || float.IsPositiveInfinity(low) || float.IsNegativeInfinity(high))
            throw node.Refuse($"its limits are {low} and {high}; no finite number lies between them");
        return node.Emit(new Clip(node.Name, low, high), node.Activation());

        float? Limit(int index, string what) => node.OptionalConstant(index, what) is not { } limit ? null
            : limit.Count == 1 ? limit.Floats.Span[0]
            : throw node.Refuse($"its {what} has {limit.Count} numbers; one is supported");
    }

    /// <summary>
    /// Softmax and LogSoftmax. Up to version 12 over all axes from the given one (1 by default) to the last, taken as one;
    /// since 13 over the given axis alone (the last by default).
    /// </summary>
    public static Value Softmax(NodeReader node)
    {
        bool old = node.Opset < 13;
        int axis = checked((int)node.Int("axis", old ? 1 : -1));
        Layer layer = node.Operator == "Softmax"
            ? new Softmax(node.Name, axis, throughLast: old)
            : new LogSoftmax(node.Name, axis, throughLast: old);
        return node.Emit(layer, node.Activation());
    }

    /// <summary>Writes a rectifier. Clip's limits are inputs; an infinite one is left out.</summary>
    public static void Write(NodeWriter node, RectifierLayer layer)
    {
        Rectifier rectifier = layer.Rectifier;
        switch (rectifier.Kind)
        {
            case RectifierKind.Relu: node.Last("Relu", [node.Input]); break;
            case RectifierKind.LeakyRelu when layer.Operator == "PRelu":
                node.Last("PRelu", [node.Input, node.Weights("slope", new[] { rectifier.Slope })]);
                break;
            case RectifierKind.Clip when layer.Operator == "Min":
                node.Last("Min", [node.Input, node.Weights("bound", new[] { rectifier.High })]);
                break;
            case RectifierKind.Clip when layer.Operator == "Max":
                node.Last("Max", [node.Input, node.Weights("bound", new[] { rectifier.Low })]);
                break;
            case RectifierKind.LeakyRelu: node.Last("LeakyRelu", [node.Input], NodeWriter.Attribute("alpha", rectifier.Slope)); break;
            default: node.Last("Clip", [node.Input, Limit("min", rectifier.Low), Limit("max", rectifier.High)]); break;
        }

        string Limit(string what, float limit) => float.IsInfinity(limit) ? "" : node.Weights(what, new[] { limit });
    }

    /// <summary>
    /// Writes a Softmax or LogSoftmax. Version 13 takes one axis. One that is followed by axes of length 1 alone is the same
    /// through the last; any other is made one axis with those after it first, and taken apart again.
    /// </summary>
    public static void Write(NodeWriter node, SoftmaxLayer layer)
    {
        (int axis, bool throughLast) = (layer.Axis, layer.ThroughLast);
        int rank = node.InputShape.Rank, from = axis < 0 ? axis + rank : axis;
        if (!throughLast || Enumerable.Range(from + 1, rank - from - 1).All(later => node.IsOne(later)))
        {
            node.Last(layer.Operator, [node.Input], NodeWriter.Attribute("axis", axis));
            return;
        }

        int[] before = new int[from]; // 0: as in the input
        string row = node.Before("Reshape", "row", [node.Input, node.Integers("/row.shape", [.. before, -1])]);
        string softened = node.Before(layer.Operator, "softmax", [row], NodeWriter.Attribute("axis", from));
        IEnumerable<int> after =
            Enumerable.Range(from, rank - from).Select(later => node.IsOpen(later) ? -1 : node.InputShape[later]);
        int[] lengths = [.. before, .. after];
        bool canBeSaid = lengths.Count(length => length == -1) <= 1;
        node.Last("Reshape", [softened, canBeSaid ? node.Integers("shape", lengths) : node.Before("Shape", "shape", [node.Input])]);
    }
}
