using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Weights.Import;

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

    /// <summary>LRN across channels.</summary>
    public static Value Lrn(NodeReader node)
    {
        int size = checked((int)node.Int("size", 0));
        var parameters = new LrnParameters(size, node.Float("alpha", 1e-4f), node.Float("beta", 0.75f), node.Float("bias", 1));
        return node.Emit(new Lrn(node.Name, parameters), node.Activation());
    }
}
