using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>Sums, means, extrema and norms along axes.</summary>
internal static class ReduceOperators
{
    /// <summary>
    /// ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum. The axes are an
    /// attribute up to version 17 (of ReduceSum up to 12), an input since; without any all axes are meant, or with
    /// noop_with_empty_axes none. Neighbouring axes are one layer, others one after the other.
    /// </summary>
    public static Value Read(NodeReader node)
    {
        bool keep = node.Flag("keepdims", otherwise: true), isNothing = node.Flag("noop_with_empty_axes");
        long[] given = node.IntsOrInput("axes", 1, inputSince: node.Operator == "ReduceSum" ? 13 : 18) ?? [];
        if (node.IsConstant)
        {
            return node.Fold(1, inputs =>
                Folding.Reduce(node, inputs[0], Axes(given, isNothing, inputs[0].Dims.Length), keep));
        }

        ActivationValue x = node.Activation();
        int[] axes = Axes(given, isNothing, x.Shape.Rank);
        if (axes.Contains(0) && x.Shape.N != 1)
        {
            throw node.Refuse($"it reduces the axes [{string.Join(", ", axes)}] of {x.Shape}; axis 0 is the batch, whose images stay "
                + "apart", "a batch size fixed at 1 can be reduced");
        }

        (Layer? before, bool isSquared, Layer? after, ReduceKind kind) = Parts(node);
        string what = node.Operator;
        if (isSquared) x = node.EmitBefore(name => new Pair(name, "Mul", PairKind.Product), "square", x, x);
        else if (before is not null) x = node.EmitBefore(name => Named(before, name), "before", x);
        List<(int From, int To)> runs = Runs(axes);
        bool isLast = after is null, isMean = kind == ReduceKind.Mean;
        if (runs.Count == 0)
        {
            // Without axes the sum of one number each: of one that is squared or whose absolute value is taken, that.
            return isLast ? node.Emit(new Identity(node.Name, what), x) : node.Emit(Named(after!, node.Name), x);
        }

        // The last run first, so that the axes before it keep their numbers.
        for (int i = runs.Count - 1; i >= 0; i--)
        {
            (int from, int to) = runs[i];
            bool isOwn = i == 0 && isLast;
            if (IsPool(x.Shape, from, to, kind))
            {
                Layer Pool(string name) => kind == ReduceKind.Mean ? new AveragePool(name, null) : new MaxPool(name, null);
                Layer Squeeze(string name) => Reshape.Squeeze(name, [2, 3]);
                x = isOwn && keep ? node.Emit(Pool(node.Name), x) : node.EmitBefore(Pool, isMean ? "mean" : "max", x);
                if (!keep) x = isOwn ? node.Emit(Squeeze(node.Name), x) : node.EmitBefore(Squeeze, "squeezed", x);
            }
            else
            {
                Reduce Layer(string name) => new(name, what, kind, from, to, keep);
                x = isOwn ? node.Emit(Layer(node.Name), x) : node.EmitBefore(Layer, "part", x);
            }
        }

        return isLast ? x : node.Emit(Named(after!, node.Name), x);
    }

    /// <summary>Writes a reduction.</summary>
    public static void Write(NodeWriter node, Reduce layer)
    {
        int[] axes = [.. Enumerable.Range(layer.From, layer.To - layer.From)];
        List<AttributeProto> attributes = layer.KeepsAxes ? [] : [NodeWriter.Attribute("keepdims", 0)];
        string operation = layer.Kind switch
        {
            ReduceKind.Sum => "ReduceSum",
            ReduceKind.Mean => "ReduceMean",
            ReduceKind.Maximum => "ReduceMax",
            ReduceKind.Minimum => "ReduceMin",
            _ => "ReduceL2",
        };
        if (operation == "ReduceSum") node.Last(operation, [node.Input, node.Integers("axes", axes)], attributes);
        else node.Last(operation, [node.Input], [NodeWriter.Attribute("axes", axes), .. attributes]);
    }

    // The mean or the largest number of a plane is a pool, which is fast, and whose switches tell where it stood.
    private static bool IsPool(Shape shape, int from, int to, ReduceKind kind) =>
        shape.Rank == 4 && (from, to) == (2, 4) && kind is ReduceKind.Mean or ReduceKind.Maximum;

    private static (Layer? Before, bool IsSquared, Layer? After, ReduceKind Kind) Parts(NodeReader node) => node.Operator switch
    {
        "ReduceSum" => (null, false, null, ReduceKind.Sum),
        "ReduceMean" => (null, false, null, ReduceKind.Mean),
        "ReduceMax" => (null, false, null, ReduceKind.Maximum),
        "ReduceMin" => (null, false, null, ReduceKind.Minimum),
        "ReduceL2" => (null, false, null, ReduceKind.Norm),
        "ReduceL1" => (new Elementwise(node.Name, "Abs", new ElementFunction(FunctionKind.Abs)), false, null, ReduceKind.Sum),
        "ReduceSumSquare" => (null, true, null, ReduceKind.Sum),
        _ => (null, false, new Elementwise(node.Name, "Log", new ElementFunction(FunctionKind.Log)), ReduceKind.Sum),
    };

    private static Elementwise Named(Layer layer, string name) => new(name, layer.Operator, ((Elementwise)layer).Function);

    private static int[] Axes(long[] given, bool isNothing, int rank) => given.Length > 0
        ? [.. given.Select(axis => ConstantFolding.Axis(axis, rank)).Distinct().Order()]
        : isNothing ? [] : [.. Enumerable.Range(0, rank)];

    private static List<(int From, int To)> Runs(int[] axes)
    {
        var runs = new List<(int From, int To)>();
        foreach (int axis in axes)
        {
            if (runs.Count > 0 && runs[^1].To == axis) runs[^1] = (runs[^1].From, axis + 1);
            else runs.Add((axis, axis + 1));
        }

        return runs;
    }
}
