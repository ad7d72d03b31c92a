using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// What the layers that read a tensor send down to it: their sum must be the signal with which the walk goes on, else the
/// layers would be proven and not their composition.
/// </summary>
/// <param name="record">The forward pass.</param>
/// <param name="trajectory">The rule by which the signal travels.</param>
internal sealed class ArrivingSignals(ForwardRecord record, BackwardRule trajectory)
{
    private readonly Dictionary<int, (LiteralSignal Sum, int Readers)> _sums = [];

    /// <summary>Sends a layer's signal on to its inputs.</summary>
    public void Send(Node node, double[] r)
    {
        double[][] below = SingleLayer.Backward(record, node, trajectory, r);
        for (int k = 0; k < below.Length; k++)
        {
            int tensor = node.Inputs[k];
            if (!_sums.TryGetValue(tensor, out (LiteralSignal Sum, int Readers) met))
                met = (new LiteralSignal(new double[below[k].Length], new double[below[k].Length], new int[below[k].Length]), 0);
            LiteralSignal sum = met.Sum;
            for (int i = 0; i < below[k].Length; i++)
            {
                sum.Values[i] += below[k][i];
                sum.Magnitudes[i] += Math.Abs(below[k][i]);
                sum.Roundings[i] = met.Readers;
            }

            _sums[tensor] = (sum, met.Readers + 1);
        }
    }

    /// <summary>What is wrong with the signal of a tensor, all of whose readers have sent theirs; null for nothing.</summary>
    public string? Fault(int tensor, double[] r)
    {
        // No layer sends a signal to the tensor at which the walk begins.
        if (!_sums.Remove(tensor, out (LiteralSignal Sum, int Readers) met)) return null;
        SignalDifference difference = new SignalDifference().Add(r, met.Sum);
        return difference.ShareOfBound <= 1 ? null
            : $"the signal at '{record.Prepared.Network.NameOf(tensor)}' is not the sum of what its {met.Readers} readers sent: "
                + difference.Worst;
    }
}
