using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// A tangent sent up the network: d_0 = v at the image, d_{n+1} = J_n d_n, with the bits and switches of one linear piece held
/// fixed. Linear layers apply their weights without bias (<see cref="LinearPart"/>); a rectifier multiplies by the slope that its
/// bit tells; a max-pooling takes the tangent at its switch; LRN and an inner softmax, which are not piecewise linear, are
/// differentiated. On the way each rectifier and each max-pooling tells where along the way its elements flip.
/// <para>
/// x_i(t) = x_i + t d_i holds exactly up to the first flip below it. An element that stands on a kink (x_i = 0 at a ReLU) or in a
/// tie of a pooling window leaves the record's piece at any t > 0 if its tangent says so: it is counted as flipped at once, and
/// the piece is mended to the one in which the way goes on.
/// </para>
/// </summary>
internal sealed class TangentWalk
{
    private readonly ForwardRecord _record;
    private readonly PreparedNetwork _linear;
    private readonly bool[] _leads;
    private readonly Func<int, double[]> _activation;

    /// <summary>Prepares a walk.</summary>
    /// <param name="record">The forward pass in double.</param>
    /// <param name="linear">The <see cref="LinearPart"/> of its network, prepared in double; used by this walk alone.</param>
    /// <param name="leads">For each tensor, whether the score depends on it; others are left out.</param>
    /// <param name="activation">The numbers of the tensors that rectifiers and max-poolings read.</param>
    public TangentWalk(ForwardRecord record, PreparedNetwork linear, bool[] leads, Func<int, double[]> activation) =>
        (_record, _linear, _leads, _activation) = (record, linear, leads, activation);

    /// <summary>Sends a direction up to the scores.</summary>
    /// <param name="direction">v, of the input's shape, row-major.</param>
    /// <param name="piece">The record's piece; mended where elements flip at once.</param>
    /// <param name="flips">Told each flip.</param>
    /// <param name="done">Told each node once it is passed.</param>
    /// <returns>dS/dt for each class.</returns>
    public double[] Run(double[] direction, LinearPiece piece, FlipSearch flips, Action<Node> done)
    {
        Network network = _linear.Network;
        var tangents = new double[]?[network.Nodes.Length + 1];
        int[] lastReader = LastReaders(network);
        tangents[0] = direction;
        foreach (Node node in network.Nodes)
        {
            if (!_leads[node.Output]) continue;
            double[][] inputs = [.. node.Inputs.Select(tensor => tangents[tensor]!)];
            tangents[node.Output] = node.Layer switch
            {
                RectifierLayer rectifier => ThroughRectifier(node, rectifier.Rectifier, inputs[0], piece, flips),
                MaxPool => ThroughPool(node, inputs[0], piece, flips),
                Lrn lrn => ThroughLrn(node, lrn.Parameters, inputs[0]),
                SoftmaxLayer softmax => ThroughSoftmax(node, softmax, inputs[0]),
                _ => LayerAlone.Forward(_linear, node, [.. node.Inputs.Select(_record.ShapeOf)], inputs),
            };
            foreach (int tensor in node.Inputs)
            {
                if (lastReader[tensor] == node.Index && tensor != network.ScoreTensor) tangents[tensor] = null;
            }

            done(node);
        }

        return tangents[network.ScoreTensor]!;
    }

    /// <summary>
    /// d_{n+1} = d f'(x). f has slope 1 for low &lt; x &lt; high (ReLU: 0 and infinity), else 0 or LeakyRelu's.
    /// </summary>
    private double[] ThroughRectifier(Node node, Rectifier f, double[] tangent, LinearPiece piece, FlipSearch flips)
    {
        double[] x = _activation(node.Inputs[0]);
        bool clips = f.Kind == RectifierKind.Clip;
        double low = clips ? f.Low : 0, high = clips ? f.High : double.PositiveInfinity, slope = f.Slope;
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

            above[i] = active ? d : slope * d;
            double bound = active ? (d > 0 ? high : low)
                : x[i] < low && d > 0 ? low
                : x[i] > high && d < 0 ? high
                : double.PositiveInfinity;
            double t = (bound - x[i]) / d;
            if (!(low < high) || d == 0 || !double.IsFinite(t)) continue;
            if (flips.Add(node, t))
                flips.SetFirst(node, Flip(node, active ? FlipKind.TurnsOff : FlipKind.TurnsOn, i, t, x[i], bound, d, -1, -1));
        }

