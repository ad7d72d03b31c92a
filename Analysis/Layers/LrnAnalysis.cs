using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// The derivative of the layers that are not linear, at what the forward pass kept, in double and written anew like
/// <see cref="LiteralDeconvNet"/>: with it the proof says what the gradient does where it parts from DeconvNet.
/// </summary>
internal static class LiteralDerivative
{
    /// <summary>r f'(x) of a rectifier, x known by its bits. Diagonal, so its own transpose.</summary>
    public static double[] Times(RectifierLayer layer, PortableLayer kept, double[] r)
    {
        double slope = layer is LeakyRelu ? layer.Rectifier.Slope : 0;
        return [.. r.Select((value, i) => kept.IsActive(i) ? value : slope * value)];
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
    public static double[] Times(LrnParameters p, Shape shape, double[] x, double[] v, bool transposed)
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

    /// <summary>
    /// The derivative of a softmax inside a network from its kept output p, p (v - sum p v), a symmetric matrix; of its
    /// logarithm y: v - exp(y) sum v transposed, v - sum exp(y) v as it is. Every rule takes it, since DeconvNet knows no
    /// softmax.
    /// </summary>
    /// <returns>The product and its bound: sums of as many terms as the softmax has, and five operations more.</returns>
    public static LiteralSignal Times(SoftmaxLayer layer, Shape shape, double[] output, double[] v, bool transposed)
    {
        int from = layer.Axis < 0 ? layer.Axis + shape.Rank : layer.Axis, to = layer.ThroughLast ? shape.Rank : from + 1;
        int length = (int)shape.Product(from, to), inner = (int)shape.Product(to, shape.Rank);
        bool logarithm = layer is LogSoftmax;
        double[] p = logarithm ? [.. output.Select(Math.Exp)] : output;
        var result = new LiteralSignal(new double[v.Length], new double[v.Length], new int[v.Length]);
        for (int start = 0; start < v.Length; start += (start + 1) % inner == 0 ? (length - 1) * inner + 1 : 1)
        {
            double sum = 0, magnitude = 0;
            for (int i = start; i < start + length * inner; i += inner)
            {
                double term = logarithm && transposed ? v[i] : p[i] * v[i];
                (sum, magnitude) = (sum + term, magnitude + Math.Abs(term));
            }

            for (int i = start; i < start + length * inner; i += inner)
            {
                double factor = logarithm ? 1 : p[i], share = logarithm && transposed ? p[i] : 1;
                result.Values[i] = factor * (v[i] - share * sum);
                result.Magnitudes[i] = factor * (Math.Abs(v[i]) + share * magnitude);
                result.Roundings[i] = length + 5;
            }
        }

        return result;
    }

    /// <summary>Element i and its neighbours across channels.</summary>
    private static IEnumerable<int> Near(Shape shape, int plane, int i, int before, int after)
    {
        int c = i / plane % shape.C, last = Math.Min(shape.C - 1, c + after);
        for (int other = Math.Max(0, c - before); other <= last; other++) yield return i + (other - c) * plane;
    }
}
