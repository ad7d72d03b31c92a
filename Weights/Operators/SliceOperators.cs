using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Parts of activations, borders that repeat them, and channels that become pixels: elements move.</summary>
internal static class SliceOperators
{
    /// <summary>Slice of what the network computes; of constants see <see cref="ConstantOperators"/>.</summary>
    public static Value Slice(NodeReader node)
    {
        if (node.IsConstant || node.InputCount == 0 || node.Input(0) is ConstantValue) return ConstantOperators.Slice(node);
        ActivationValue x = node.Activation();
        bool isOld = node.Opset < 10;
        (long[] starts, long[]? otherStarts) = isOld ? (node.Ints("starts") ?? throw node.Refuse("its starts are missing"), null)
            : Numbers(node, 1, "starts") ?? throw node.Refuse("its starts are missing");
        (long[] ends, long[]? otherEnds) = isOld ? (node.Ints("ends") ?? throw node.Refuse("its ends are missing"), null)
            : Numbers(node, 2, "ends") ?? throw node.Refuse("its ends are missing");
        long[]? axes = isOld ? node.Ints("axes") : node.OptionalConstant(3, "axes")?.Integers.ToArray();
        long[]? steps = isOld ? null : node.OptionalConstant(4, "steps")?.Integers.ToArray();
        if (ends.Length != starts.Length || (axes ?? starts).Length != starts.Length || (steps ?? starts).Length != starts.Length)
            throw node.Refuse("its starts, ends, axes and steps differ in number");
        var layers = new List<Func<string, Layer>>();
        for (int k = 0; k < starts.Length; k++)
        {
            int axis = ConstantFolding.Axis(axes?[k] ?? k, x.Shape.Rank);
            (int start, int end, int step) = (Narrow(starts[k]), Narrow(ends[k]), Narrow(steps?[k] ?? 1));
            if (step == 0) throw node.Refuse("a step of 0 leads nowhere");
            if (start == 0 && step == 1 && (end == int.MaxValue || IsBatch(x, axis)))
            {
                // All of it, or all images of the batch, whose number the file may name.
                if (end == int.MaxValue || ends[k] >= x.Shape[axis] && (otherEnds is null || otherEnds[k] >= x.ShapeAtOtherBatch?[axis]))
                    continue;
            }

            if (IsBatch(x, axis))
                throw node.Refuse($"it takes part of axis {axis}; that is the batch, of which all images are needed");
            if (otherStarts?[k] != null && otherStarts[k] != starts[k] || otherEnds?[k] != null && otherEnds[k] != ends[k])
                throw node.Refuse($"what it takes of axis {axis} depends on the batch size, which is not supported");
            if (step == 1 && start == 0 && end >= x.Shape[axis]) continue;
            layers.Add(name => step == 1
                ? new Slice(name, "Slice", axis, start, end)
                : new AxisMapping(name, "Slice", axis, new SliceSampling(start, end, step)));
        }

        return node.EmitChain(layers, "axis", x);
    }

