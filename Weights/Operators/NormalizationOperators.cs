using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;

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
}