        return above;
    }

    /// <summary>d_{n+1}(p) = d(switch of p); the switch moves to j where x_j + t d_j overtakes the maximum.</summary>
    private double[] ThroughPool(Node node, double[] tangent, LinearPiece piece, FlipSearch flips)
    {
        double[] x = _activation(node.Inputs[0]);
        PoolGeometry g = node.Layer.SwitchGeometry(_record.ShapeOf(node.Inputs[0]));
        int[] switches = piece.At(node).Switches;
        var above = new double[switches.Length];
        (int oh, int ow) = (g.OH, g.OW);
        for (int p = 0; p < above.Length; p++)
        {
            if (switches[p] == Switches.None) continue;
            (int plane, int place) = Math.DivRem(p, oh * ow);
            (int y, int column) = Math.DivRem(place, ow);
            int At(int position) => (plane * g.H + y * g.Window.StrideH - g.Window.PadTop
                + position / g.Window.KW * g.Window.DilationH) * g.W
                + column * g.Window.StrideW - g.Window.PadLeft + position % g.Window.KW * g.Window.DilationW;

            int best = switches[p], max = At(best);
            for (int k = 0; k < g.Window.Area; k++)
            {
                // Of equal values that grows to be the maximum which grows fastest; of equally fast ones the first.
                if (!g.Reaches(y, column, k) || x[At(k)] != x[max] || !(tangent[At(k)] > tangent[At(best)])) continue;
                best = k;
            }

            if (best != switches[p])
            {
                flips.AddAtOnce(node);
                switches[p] = best;
                max = At(best);
            }

            above[p] = tangent[max];
            (double nearest, int next) = (double.PositiveInfinity, -1);
            for (int k = 0; k < g.Window.Area; k++)
            {
                if (k == best || !g.Reaches(y, column, k)) continue;
                double rate = tangent[At(k)] - tangent[max], t = (x[max] - x[At(k)]) / rate;
                if (rate > 0 && t < nearest) (nearest, next) = (t, k);
            }

            if (next < 0 || !flips.Add(node, nearest)) continue;
            flips.SetFirst(node, Flip(node, FlipKind.SwitchMoves, p, nearest, x[max], x[At(next)],
                tangent[At(next)] - tangent[max], best, next));
        }

        return above;
    }

    /// <summary>dy_c = d_c s_c^-beta - 2 alpha beta / size x_c s_c^(-beta-1) sum over the window of x_j d_j.</summary>
    private double[] ThroughLrn(Node node, LrnParameters p, double[] tangent)
    {
        double[] x = _record.KeptBy(node.Name).Input;
        Shape shape = _record.ShapeOf(node.Output);
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

    /// <summary>dp_i = p_i (d_i - sum over j of p_j d_j); for the logarithm d_i - sum over j of exp(y_j) d_j.</summary>
    private double[] ThroughSoftmax(Node node, SoftmaxLayer layer, double[] tangent)
    {
        double[] y = _record.KeptBy(node.Name).Output;
        Shape shape = _record.ShapeOf(node.Output);
        (int from, int to) = layer.Axes(shape);
        (int length, int inner) = ((int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        var above = new double[tangent.Length];
        for (int i = 0; i < above.Length; i++)
        {
            int start = i / (length * inner) * length * inner + i % inner;
            double mean = 0;
            for (int j = 0; j < length; j++) mean += P(start + j * inner) * tangent[start + j * inner];
            above[i] = (layer is LogSoftmax ? 1 : P(i)) * (tangent[i] - mean);
        }

        return above;

        double P(int at) => layer is LogSoftmax ? Math.Exp(y[at]) : y[at];
    }

    private Flip Flip(Node node, FlipKind kind, long element, double distance, double value, double bound, double rate, int from,
        int to) =>
        new(node.Name, node.Layer.Operator, kind, element, ElementIndex.Of(_record.ShapeOf(node.Output), element), distance,
            value, bound, rate, from, to);

    private int[] LastReaders(Network network)
    {
        var last = new int[network.Nodes.Length + 1];
        foreach (Node node in network.Nodes.Where(node => _leads[node.Output]))
        foreach (int tensor in node.Inputs)
            last[tensor] = node.Index;
        return last;
    }
}
