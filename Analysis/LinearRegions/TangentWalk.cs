using NetViz.Analysis.Layers;
using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;

namespace NetViz.Analysis.LinearRegions;

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

    /// <summary>Prepares a walk along one direction of the input.</summary>
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
            var step = new TangentStep(_record, _linear, node, _activation, piece, flips);
            tangents[node.Output] = LayerAnalyses.Of(node.Layer).TangentOf(node.Layer, step, inputs);
            foreach (int tensor in node.Inputs)
            {
                if (lastReader[tensor] == node.Index && tensor != network.ScoreTensor) tangents[tensor] = null;
            }

            done(node);
        }

        return tangents[network.ScoreTensor]!;
    }

    private int[] LastReaders(Network network)
    {
        var last = new int[network.Nodes.Length + 1];
        foreach (Node node in network.Nodes.Where(node => _leads[node.Output]))
        foreach (int tensor in node.Inputs)
            last[tensor] = node.Index;
        return last;
    }
}
