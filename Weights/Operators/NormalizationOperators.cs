using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Normalisations at inference.</summary>
internal static class NormalizationOperators
{
    /// <summary>
    /// BatchNormalization with X, scale, B, mean and variance. Up to version 8 with the attribute spatial (1: by channel),
    /// up to 6 with is_test, since 14 with training_mode.
    /// </summary>
    public static Value BatchNormalization(NodeReader node)
    {
        node.Ignore("momentum", "consumed_inputs");
        node.RequireInference(5);
        node.RequireOneOutput("running statistics, which come with training");
        if (node.Flag("training_mode"))
            throw node.Refuse("training_mode is 1; only inference is supported", "export the model in evaluation mode");
        if (!node.Flag("spatial", otherwise: true)) throw node.Refuse("spatial is 0; only normalisation by channel is supported");
        ActivationValue input = node.Activation();
        int rank = input.Shape.Rank;
        if (rank < 2) throw node.Refuse($"its input has the shape {input.Shape}; [N, C, ...] is supported");
        ReadOnlySpan<float> Numbers(int index, string what) => node.Constant(index, what).Floats.Span;
        Affine layer = Affine.BatchNormalization(
            node.Name, Numbers(1, "scale"), Numbers(2, "bias"), Numbers(3, "mean"), Numbers(4, "variance"),
            node.Float("epsilon", 1e-5f), rank);
        return node.Emit(layer, input);
    }

    /// <summary>Writes scale x + shift by channel as a BatchNormalization of mean 0 and variance 1.</summary>
    public static void Write(NodeWriter node, Affine affine)
    {
        int channels = affine.Scale.Length;
        string scale = node.Weights("scale", affine.Scale, channels), bias = node.Weights("bias", affine.Shift, channels);
        string mean = node.Weights("mean", new float[channels], channels);
        string variance = node.Weights("variance", Enumerable.Repeat(1f, channels).ToArray(), channels);
        node.Last("BatchNormalization", [node.Input, scale, bias, mean, variance], NodeWriter.Attribute("epsilon", 0f));
    }

    /// <summary>Returns whether a constant has one number a channel.</summary>
    public static bool IsByChannel(NodeWriter node, Shape constant)
    {
        bool fits = node.InputShape.Rank >= 2 && constant.Rank == node.InputShape.Rank - 1 && constant[0] == node.InputShape.C;
        for (int axis = 1; fits && axis < constant.Rank; axis++) fits = constant[axis] == 1;
        return fits;
    }

    /// <summary>LRN across channels.</summary>
    public static Value Lrn(NodeReader node)
    {
        int size = checked((int)node.Int("size", 0));
        var parameters = new LrnParameters(size, node.Float("alpha", 1e-4f), node.Float("beta", 0.75f), node.Float("bias", 1));
        return node.Emit(new Lrn(node.Name, parameters), node.Activation());
    }

    /// <summary>Writes an LRN.</summary>
    public static void Write(NodeWriter node, Lrn lrn) => node.Last("LRN", [node.Input],
        NodeWriter.Attribute("size", lrn.Parameters.Size), NodeWriter.Attribute("alpha", lrn.Parameters.Alpha),
        NodeWriter.Attribute("beta", lrn.Parameters.Beta), NodeWriter.Attribute("bias", lrn.Parameters.Bias));

    /// <summary>InstanceNormalization: scale [C] and B [C]. Version 1 with consumed_inputs.</summary>
    public static Value InstanceNormalization(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        ActivationValue x = node.Activation();
        if (x.Shape.Rank < 3) throw node.Refuse($"its input has the shape {x.Shape}; [N, C, ...] with places of a plane is supported");
        return node.Emit(ByChannel(node, x.Shape, node.Constant(1, "scale"), node.Constant(2, "bias")), x);
    }

