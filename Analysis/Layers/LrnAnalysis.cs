using System.Globalization;
using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Proofs;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y_c = x_c / s_c^beta, s_c = bias + alpha / size sum of x_j^2 near c. Zeiler and Fergus do not normalise contrast on the way
/// back, so
/// DeconvNet passes the signal on; the other rules differentiate.
/// </summary>
internal sealed class LrnAnalysis : LayerAnalysis<Lrn>
{
    /// <inheritdoc/>
    public override bool IsCurved(Layer layer) => true;

    /// <inheritdoc/>
    public override bool IsByExtension(Layer layer) => false;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Lrn layer, ReluRule rule, Unpooling unpooling) =>
        rule == ReluRule.DeconvNet
        ? ("R_n = R_{n+1}", "skipped: Zeiler and Fergus do not normalise contrast in the backward pass")
        : ("R_n = J^T R_{n+1},  J = dX_{n+1}/dX_n", "differentiated at the layer's input; DeconvNet passes it over");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Lrn layer, Passage passage) =>
    [
        passage.Rule == ReluRule.DeconvNet
            ? "Nothing is zeroed: the signal is passed on as it is."
            : "Nothing is zeroed, but channels mix: each output depends on its neighbours.",
    ];

    /// <inheritdoc/>
    protected override TracePart Forward(Lrn layer, ForwardElement e)
    {
        LrnParameters p = layer.Parameters;
        double s = ScaleOf(p, e.Activation(), e.Input, e.Index);
        return e.Part("y_c = x_c / s_c^beta", string.Create(CultureInfo.InvariantCulture,
            $"s = {p.Bias:g6} + {p.Alpha:g6} / {p.Size} * sum of squares of {Counted.Of(p.Size, "channel")} = "
                + $"{NumberText.Fixed(s, "g9")}, beta = {p.Beta}"),
            [e.Term("s^-beta", Math.Pow(s, -p.Beta), e.Element)]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Lrn layer, BackwardElement e) =>
        e.Rule.At(layer) == ReluRule.DeconvNet
            ? e.Moved("R_n = R_{n+1}: DeconvNet passes contrast normalisation over", e.Index)
            : e.Part("R_n(j) = R_{n+1}(j) s_j^-beta + sum over c of R_{n+1}(c) x_c ds_c^-beta/dx_j", null,
                Normalised(layer.Parameters, e.Kept.Input, e.Input, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Lrn layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [LiteralSignal.Moved([.. r])];

    /// <inheritdoc/>
    protected override LiteralSignal? Derivative(Lrn layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed) => LiteralSignal.Moved(Times(layer.Parameters, output, kept.Input, v, transposed));

    /// <summary>dy_c = d_c s_c^-beta - 2 alpha beta / size x_c s_c^(-beta-1) sum over the window of x_j d_j.</summary>
    protected override double[] Tangent(Lrn layer, TangentStep step, double[][] inputs)
    {
        (LrnParameters p, double[] tangent) = (layer.Parameters, inputs[0]);
        double[] x = step.Kept.Input;
        Shape shape = step.OutputShape;
        int plane = shape.H * shape.W;
        var above = new double[tangent.Length];
        for (int i = 0; i < above.Length; i++)
        {
            int c = i / plane % shape.C;
            double squares = 0, product = 0;
            for (int j = Math.Max(0, c - p.Before); j <= Math.Min(shape.C - 1, c + p.After); j++)
            {
                int at = i + (j - c) * plane;
                squares += x[at] * x[at];
                product += x[at] * tangent[at];
            }

            double s = p.Bias + (double)p.Alpha / p.Size * squares;
            above[i] = tangent[i] * Math.Pow(s, -p.Beta)
                - 2.0 * p.Alpha * p.Beta / p.Size * x[i] * Math.Pow(s, -p.Beta - 1.0) * product;
        }

        return above;
    }

    /// <summary>y_c is made of x_j, j = c - Before .. c + After.</summary>
    protected override void Field(Lrn layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Along(above, below[0], output, 1, 2,
            (c, j) => j >= c - layer.Parameters.Before && j <= c + layer.Parameters.After);

    /// <summary>DeconvNet R itself, gradient J^T R.</summary>
    protected override LayerFindings Prove(Lrn layer, ProvenLayer at)
    {
        double[] deconvNet = at.Engine(BackwardRule.DeconvNet, at.R)[0], gradient = at.Engine(BackwardRule.Gradient, at.R)[0];
        LiteralSignal literal = at.Literal()[0];
        var faults = new List<string>();
        SignalDifference.Require(deconvNet, literal, "the engine's DeconvNet rule does not pass r on", faults);
        SignalDifference derivative = new SignalDifference().Add(gradient, at.Derivative(transposed: true)!);
        if (!(derivative.Relative <= Proof.NormBound))
            faults.Add(Invariant($"the engine's gradient is not J^T r: {derivative.Relative:e1} apart in norm, {derivative.Worst}"));
        SignalDifference difference = new SignalDifference().Add(gradient, literal);
        return new LayerFindings(ProofVerdict.Parts, difference, "1e-5 in norm", derivative.Relative / Proof.NormBound,
            difference.Unequal, faults);
    }

    /// <summary>
    /// J v of y_c = x_c s_c^-beta, s_c = bias + alpha / size sum of x_j^2 near c, with k = 2 alpha beta / size:
    /// (J v)_c = v_c s_c^-beta - k x_c s_c^(-beta-1) sum over j near c of x_j v_j.
    /// Transposed, the sum runs over the c that have j near them: (J^T r)_j = r_j s_j^-beta - k x_j sum of r_c x_c
    /// s_c^(-beta-1).
    /// </summary>
    /// <param name="p">The normalisation.</param>
    /// <param name="shape">[N, C, H, W].</param>
    /// <param name="x">The kept input.</param>
    /// <param name="v">What is multiplied.</param>
    /// <param name="transposed">Whether with J^T.</param>
    private static double[] Times(LrnParameters p, Shape shape, double[] x, double[] v, bool transposed)
    {
        int plane = shape.H * shape.W, before = transposed ? p.After : p.Before, after = transposed ? p.Before : p.After;
        double k = 2.0 * p.Alpha * p.Beta / p.Size;
        var scales = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double squares = 0;
            foreach (int j in Near(shape, plane, i, p.Before, p.After)) squares += x[j] * x[j];
            scales[i] = p.Bias + p.Alpha / (double)p.Size * squares;
        }

        var result = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double sum = 0;
            foreach (int j in Near(shape, plane, i, before, after))
                sum += x[j] * v[j] * Math.Pow(scales[transposed ? j : i], -p.Beta - 1.0);
            result[i] = v[i] * Math.Pow(scales[i], -p.Beta) - k * x[i] * sum;
        }

        return result;
    }

    /// <summary>Element i and its neighbours across channels.</summary>
    private static IEnumerable<int> Near(Shape shape, int plane, int i, int before, int after)
    {
        int c = i / plane % shape.C, last = Math.Min(shape.C - 1, c + after);
        for (int other = Math.Max(0, c - before); other <= last; other++) yield return i + (other - c) * plane;
    }

    private static double ScaleOf(LrnParameters p, double[] x, Shape shape, int[] index)
    {
        double squares = 0;
        for (int j = Math.Max(0, index[1] - p.Before); j <= Math.Min(shape.C - 1, index[1] + p.After); j++)
        {
            double value = x[ElementIndex.In(shape, [index[0], j, index[2], index[3]])];
            squares += value * value;
        }

        return p.Bias + (double)p.Alpha / p.Size * squares;
    }

    private static IEnumerable<(string Name, double Weight, long At)> Normalised(LrnParameters p, double[] x, Shape shape,
        int[] index)
    {
        int j = index[1];
        double xj = x[ElementIndex.In(shape, index)];
        for (int c = Math.Max(0, j - p.After); c <= Math.Min(shape.C - 1, j + p.Before); c++)
        {
            double squares = 0;
            for (int i = Math.Max(0, c - p.Before); i <= Math.Min(shape.C - 1, c + p.After); i++)
            {
                double value = x[ElementIndex.In(shape, [index[0], i, index[2], index[3]])];
                squares += value * value;
            }

            // Two summands at c = j, so that nothing cancels within one.
            long at = ElementIndex.In(shape, [index[0], c, index[2], index[3]]);
            double s = p.Bias + (double)p.Alpha / p.Size * squares;
            if (c == j) yield return ($"s_{c}^-beta", Math.Pow(s, -p.Beta), at);
            double side = -2.0 * p.Alpha * p.Beta / p.Size * x[at] * xj * Math.Pow(s, -p.Beta - 1.0);
            yield return ($"x_{c} ds_{c}^-beta/dx_{j}", side, at);
        }
    }
}
