using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;
using ReshapeLayer = NetViz.Engine.Layers.Reshape;

namespace NetViz.Weights.Operators;

/// <summary>Operators that move numbers without computing, and those that do nothing at inference.</summary>
internal static class ShapeOperators
{
    // Ten times those of the widest published networks: back-ends go through the whole result for each part.
    private const int MaxJoined = 2000;

    /// <summary>Reshape. The target is an attribute up to version 4, an input since 5; allowzero came with 14.</summary>
    public static Value Reshape(NodeReader node)
    {
        node.Ignore("consumed_inputs"); // version 1: a hint to reuse memory
        long[]? attribute = node.Opset < 5 ? node.Ints("shape") : null;
        bool allowZero = node.Flag("allowzero");
        if (node.IsConstant)
            return node.Fold(attribute is null ? 2 : 1,
                inputs => ConstantFolding.Reshape(inputs[0], attribute ?? inputs[1].Integers.Span, allowZero));
        ActivationValue x = node.Activation();
        ConstantValue target = attribute is not null ? new ConstantValue(OnnxTensor.OfIntegers("", [attribute.Length], attribute))
            : node.Input(1) as ConstantValue
                ?? throw node.Refuse("its target shape is missing, or computed by the network; only constants are supported");
        return node.Emit(ReshapeLayer.To(node.Name, Target(node, x, target, ref allowZero), allowZero), x);
    }

    /// <summary>Flatten into two axes. Negative axes since version 11.</summary>
    public static Value Flatten(NodeReader node)
    {
        int axis = checked((int)node.Int("axis", 1));
        if (!node.IsConstant) return node.Emit(ReshapeLayer.Flatten(node.Name, axis), node.Activation());
        return node.Fold(1, inputs =>
        {
            int[] dims = inputs[0].Dims.ToArray();
            int split = axis == dims.Length ? axis : ConstantFolding.Axis(axis, dims.Length);
            return inputs[0].WithDims(
                [ConstantFolding.Product(dims.AsSpan(0, split)), ConstantFolding.Product(dims.AsSpan(split))]);
        });
    }

    /// <summary>Squeeze. The axes are an attribute up to version 12, an input since 13.</summary>
    public static Value Squeeze(NodeReader node)
    {
        long[]? axes = node.IntsOrInput("axes", 1, inputSince: 13);
        return node.IsConstant
            ? node.Fold(1, inputs => ConstantFolding.Squeeze(inputs[0], axes))
            : node.Emit(ReshapeLayer.Squeeze(node.Name, Narrow(axes ?? [])), node.Activation());
    }

    /// <summary>Unsqueeze. The axes are an attribute up to version 12, an input since 13.</summary>
    public static Value Unsqueeze(NodeReader node)
    {
        long[] axes = node.IntsOrInput("axes", 1, inputSince: 13) ?? throw node.Refuse("its axes are missing");
        return node.IsConstant
            ? node.Fold(1, inputs => ConstantFolding.Unsqueeze(inputs[0], axes))
            : node.Emit(ReshapeLayer.Unsqueeze(node.Name, Narrow(axes)), node.Activation());
    }

    /// <summary>Transpose. Unchanged in all versions.</summary>
    public static Value Transpose(NodeReader node)
    {
        long[]? permutation = node.Ints("perm");
        return node.IsConstant
            ? node.Fold(1, inputs => ConstantFolding.Transpose(inputs[0], permutation, node.MostElements))
            : node.Emit(new Transpose(node.Name, Narrow(permutation ?? [])), node.Activation());
    }

    /// <summary>Concat. The axis is 1 by default up to version 3 and has to be given since 4.</summary>
    public static Value Concat(NodeReader node)
    {
        if (node.InputCount == 0) throw node.Refuse("it has no input");
        int axis = checked((int)node.Int("axis", 1));
        if (node.IsConstant) return node.Fold(node.InputCount, inputs => ConstantFolding.Concat(inputs, axis, node.MostElements));
        if (node.InputCount > MaxJoined)
            throw node.Refuse($"it joins {node.InputCount} inputs; at most {MaxJoined} are supported");
        if (Enumerable.Range(0, node.InputCount).Any(i => node.Input(i) is ConstantValue)) return ConstantConcat.Emit(node, axis);
        ActivationValue[] inputs = [.. Enumerable.Range(0, node.InputCount).Select(node.Activation)];
        return node.Emit(new Concat(node.Name, axis, inputs.Length), inputs);
    }