    /// <summary>
    /// GroupNormalization (since version 18): means over a group of channels. Scale and bias are [groups] in versions 18 to 20
    /// and [C] since 21. The groups become channels, are normalised, and become groups again.
    /// </summary>
    public static Value GroupNormalization(NodeReader node)
    {
        node.Ignore("stash_type"); // the precision of means, which is float32 or better here
        ActivationValue x = node.Activation();
        int groups = checked((int)node.Int("num_groups", 0)), channels = x.Shape.Rank > 2 ? x.Shape.C : 0;
        if (groups < 1 || channels == 0 || channels % groups != 0)
            throw node.Refuse($"num_groups is {groups} for its input {x.Shape}; [N, C, ...] with a multiple of as many channels is "
                + "supported");
        OnnxTensor scale = node.Constant(1, "scale"), bias = node.Constant(2, "bias");
        Shape constants = new([channels, .. Enumerable.Repeat(1, x.Shape.Rank - 2)]);
        ActivationValue grouped = node.EmitBefore(name => Reshape.To(name, [0, groups, -1]), "groups", x);
        float epsilon = node.Float("epsilon", 1e-5f);
        ActivationValue normal = node.EmitBefore(name => new Normalization(name, "InstanceNormalization", 2, epsilon, default,
            new Shape(), default, new Shape()), "normalised", grouped);
        ActivationValue planes = node.EmitBefore(name => Reshape.To(name, [0, .. x.Shape.Lengths[1..]]), "channels", normal);
        return node.Emit(new Affine(node.Name, "GroupNormalization", PerChannel(scale, "scale"), constants,
            PerChannel(bias, "bias"), constants), planes);

        float[] PerChannel(OnnxTensor given, string what)
        {
            if (given.Count == channels) return given.Floats.ToArray();
            if (given.Count != groups || node.Opset >= 21)
                throw node.Refuse($"its {what} has {Counted.Of(given.Count, "number")}; one for each of {channels} channels "
                    + $"or, before version 21, of {Counted.Of(groups, "group")} is needed");
            float[] values = given.Floats.ToArray();
            return [.. Enumerable.Range(0, channels).Select(c => values[c / (channels / groups)])];
        }
    }

    /// <summary>
    /// LayerNormalization (since version 17): means over all axes from one on. Its other outputs are not supported.
    /// </summary>
    public static Value LayerNormalization(NodeReader node)
    {
        node.RequireOneOutput("mean and deviation");
        node.Ignore("stash_type"); // the precision of means, which is float32 or better here
        ActivationValue x = node.Activation();
        int axis = ConstantFolding.Axis(node.Int("axis", -1), x.Shape.Rank);
        OnnxTensor scale = node.Constant(1, "scale");
        OnnxTensor? bias = node.OptionalConstant(2, "bias");
        return node.Emit(new Normalization(node.Name, "LayerNormalization", axis, node.Float("epsilon", 1e-5f),
            IsAll(scale, 1) ? default : scale.Floats, new Shape(scale.Dims), bias?.Floats ?? default,
            bias is null ? new Shape() : new Shape(bias.Dims)), x);
    }

    /// <summary>Writes an InstanceNormalization or a LayerNormalization.</summary>
    public static void Write(NodeWriter node, Normalization layer)
    {
        (ReadOnlyMemory<float> scale, ReadOnlyMemory<float> shift) = (layer.Affine.Scale, layer.Affine.Shift);
        if (layer.Operator == "InstanceNormalization")
        {
            int channels = node.InputShape.C;
            node.Last("InstanceNormalization", [node.Input, node.Weights("scale", Or(scale, 1, channels), channels),
                node.Weights("bias", Or(shift, 0, channels), channels)], NodeWriter.Attribute("epsilon", layer.Epsilon));
            return;
        }

        int[] dims = scale.IsEmpty ? node.InputShape.Lengths[layer.Axis..].ToArray() : layer.Affine.ScaleShape.Lengths.ToArray();
        List<string> inputs = [node.Input, node.Weights("scale", Or(scale, 1, dims.Aggregate(1, (a, b) => checked(a * b))), dims)];
        if (!shift.IsEmpty) inputs.Add(node.Weights("bias", shift, layer.Affine.ShiftShape.Lengths));
        node.Last("LayerNormalization", inputs, NodeWriter.Attribute("axis", layer.Axis), NodeWriter.Attribute("epsilon", layer.Epsilon));
    }

    private static Normalization ByChannel(NodeReader node, Shape x, OnnxTensor scale, OnnxTensor bias)
    {
        foreach ((OnnxTensor constant, string what) in new[] { (scale, "scale"), (bias, "bias") })
        {
            if (constant.Count != x.C)
                throw node.Refuse($"its {what} has {Counted.Of(constant.Count, "number")} for {Counted.Of(x.C, "channel")}");
        }

        Shape shape = new([x.C, .. Enumerable.Repeat(1, x.Rank - 2)]);
        return new Normalization(node.Name, "InstanceNormalization", 2, node.Float("epsilon", 1e-5f),
            IsAll(scale, 1) ? default : scale.Floats, shape, IsAll(bias, 0) ? default : bias.Floats, shape);
    }

    private static bool IsAll(OnnxTensor constant, float value) => !constant.Floats.Span.ContainsAnyExcept(value);

    private static ReadOnlyMemory<float> Or(ReadOnlyMemory<float> numbers, float otherwise, int count) =>
        numbers.IsEmpty ? Enumerable.Repeat(otherwise, count).ToArray() : numbers;
}
