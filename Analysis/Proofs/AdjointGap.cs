using System.Numerics.Tensors;
using NetViz.Analysis.Layers;
using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// &lt;A x, y&gt; against &lt;x, A^T y&gt;: whether the engine's gradient at a layer is the transpose of the layer's linear
/// part.
/// </summary>
/// <param name="Up">&lt;A x, y&gt;.</param>
/// <param name="Down">&lt;x, A^T y&gt;.</param>
/// <param name="Relative">Their distance over |A x| |y|.</param>
/// <param name="Limit">What that may be: 1e-5 (1 + |x| |A^T y| / (|A x| |y|)) + 2^-23 |f(0)| / |A x|.</param>
internal sealed record AdjointGap(double Up, double Down, double Relative, double Limit)
{
    /// <summary>Whether the gap is within its limit.</summary>
    public bool Holds => Relative <= Limit;

    /// <summary>Tries random x and y, the same at each run.</summary>
    public static AdjointGap At(ProvenLayer at)
    {
        double[] y = Random(at.Node, 0, at.Output);
        double[][] x = [.. at.Inputs.Select((shape, k) => Random(at.Node, 1 + k, shape))];
        ForwardMap forward = ForwardMap.Run(at.Record, at.Node, at.Kept, x);
        double[][] backward = at.Engine(BackwardRule.Gradient, y);

        double up = TensorPrimitives.Dot<double>(forward.Product, y);
        double down = x.Zip(backward, (a, b) => TensorPrimitives.Dot<double>(a, b)).Sum();
        double above = TensorPrimitives.Norm<double>(forward.Product) * TensorPrimitives.Norm<double>(y);
        double below = Norm(x) * Norm(backward), gap = Math.Abs(up - down);
        double limit = Proof.NormBound * (above + below)
            + LiteralSignal.Unit * forward.BiasNorm * TensorPrimitives.Norm<double>(y);

        // Where A is 0, both are 0 or the engine's is not.
        return above == 0
            ? new AdjointGap(up, down, gap == 0 ? 0 : double.PositiveInfinity, Proof.NormBound)
            : new AdjointGap(up, down, gap / above, limit / above);
    }

    private static double Norm(double[][] parts) => Math.Sqrt(parts.Sum(part => part.Sum(value => value * value)));

    private static double[] Random(Node node, int stream, Shape shape)
    {
        var values = new float[shape.Count];
        new CounterRandom(4, (ulong)(node.Index * 64L + stream)).Fill(0, 1, values);
        return Array.ConvertAll(values, value => (double)value);
    }
}