    /// <summary>
    /// Split: parts along an axis. Their lengths are an attribute up to version 12 (in version 1 an input as well), an input
    /// since 13; without them, and since 18 with num_outputs, they are equal but for the last.
    /// </summary>
    public static Value Split(NodeReader node)
    {
        int outputs = node.Node.Output.Count;
        long given = node.Int("axis", 0);
        long? parts = node.Has("num_outputs") ? node.Int("num_outputs", 0) : null;
        long[]? lengths = node.Opset < 13 ? node.Ints("split") : null;
        if (lengths is null && node.InputCount > 1) lengths = node.Constant(1, "split").Integers.ToArray();
        bool isConstant = node.Input(0) is ConstantValue;
        Shape shape = isConstant ? new Shape(node.Constant(0, "input").Dims) : node.Activation().Shape;
        int axis = ConstantFolding.Axis(given, shape.Rank), length = shape[axis];
        if (lengths is null)
        {
            long count = parts ?? outputs, part = count < 1 ? 0 : (length + count - 1) / count;
            if (count != outputs || (parts is null && length % outputs != 0) || part * (count - 1) >= length)
                throw node.Refuse($"axis {axis} of its input {shape} does not divide into {Counted.Of(count, "part")}");
            lengths = [.. Enumerable.Repeat(part, outputs - 1), length - part * (count - 1)];
        }

        if (lengths.Length != outputs || lengths.Any(part => part < 0)
            || lengths.Aggregate(Int128.Zero, (sum, part) => sum + part) != length)
        {
            throw node.Refuse($"its parts of [{string.Join(", ", lengths)}] do not make up axis {axis} of its input {shape} and "
                + $"{Counted.Of(outputs, "output")}");
        }

        if (!isConstant && IsBatch(node.Activation(), axis) && outputs > 1)
            throw node.Refuse($"it divides axis {axis}; that is the batch, whose images are computed together");
        Value? first = null;
        for (int k = 0, start = 0; k < outputs; start += (int)lengths[k++])
        {
            if (!node.IsRead(k)) continue;
            (int from, int to) = (start, start + (int)lengths[k]);
            Value part = isConstant
                ? node.Fold(1, inputs => ConstantFolding.Slice(inputs[0], [from], [to], [axis], null, node.MostElements))
                : node.EmitTo(k, name => outputs == 1 ? new Identity(name, "Split") : new Slice(name, "Split", axis, from, to),
                    node.Activation());
            if (k == 0) first = part;
            else node.Define(k, part);
        }

        // An output that nothing reads stands for nothing.
        return first ?? node.Input(0)!;
    }

    /// <summary>
    /// Gather of what the network computes, by constant numbers; of constants see <see cref="ConstantOperators"/>.
    /// </summary>
    public static Value Gather(NodeReader node)
    {
        if (node.IsConstant || node.InputCount == 0 || node.Input(0) is ConstantValue) return ConstantOperators.Gather(node);
        ActivationValue x = node.Activation();
        int axis = ConstantFolding.Axis(node.Int("axis", 0), x.Shape.Rank), length = x.Shape[axis];
        OnnxTensor given = node.Constant(1, "indices");
        if (IsBatch(x, axis)) throw node.Refuse($"it picks from axis {axis}; that is the batch, of which all images are needed");
        if (given.Dims.Length > 1)
            throw node.Refuse($"its indices have the shape {given.DimsText}; one number or a list is supported");
        int[] indices = [.. given.Integers.ToArray().Select(index => ConstantFolding.Axis(index, length))];
        if (indices.Length == 0) throw node.Refuse("it picks nothing");
        bool isStretch = indices.Select((index, k) => index - k).Distinct().Count() == 1;
        Layer Picked(string name) => isStretch
            ? new Slice(name, "Gather", axis, indices[0], indices[^1] + 1)
            : new AxisMapping(name, "Gather", axis, new ChosenSampling(indices));
        return given.Dims.Length == 1
            ? node.Emit(Picked(node.Name), x)
            : node.Emit(Reshape.Squeeze(node.Name, [axis]), node.EmitBefore(Picked, "picked", x));
    }

    /// <summary>Pad that repeats the image.</summary>
    public static Value Pad(NodeReader node, ActivationValue x, string mode, int[] before, int[] after)
    {
        PadMode how = mode switch
        {
            "reflect" => PadMode.Reflect,
            "edge" => PadMode.Edge,
            "wrap" when node.Opset >= 19 => PadMode.Wrap,
            _ => throw node.Refuse($"mode is '{mode}'; constant, reflect, edge and, since version 19, wrap are supported"),
        };
        var layers = new List<Func<string, Layer>>();
        for (int k = 0; k < before.Length; k++)
        {
            (int axis, var sampling) = (k, new PadSampling(how, before[k], after[k]));
            if ((before[k], after[k]) != (0, 0)) layers.Add(name => new AxisMapping(name, "Pad", axis, sampling));
        }

        return node.EmitChain(layers, "axis", x);
    }

