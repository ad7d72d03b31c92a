using NetViz.Engine.Layers;

namespace NetViz.Engine.Proofs;

/// <summary>
/// At rectifiers and local response normalisation gradient and DeconvNet part: each must be what its own formula says, and
/// they must differ exactly where the formulas do.
/// </summary>
internal static class RectifierProof
{
    /// <summary>
    /// The smallest number that float32 holds with all its digits; slope r may lose what makes it differ from r below.
    /// </summary>
    private const double SmallestNormal = 1.17549435e-38;

    /// <summary>DeconvNet f(r), gradient r f'(x).</summary>
    public static LayerFindings Find(ProvenLayer at, RectifierLayer layer)
    {
        double[] deconvNet = at.Engine(BackwardRule.DeconvNet, at.R)[0], gradient = at.Engine(BackwardRule.Gradient, at.R)[0];
        LiteralSignal literal = at.Literal()[0];
        var faults = new List<string>();
        Require(deconvNet, literal, "the engine's DeconvNet rule is not f(r)", faults);
        Require(gradient, LiteralSignal.Moved(LiteralDerivative.Times(layer, at.Kept, at.R)),
            "the engine's gradient is not r f'(x)", faults);

        SignalDifference difference = new SignalDifference().Add(gradient, literal);
        for (int i = 0; i < gradient.Length; i++)
        {
            bool parts = !SignalDifference.IsSame(gradient[i], literal.Values[i]), should = PartsAt(layer, at.Kept, at.R, i);
            if (parts == should || (layer is LeakyRelu && Math.Abs(at.R[i]) < SmallestNormal)) continue;
            faults.Add($"gradient and DeconvNet {(parts ? "part" : "are the same")} at element {i}, where r is "
                + $"{NumberText.Fixed(at.R[i], "g4")} "
                + $"and f' takes its {(at.Kept.IsActive(i) ? "upper" : "lower")} value");
            break;
        }

        return new LayerFindings(ProofVerdict.Parts, difference, "exact", null, difference.Unequal, faults);
    }

    /// <summary>DeconvNet R itself, gradient J^T R.</summary>
    public static LayerFindings Find(ProvenLayer at, Lrn layer)
    {
        double[] deconvNet = at.Engine(BackwardRule.DeconvNet, at.R)[0], gradient = at.Engine(BackwardRule.Gradient, at.R)[0];
        LiteralSignal literal = at.Literal()[0];
        var faults = new List<string>();
        Require(deconvNet, literal, "the engine's DeconvNet rule does not pass r on", faults);
        SignalDifference derivative = new SignalDifference().Add(gradient, LiteralSignal.Moved(
            LiteralDerivative.Times(layer.Parameters, at.Output, at.Kept.Input, at.R, transposed: true)));
        if (!(derivative.Relative <= Proof.NormBound))
            faults.Add($"the engine's gradient is not J^T r: {derivative.Relative:e1} apart in norm, {derivative.Worst}");
        SignalDifference difference = new SignalDifference().Add(gradient, literal);
        return new LayerFindings(ProofVerdict.Parts, difference, "1e-5 in norm", derivative.Relative / Proof.NormBound,
            difference.Unequal, faults);
    }

    private static void Require(double[] found, LiteralSignal expected, string otherwise, List<string> faults)
    {
        if (new SignalDifference().Add(found, expected).Worst is string worst) faults.Add($"{otherwise}: {worst}");
    }

    /// <summary>
    /// Whether the formulas differ at an element. ReLU: r is not 0 and one of x > 0, r > 0 holds without the other. LeakyReLU:
    /// the same, unless slope r is r. Clip: inside, r lies outside low..high; outside, f(r) is not 0.
    /// </summary>
    private static bool PartsAt(RectifierLayer layer, PortableLayer kept, double[] r, int i)
    {
        bool active = kept.IsActive(i);
        if (layer is Clip)
        {
            (double low, double high) = (layer.Rectifier.Low, layer.Rectifier.High);
            return active ? !(r[i] >= low && r[i] <= high) : Math.Min(Math.Max(r[i], low), high) != 0;
        }

        double slope = layer is LeakyRelu ? layer.Rectifier.Slope : 0;
        return active != r[i] > 0 && slope * r[i] != r[i];
    }
}
