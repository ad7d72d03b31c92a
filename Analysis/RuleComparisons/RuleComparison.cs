using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.RuleComparisons;

/// <summary>
/// Where gradient, DeconvNet and guided part: at each rectifier the signal r of one trajectory, element by element, in the
/// four cases of (x > 0, r > 0) (1312.6034, section 4). Below a rectifier the three rules are one linear map, so these cases
/// are all in which they differ, but for LRN, which DeconvNet passes over and the others differentiate.
/// <para>
/// The masses are compared with what the engine's own rectifiers make of the same r: for a ReLU, both + only gradient is
/// what the gradient rule lets through, both + only DeconvNet what DeconvNet does, both what guided does, without rounding.
/// </para>
/// </summary>
public sealed class RuleComparison
{
    private RuleComparison(BackwardRule trajectory, IReadOnlyList<PartingLayer> layers, IReadOnlyList<string> unreached) =>
        (Trajectory, Layers, Unreached) = (trajectory, layers, unreached);

    /// <summary>The rule of the backward pass whose signal r arrives at each rectifier.</summary>
    public BackwardRule Trajectory { get; }

    /// <summary>The rectifiers that the signal reaches, from the image to the seed.</summary>
    public IReadOnlyList<PartingLayer> Layers { get; }

    /// <summary>Rectifiers that do not lie between the image and the seed.</summary>
    public IReadOnlyList<string> Unreached { get; }

    /// <summary>All layers together.</summary>
    public PartingCases Total => PartingCases.Sum(Layers.Select(layer => layer.Total));

    /// <summary>Whether at every layer the cases add up to what each rule let through.</summary>
    public bool AddsUp => Layers.All(layer => layer.AddsUp);

    /// <summary>Makes the ledger of one seed.</summary>
    /// <param name="record">What the forward pass left: it holds the bits x > 0.</param>
    /// <param name="seed">Where the signal starts.</param>
    /// <param name="trajectory">The rule of the backward pass whose signal r is counted.</param>
    /// <exception cref="NetVizException">The seed does not exist, or the signal holds NaN or infinity.</exception>
    public static RuleComparison Of(ForwardRecord record, Seed seed, BackwardRule trajectory)
    {
        ArgumentNullException.ThrowIfNull(record);
        Network network = record.Prepared.Network;
        IKernels kernels = record.Prepared.Kernels;
        var signals = new SortedDictionary<int, double[]>();
        record.Descend(seed, trajectory, (int tensor, DeviceTensor signal) =>
        {
            if (tensor == 0 || network.Nodes[tensor - 1].Layer is not RectifierLayer) return;
            var r = new double[signal.Shape.Count];
            kernels.Download(signal, r);
            signals.Add(tensor, r);
        });
        PartingLayer[] layers = [.. signals.Select(at => new PartingLayer(record, network.Nodes[at.Key - 1], at.Value))];
        string[] unreached = [.. network.Nodes
            .Where(node => node.Layer is RectifierLayer && !signals.ContainsKey(node.Output)).Select(node => node.Name)];
        return new RuleComparison(trajectory, layers, unreached);
    }
}
