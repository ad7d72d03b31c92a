using System.Globalization;
using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Proofs;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y = f(x) of Relu, LeakyRelu, PRelu and Clip, where the three rules part: gradient r f'(x), DeconvNet f(r), guided f(r) f'(x).
/// Written anew (<see cref="RectifierFormula"/>), so that comparing it with Kernels/ReluRules.cs says something.
/// </summary>
internal sealed class RectifierAnalysis : LayerAnalysis<RectifierLayer>
{
    /// <summary>
    /// The smallest number that float32 holds with all its digits; slope r may lose what makes it differ from r below.
    /// </summary>
    private const double SmallestNormal = 1.17549435e-38;

    /// <inheritdoc/>
    public override bool HasRecordedState => true;

    /// <inheritdoc/>
    public override bool IsByExtension(Layer layer) => layer is not Relu;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(RectifierLayer layer, ReluRule rule, Unpooling unpooling) =>
        (RectifierFormula.Of(layer.Rectifier, rule, SlopeName(layer)), layer is PRelu
            ? "r: signal above; x: the layer's input; a: the slope there" : "r: signal above; x: the layer's input");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(RectifierLayer layer, Passage passage) =>
        ReasonsOf(layer.Rectifier, passage.Rule, passage.Rectifier!);

    /// <inheritdoc/>
    protected override TracePart Forward(RectifierLayer layer, ForwardElement e)
    {
        double x = e.Activation()[e.Element], y = RectifierFormula.Forward(layer.At(e.Input, e.Element), x);
        return e.Part(RectifierFormula.Of(layer.At(e.Input, e.Element)),
            string.Create(CultureInfo.InvariantCulture,
                $"x = {NumberText.Fixed(x, "g6")} {(y == x ? "passes" : y == 0 ? "is cut to 0" : "is changed")}"),
            [e.Term(null, null, e.Element, y)]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(RectifierLayer layer, BackwardElement e)
    {
        Rectifier f = layer.At(e.Input, e.Element);
        ReluRule rule = e.Rule.At(layer);
        double r = e.Signal[e.Element];
        bool active = e.Kept.IsActive(e.Element);
        double passed = RectifierFormula.Backward(f, rule, r, active);
        string bit = e.Activation is double[] x
            ? string.Create(CultureInfo.InvariantCulture, $"x = {NumberText.Fixed(x[e.Element], "g6")}, {(active ? "active" : "not active")}")
            : active ? "x was active" : "x was not active";
        string verdict = passed == r ? "passes" : passed == 0 ? "is blocked" : "passes scaled";
        return e.Part(RectifierFormula.Of(f, rule),
            string.Create(CultureInfo.InvariantCulture, $"{bit}; r = {NumberText.Fixed(r, "g6")} {(r == 0 ? "has nothing to pass" : verdict)}"),
            [e.Term(null, rule == ReluRule.Gradient ? RectifierFormula.Slope(f, active) : null, e.Element, passed)]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(RectifierLayer layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [LiteralSignal.Moved(Rectify(layer, output, r))];

    /// <summary>r f'(x), x known by its bits. Diagonal, so its own transpose.</summary>
    protected override LiteralSignal? Derivative(RectifierLayer layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed)
    {
        return LiteralSignal.Moved([.. v.Select((value, i) => kept.IsActive(i) ? value : SlopeAt(layer, output, i) * value)]);
    }

    /// <summary>
    /// d_{n+1} = d f'(x). f has slope 1 for low &lt; x &lt; high (ReLU: 0 and infinity), else 0 or LeakyRelu's.
    /// </summary>
    protected override double[] Tangent(RectifierLayer layer, TangentStep step, double[][] inputs)
    {
        (Node node, Rectifier f, double[] tangent) = (step.Node, layer.Rectifier, inputs[0]);
        (LinearPiece piece, FlipSearch flips) = (step.Piece, step.Flips);
        double[] x = step.Activation;
        bool clips = f.Kind == RectifierKind.Clip;
        double low = clips ? f.Low : 0, high = clips ? f.High : double.PositiveInfinity;
        Shape shape = step.OutputShape;
        PortableLayer kept = piece.At(node);
        var above = new double[tangent.Length];
        for (int i = 0; i < above.Length; i++)
        {
            double d = tangent[i];
            bool active = kept.IsActive(i);
            if (!active && low < high && ((x[i] == low && d > 0) || (x[i] == high && d < 0)))
            {
                flips.AddAtOnce(node);
                piece.Flip(node, i);
                active = true;
            }

            above[i] = active ? d : SlopeAt(layer, shape, i) * d;
            double bound = active ? (d > 0 ? high : low)
                : x[i] < low && d > 0 ? low
                : x[i] > high && d < 0 ? high
                : double.PositiveInfinity;
            double t = (bound - x[i]) / d;
            if (!(low < high) || d == 0 || !double.IsFinite(t)) continue;
            if (flips.Add(node, t))
                flips.SetFirst(node, step.FlipOf( active ? FlipKind.TurnsOff : FlipKind.TurnsOn, i, t, x[i], bound, d, -1, -1));
        }

        return above;
    }

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(RectifierLayer layer, ForwardRecord record, Node node,
        Shape output)
    {
        if (layer is not Clip) return null;

        // Flat outside its bounds: f(x) = f'(x) x + y with f' = 0, y the bound that it puts out there.
        double[] y = record.ActivationInDouble(node.Name).Flat();
        PortableLayer kept = record.KeptBy(node.Name);
        return ("bounds", i => kept.IsActive(i) ? 0 : y[i]);
    }

    /// <inheritdoc/>
    protected override string? RecordedFault(RectifierLayer layer, Shape input, Shape output, PortableLayer kept, double[] x)
    {
        bool Active(double value) => layer is Clip
            ? value > layer.Rectifier.Low && value < layer.Rectifier.High
            : value > 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (kept.IsActive(i) != Active(x[i]))
                return $"the recorded bit of element {i} is {(kept.IsActive(i) ? 1 : 0)}, and x is "
                    + $"{NumberText.Fixed(x[i], "g4")} there";
        }

        return null;
    }

    /// <summary>DeconvNet f(r), gradient r f'(x).</summary>
    protected override LayerFindings Prove(RectifierLayer layer, ProvenLayer at)
    {
        double[] deconvNet = at.Engine(BackwardRule.DeconvNet, at.R)[0], gradient = at.Engine(BackwardRule.Gradient, at.R)[0];
        LiteralSignal literal = at.Literal()[0];
        var faults = new List<string>();
        SignalDifference.Require(deconvNet, literal, "the engine's DeconvNet rule is not f(r)", faults);
        SignalDifference.Require(gradient, at.Derivative(transposed: true)!,
            "the engine's gradient is not r f'(x)", faults);

        SignalDifference difference = new SignalDifference().Add(gradient, literal);
        for (int i = 0; i < gradient.Length; i++)
        {
            bool parts = !SignalDifference.IsSame(gradient[i], literal.Values[i]), should = PartsAt(layer, at.Output, at.Kept, at.R, i);
            if (parts == should || (layer is LeakyRelu or PRelu && Math.Abs(at.R[i]) < SmallestNormal)) continue;
            faults.Add($"gradient and DeconvNet {(parts ? "part" : "are the same")} at element {i}, where r is "
                + $"{NumberText.Fixed(at.R[i], "g4")} "
                + $"and f' takes its {(at.Kept.IsActive(i) ? "upper" : "lower")} value");
            break;
        }

        return new LayerFindings(ProofVerdict.Parts, difference, "exact", null, difference.Unequal, faults);
    }

    /// <summary>f(r), the forward function applied to the signal: max(r, 0) at a ReLU.</summary>
    private static double[] Rectify(RectifierLayer layer, Shape shape, double[] r)
    {
        (double low, double high) = (layer.Rectifier.Low, layer.Rectifier.High);
        return layer switch
        {
            LeakyRelu or PRelu => [.. r.Select((value, i) => value > 0 ? value : SlopeAt(layer, shape, i) * value)],
            Clip => [.. r.Select(value => Math.Min(Math.Max(value, low), high))],
            _ => [.. r.Select(value => value > 0 ? value : 0)],
        };
    }

    /// <summary>
    /// Whether the formulas differ at an element. ReLU: r is not 0 and one of x > 0, r > 0 holds without the other. LeakyReLU:
    /// the same, unless slope r is r. Clip: inside, r lies outside low..high; outside, f(r) is not 0.
    /// </summary>
    private static bool PartsAt(RectifierLayer layer, Shape shape, PortableLayer kept, double[] r, int i)
    {
        bool active = kept.IsActive(i);
        if (layer is Clip)
        {
            (double low, double high) = (layer.Rectifier.Low, layer.Rectifier.High);
            return active ? !(r[i] >= low && r[i] <= high) : Math.Min(Math.Max(r[i], low), high) != 0;
        }

        return active != r[i] > 0 && SlopeAt(layer, shape, i) * r[i] != r[i];
    }

    // Of LeakyRelu and PRelu; 0 elsewhere.
    private static double SlopeAt(RectifierLayer layer, Shape shape, long element) => layer switch
    {
        PRelu => layer.At(shape, element).Slope,
        LeakyRelu => layer.Rectifier.Slope,
        _ => 0,
    };

    private static string? SlopeName(RectifierLayer layer) => layer is PRelu ? "a" : null;

    private static string[] ReasonsOf(Rectifier f, ReluRule rule, RectifierCases cases)
    {
        string inactive = f.Kind == RectifierKind.Clip ? "x is outside" : "x <= 0", of = $"of {Counts.Of(cases.Nonzero)} nonzero r";
        string zeroed = (cases.ZeroedByInput, cases.ZeroedBySignal, cases.ZeroedByBoth) switch
        {
            (0, 0, 0) => $"Zeroed: none {of}.",
            (var byInput, 0, 0) => $"Zeroed: {Counts.Of(byInput)} {of}, as {inactive}.",
            (0, var bySignal, 0) => $"Zeroed: {Counts.Of(bySignal)} {of}, as {SignalReason(f)}.",
            var (byInput, bySignal, both) => $"Zeroed: {Counts.Of(cases.Zeroed)} {of}: {Counts.Of(byInput)} as {inactive}, "
                + $"{Counts.Of(bySignal)} as {SignalReason(f)}, {Counts.Of(both)} for both reasons.",
        };
        if (cases.Changed == 0) return [zeroed];
        string how = f.Kind == RectifierKind.LeakyRelu
            ? rule switch
            {
                ReluRule.Gradient => "multiplied by the slope, as x <= 0",
                ReluRule.DeconvNet => "multiplied by the slope, as r < 0",
                _ => "multiplied by the slope for x <= 0, and for r < 0",
            }
            : "clipped, as r is outside";
        return [zeroed, $"Changed: {Counts.Of(cases.Changed)} of these r, {how}."];
    }

    private static string SignalReason(Rectifier f) => f.Kind == RectifierKind.Clip ? "r is clipped to 0" : "r < 0";
}
