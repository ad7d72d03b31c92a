using System.Globalization;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// What a layer does to the signal, in one line of plain text. R_{n+1} is the signal above it, R_n the one below, X_n its input;
/// at rectifiers r and x for short.
/// </summary>
public static class LayerEquation
{
    private const string Same = "the same under all rules";

    private const string ByExtension = "the same under all rules, for DeconvNet by extension";

    /// <summary>The equation and a remark on it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rule">The rule at it.</param>
    /// <param name="unpooling">Where it sends its signal, if it is a max-pooling.</param>
    public static (string Equation, string Remark) Of(Layer layer, ReluRule rule, Unpooling unpooling)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return layer switch
        {
            RectifierLayer { Rectifier: var f } => (RectifierFormula.Of(f, rule), "r: signal above; x: the layer's input"),
            Lrn when rule == ReluRule.DeconvNet => ("R_n = R_{n+1}",
                "passed over: Zeiler and Fergus do not normalise contrast on the way down"),
            Lrn => ("R_n = J^T R_{n+1},  J = dX_{n+1}/dX_n", "differentiated at the layer's input; DeconvNet passes it over"),
            Conv => ("R_n = R_{n+1} * flipped K", $"convolution with the flipped kernels; {Same}"),
            FullyConnected { Alpha: var alpha } => (
                $"R_n = {(alpha == 1 ? "" : Text(alpha) + " ")}W^T R_{{n+1}}", $"the transposed map; {ByExtension}"),
            MaxPool when unpooling == Unpooling.Even => ("R_n(q) = sum over p of R_{n+1}(p) / |window p|",
                "switches dropped: each signal spread over its window [ours]"),
            MaxPool => ("R_n(q) = sum of R_{n+1}(p), switch(p) = q",
                $"each signal goes to where its window's maximum stood; {Same}"),
            AveragePool => ("R_n(q) = sum over p of R_{n+1}(p) / |window p|",
                $"each signal spread evenly over its window; {ByExtension}"),
            Affine { Scale.Length: 0 } => ("R_n = R_{n+1}", $"a constant was added: nothing to undo; {ByExtension}"),
            Affine => ("R_n = scale R_{n+1}", $"{layer.Operator}: X_{{n+1}} = scale X_n + shift; {ByExtension}"),
            Softmax => ("R_n = p (R_{n+1} - sum p R_{n+1})", "differentiated at its output p under all rules"),
            LogSoftmax => ("R_n = R_{n+1} - exp(y) sum R_{n+1}", "differentiated at its output y under all rules"),
            Sum { Subtracts: true } => ("R_a = R_{n+1},  R_b = -R_{n+1}", $"X_{{n+1}} = a - b; {ByExtension}"),
            Sum => ("R_a = R_{n+1},  R_b = R_{n+1}", $"X_{{n+1}} = a + b: both get the signal; {ByExtension}"),
            Concat => ("R_k = part k of R_{n+1}", $"each input gets its own part of the signal; {ByExtension}"),
            Pad => ("R_n = R_{n+1} without the border", $"the padding's signal is dropped; {ByExtension}"),
            Transpose => ("R_n = R_{n+1}, axes put back", $"elements move and keep their values; {Same}"),
            Reshape => ("R_n = R_{n+1}, in the input's shape", $"elements keep their values and order; {Same}"),
            Identity => ("R_n = R_{n+1}", $"nothing happens here; {Same}"),
            _ => ("R_n = A^T R_{n+1}", $"the transposed map; {ByExtension}"),
        };
    }

    private static string Text(float value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