    /// <summary>
    /// Pad with a constant, or with the image itself; one that pads nothing becomes the identity. Pads are an attribute up to
    /// version 10 (called paddings in version 1), an input since 11; since 18 the axes can be chosen.
    /// </summary>
    public static Value Pad(NodeReader node)
    {
        string mode = node.Text("mode", "constant");
        ActivationValue x = node.Activation();
        long[] pads = node.IntsOrInput(node.Opset < 2 ? "paddings" : "pads", 1, inputSince: 11)
            ?? throw node.Refuse("its pads are missing");
        OnnxTensor? number = node.Opset < 11 ? null : node.OptionalConstant(2, "value");
        if (number is { Count: not 1 }) throw node.Refuse($"its value has {number.Count} numbers; one is needed");
        float value = node.Opset < 11 ? node.Float("value", 0) : number?.Floats.Span[0] ?? 0;
        long[] axes = (node.Opset < 18 ? null : node.OptionalConstant(3, "axes"))?.Integers.ToArray()
            ?? [.. Enumerable.Range(0, x.Shape.Rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length)
            throw node.Refuse($"it has {Counted.Of(pads.Length, "pad")} for {Counted.Of(axes.Length, "axis")}; two for each "
                + "are needed");
        node.RequireFinite([value], "value");
        if (pads.All(pad => pad == 0)) return node.Emit(new Identity(node.Name, "Pad"), x);
        int[] before = new int[x.Shape.Rank], after = new int[x.Shape.Rank];
        for (int k = 0; k < axes.Length; k++)
        {
            int axis = ConstantFolding.Axis(axes[k], x.Shape.Rank);
            (before[axis], after[axis]) = (checked((int)pads[k]), checked((int)pads[axes.Length + k]));
            if (axis == 0 && (before[0], after[0]) != (0, 0))
            {
                throw node.Refuse($"it pads axis 0 by {before[0]} and {after[0]}; that is the batch, to which no images can be "
                    + "added");
            }
        }

        return mode == "constant"
            ? node.Emit(new Pad(node.Name, before, after, value), x)
            : SliceOperators.Pad(node, x, mode, before, after);
    }

    /// <summary>Returns the input, without a layer.</summary>
    public static Value Identity(NodeReader node) =>
        node.IsConstant
            ? node.Input(0) ?? throw node.Refuse("its input is missing")
            : node.Emit(new Identity(node.Name, "Identity"), node.Activation());

    /// <summary>
    /// Dropout: the identity at inference. Ratio and seed do not matter then; the mask must not be used. Since version 12 an
    /// input can ask for training.
    /// </summary>
    public static Value Dropout(NodeReader node)
    {
        node.RequireOneOutput("the mask");
        node.Ignore("ratio", "seed", "consumed_inputs");
        // A mask is named at inference too.
        node.RequireInference(int.MaxValue);
        OnnxTensor? training = node.Opset < 12 ? null : node.OptionalConstant(2, "training_mode");
        if (training is { Count: 1 } && training.Integers.Span[0] != 0)
            throw node.Refuse("training_mode is true; only inference is supported", "export the model in evaluation mode");
        return node.Emit(new Identity(node.Name, "Dropout"), node.Activation());
    }

    /// <summary>Cast: of constants any; of activations, which are float32 throughout, to floating-point types.</summary>
    public static Value Cast(NodeReader node)
    {
        node.Ignore("saturate", "round_mode"); // for 8-bit floats
        // In versions 1 to 5 the type was a text.
        OnnxElementType type = node.Opset < 6 ? node.Text("to", "") switch
        {
            "FLOAT" => OnnxElementType.Float32,
            "DOUBLE" => OnnxElementType.Float64,
            "FLOAT16" => OnnxElementType.Float16,
            "INT32" => OnnxElementType.Int32,
            "INT64" => OnnxElementType.Int64,
            "BOOL" => OnnxElementType.Bool,
            _ => OnnxElementType.Undefined,
        } : (OnnxElementType)node.Int("to", 0);
        if (node.IsConstant) return node.Fold(1, inputs => ConstantFolding.Cast(inputs[0], type, node.MostElements));
        return type.IsFloat()
            ? node.Emit(new Identity(node.Name, "Cast"), node.Activation())
            : throw node.Refuse($"it casts what the network computes to {type}; floating-point types are supported");
    }

    // The target of a reshape with the batch size left open. A length that depends on the batch size, as one worked out by
    // Shape does, becomes 0 (the input's own length) where the input has it on the same axis, else -1 (what is left). So
    // does the batch size itself in the first place, which a file exported for a single image has as a plain 1.
    private static int[] Target(NodeReader node, ActivationValue x, ConstantValue target, ref bool allowZero)
    {
        long[] first = target.Tensor.Integers.ToArray(), second = target.AtOtherBatch?.Integers.ToArray() ?? first;
        int[] wanted = Narrow(first);
        if (second.Length != first.Length) throw node.Refuse("the number of axes of its target shape depends on the batch size");
        if (allowZero && first.Contains(0)) return wanted;
        allowZero = false;
        for (int axis = 0; axis < wanted.Length; axis++)
        {
            bool fromInput = axis < x.Shape.Rank && first[axis] == x.Shape[axis] && x.ShapeAtOtherBatch is { } other
                && (second[axis] == other[axis] || (axis == 0 && second == first));
            if (second[axis] != first[axis] || axis == 0)
            {
                if (fromInput) wanted[axis] = 0;
                else if (second[axis] != first[axis]) wanted[axis] = -1;
            }
        }

        return wanted.Count(length => length == -1) <= 1
            ? wanted
            : throw node.Refuse("more than one length of its target shape depends on the batch size");
    }

    private static int[] Narrow(long[] numbers) => Array.ConvertAll(numbers, number => checked((int)number));

    /// <summary>Writes Reshape, Flatten, Squeeze or Unsqueeze.</summary>
    public static void Write(NodeWriter node, Reshape reshape)
    {
        int[] numbers = [.. reshape.Numbers];
        switch (reshape.Kind)
        {
            case ReshapeKind.To:
                // allowzero came with version 14; it matters only for tensors without elements, which no network takes.
                node.Last("Reshape", [node.Input, node.Integers("shape", numbers)]);
                break;
            case ReshapeKind.Flatten: node.Last("Flatten", [node.Input], NodeWriter.Attribute("axis", numbers[0])); break;
            case ReshapeKind.Squeeze:
                // ONNX without axes would squeeze a batch of one image too.
                if (numbers.Length == 0)
                    numbers = [.. Enumerable.Range(1, node.InputShape.Rank - 1).Where(axis => node.InputShape[axis] == 1)];
                if (numbers.Length == 0) node.Last("Identity", [node.Input]);
                else node.Last("Squeeze", [node.Input, node.Integers("axes", numbers)]);
                break;
            default: node.Last("Unsqueeze", [node.Input, node.Integers("axes", numbers)]); break;
        }
    }

    /// <summary>Writes a Pad.</summary>
    public static void Write(NodeWriter node, Pad pad)
    {
        string pads = node.Integers("pads", [.. pad.Before, .. pad.After]);
        node.Last("Pad", pad.Value == 0 ? [node.Input, pads] : [node.Input, pads, node.Weights("value", new[] { pad.Value })]);
    }

    /// <summary>Writes a Concat.</summary>
    public static void Write(NodeWriter node, Concat concat) =>
        node.Last("Concat", node.AllInputs, NodeWriter.Attribute("axis", concat.Axis));

    /// <summary>Writes a Transpose.</summary>
    public static void Write(NodeWriter node, Transpose transpose) => node.Last("Transpose", [node.Input],
        transpose.Permutation.IsEmpty ? [] : [NodeWriter.Attribute("perm", transpose.Permutation.ToArray())]);

    /// <summary>Writes an Identity or a Dropout.</summary>
    public static void Write(NodeWriter node, Identity identity) =>
        node.Last(identity.Operator == "Dropout" ? "Dropout" : "Identity", [node.Input]);
}