    /// <summary>DepthToSpace (since version 11 with a mode) and SpaceToDepth.</summary>
    public static Value Blocks(NodeReader node)
    {
        string mode = node.Operator == "SpaceToDepth" ? "" : node.Text("mode", "DCR");
        DepthToSpaceKind kind = mode switch
        {
            "" => DepthToSpaceKind.SpaceToDepth,
            "DCR" => DepthToSpaceKind.DepthFirst,
            "CRD" => DepthToSpaceKind.ColumnFirst,
            _ => throw node.Refuse($"mode is '{mode}'; DCR and CRD are supported"),
        };
        if (!node.Has("blocksize")) throw node.Refuse("its blocksize is missing");
        return node.Emit(new DepthToSpace(node.Name, kind, checked((int)node.Int("blocksize", 0))), node.Activation());
    }

    /// <summary>Writes a Slice.</summary>
    public static void Write(NodeWriter node, Slice layer) => WriteSlice(node, layer.Axis, layer.Start, layer.End, 1);

    /// <summary>Writes a map along an axis as the operator that it came from.</summary>
    public static void Write(NodeWriter node, AxisMapping layer)
    {
        int[] none = new int[node.InputShape.Rank];
        switch (layer.Sampling)
        {
            case ResizeSampling resize: ResizeOperators.Write(node, layer, resize); break;
            case SliceSampling slice: WriteSlice(node, layer.Axis, slice.Start, slice.End, slice.Step); break;
            case ChosenSampling chosen:
                node.Last("Gather", [node.Input, node.Integers("indices", chosen.Indices.Span)],
                    NodeWriter.Attribute("axis", layer.Axis));
                break;
            case PadSampling pad:
                int[] before = [.. none], after = [.. none];
                (before[layer.Axis], after[layer.Axis]) = (pad.Before, pad.After);
                node.Last("Pad", [node.Input, node.Integers("pads", [.. before, .. after])],
                    NodeWriter.Attribute("mode", pad.Mode.ToString().ToLowerInvariant()));
                break;
            default:
                throw new NetVizException($"layer '{layer.Name}' maps axis {layer.Axis} by a {layer.Sampling.GetType().Name}, which has no "
                    + "form in ONNX", "samplings of NetViz.Engine.Layers have one");
        }
    }

    /// <summary>Writes a DepthToSpace or a SpaceToDepth.</summary>
    public static void Write(NodeWriter node, DepthToSpace layer)
    {
        if (layer.Kind == DepthToSpaceKind.SpaceToDepth)
            node.Last("SpaceToDepth", [node.Input], NodeWriter.Attribute("blocksize", layer.Block));
        else
            node.Last("DepthToSpace", [node.Input], NodeWriter.Attribute("blocksize", layer.Block),
                NodeWriter.Attribute("mode", layer.Kind == DepthToSpaceKind.DepthFirst ? "DCR" : "CRD"));
    }

    private static void WriteSlice(NodeWriter node, int axis, int start, int end, int step)
    {
        string[] inputs = [node.Input, node.Integers("starts", start), node.Integers("ends", end), node.Integers("axes", axis)];
        node.Last("Slice", step == 1 ? inputs : [.. inputs, node.Integers("steps", step)]);
    }

    private static bool IsBatch(ActivationValue x, int axis) => axis == Math.Max(0, x.Batch.Axis);

    private static int Narrow(long number) => (int)Math.Clamp(number, -int.MaxValue, int.MaxValue);

    // Integers at both batch sizes.
    private static (long[] First, long[]? Other)? Numbers(NodeReader node, int index, string what) => node.Input(index) switch
    {
        null => null,
        ConstantValue constant => (constant.Tensor.Integers.ToArray(), constant.AtOtherBatch?.Integers.ToArray()),
        _ => throw node.Refuse($"its {what} are computed by the network, and only constants are supported"),
    };
}
