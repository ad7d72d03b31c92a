using System.Numerics.Tensors;
using NetViz.Analysis.Layers;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// Proves section 4 of arXiv 1312.6034 on one network and one image: the signal R travels down by a rule, and at each layer the
/// engine's backward pass and the <see cref="LiteralDeconvNet"/> are both fed with the R that arrived there.
/// <list type="bullet">
/// <item>At linear layers and max-poolings the engine's gradient is the literal DeconvNet: for each element within
/// K 2^-23 sum |w| |r| (<see cref="LiteralSignal.Bound"/>), within 1e-5 in the Euclidean norm where a convolution goes through
/// Winograd's transforms, and exactly where elements only move.</item>
/// <item>At rectifiers the engine's DeconvNet rule is the literal f(r), its gradient is r f'(x), each exactly, and the two
/// differ at exactly those elements at which the rules do: for a ReLU where r is not 0 and one of x > 0 and r > 0 holds without
/// the other.</item>
/// <item>At local response normalisation DeconvNet passes R on and the gradient is J^T R to 1e-5 in norm.</item>
/// <item>The engine's gradient is the transpose A^T of the layer's linear part A:
/// |&lt;A x, y&gt; - &lt;x, A^T y&gt;| is at most 1e-5 (|A x| |y| + |x| |A^T y|) + 2^-23 |f(0)| |y| for random x, y, which is
/// what errors of 1e-5 in norm either way can make of it (Cauchy and Schwarz), and a rounded bias.</item>
/// <item>Bits and switches are those of the image: looked up in the layers' inputs.</item>
/// <item>The signal that arrives at a layer is the sum of what its readers sent down, so that the layers compose to the whole
/// backward pass.</item>
/// </list>
/// </summary>
public static class Proof
{
    /// <summary>What errors may amount to in the Euclidean norm where no bound for each element is at hand.</summary>
    public const double NormBound = 1e-5;

    /// <summary>
    /// The layers whose activations a record must hold to be proven from: what rectifiers and max-poolings read.
    /// </summary>
    public static string[] ActivationsFor(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Nodes.Where(node => LayerAnalyses.Of(node.Layer).HasRecordedState)
            .Select(node => network.NameOf(node.Inputs[0])).Distinct()];
    }

    /// <summary>Proves every layer between a seed and the image.</summary>
    /// <param name="record">A forward pass that kept <see cref="ActivationsFor"/> the network.</param>
    /// <param name="seed">Where the signal starts.</param>
    /// <param name="trajectory">By which rule it travels from layer to layer; null for the gradient.</param>
    /// <param name="progress">Told the layer that is next and the share of the work that is done.</param>
    /// <exception cref="NetVizException">
    /// The seed does not exist, an activation was not kept, or the signal is not finite.
    /// </exception>
    public static ProofReport Of(ForwardRecord record, Seed seed, BackwardRule? trajectory = null,
        Action<string, double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(seed);
        Network network = record.Prepared.Network;
        BackwardRule rule = trajectory ?? BackwardRule.Gradient;
        var signals = new Dictionary<string, double[]>();
        var arriving = new ArrivingSignals(record, rule);
        double[] image = [];
        record.DescendInDouble(seed, rule, (name, signal) => signals.TryAdd(name, image = Finite(name, signal)));

        Node[] nodes = [.. network.Nodes.Reverse().Where(node => signals.ContainsKey(node.Name))];
        double[] work = [.. nodes.Select(node =>
            node.Layer.Operations([.. node.Inputs.Select(record.ShapeOf)]) + (double)record.ShapeOf(node.Output).Count)];
        double done = 0, all = work.Sum();
        var rows = new List<ProofRow>();
        foreach ((Node node, double own) in nodes.Zip(work))
        {
            progress?.Invoke(node.Name, done / all);
            signals.Remove(node.Name, out double[]? r);
            rows.Add(Row(record, node, r!, arriving.Fault(node.Output, r!)));
            arriving.Send(node, r!);
            done += own;
        }

        if (arriving.Fault(0, image) is string atImage)
            rows[^1] = rows[^1] with { Holds = false, Faults = [.. rows[^1].Faults ?? [], atImage] };

        return new ProofReport(network.Name, network.Sha256, record.InputSha256, record.InputShape.Lengths.ToArray(),
            record.Prepared.Kernels.Name, record.Prepared.Kernels.Description, rule.Name, rows)
        {
            Smooth = RuleReach.AtSmoothLayers(network),
        };
    }

    private static double[] Finite(string layer, Tensor<double> signal)
    {
        double[] values = signal.Flat();
        return values.All(double.IsFinite)
            ? values
            : throw new NetVizException($"the signal at '{layer}' is not finite: nothing can be proven about NaN and infinity",
                "weights are no numbers, or activations grew beyond float32");
    }

    private static ProofRow Row(ForwardRecord record, Node node, double[] r, string? arrival)
    {
        var at = new ProvenLayer(record, node, record.KeptBy(node.Name), r);
        LayerAnalysis analysis = LayerAnalyses.Of(node.Layer);
        LayerFindings found = analysis.ProveOf(node.Layer, at);
        var faults = new List<string>(found.Faults);
        if (arrival is not null) faults.Add(arrival);
        AdjointGap gap = AdjointGap.At(at);
        if (!gap.Holds)
            faults.Add($"the engine's gradient is no transpose: <Ax, y> = {NumberText.Fixed(gap.Up, "g9")}, <x, A^T y> = "
                + $"{NumberText.Fixed(gap.Down, "g9")}");
        if (analysis.HasRecordedState && RecordedFault(at) is string fault) faults.Add(fault);
        return new ProofRow(node.Name, analysis.DescriptionOf(node.Layer), at.Output.Lengths.ToArray(), found.Verdict, faults.Count == 0,
            faults.Count == 0 ? null : faults)
        {
            Sums = node.Layer is Conv ? at.Algorithm.ToString().ToLowerInvariant() : null,
            SignalNorm = Math.Sqrt(r.Sum(value => value * value)),
            AdjointGap = gap.Relative,
            AdjointLimit = gap.Limit,
            LargestUlps = found.Parted is null ? found.Difference.Ulps : null,
            RelativeDifference = found.Difference.Relative,
            Bound = found.Bound,
            ShareOfBound = found.ShareOfBound,
            Elements = found.Difference.Elements,
            PartedElements = found.Parted,
        };
    }

    private static string? RecordedFault(ProvenLayer at)
    {
        Network network = at.Record.Prepared.Network;
        int tensor = at.Node.Inputs[0];
        string name = network.NameOf(tensor);

        // Where a node is named like the network's input, the name means the node.
        if (network.Find(name) != tensor) return null;
        double[] x = at.Record.ActivationInDouble(name).Flat();
        return LayerAnalyses.Of(at.Node.Layer).RecordedFaultOf(at.Node.Layer, at.Inputs[0], at.Output, at.Kept, x);
    }
}
