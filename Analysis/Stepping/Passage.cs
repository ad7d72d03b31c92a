using NetViz.Analysis.Layers;
using NetViz.Analysis.Relevance;
using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Stepping;

/// <summary>One layer's part of a backward pass, taken apart: the signal above, the signals below, and why they differ.</summary>
public sealed class Passage
{
    private readonly ForwardRecord _record;
    private PortableLayer? _kept;

    internal Passage(ForwardRecord record, BackwardNode step, BackwardRule rule, double[] above)
    {
        (_record, Node, Above) = (record, step.Node, above);
        (Rule, Unpooling, Gate) = (rule.At(Node.Layer), rule.UnpoolingAt(Node.Layer), rule.GateAt(Node.Layer));
        Relevance = rule.Relevance is null ? null : RelevanceTerms.EquationOf(record.Prepared.Network, rule, Node.Layer);
        double[][] below = SingleLayer.Backward(record, Node, rule, above);
        Below = [.. below.Select((signal, k) => step.Wanted[k] ? signal : null)];
        if (Node.Layer is RectifierLayer rectifier && !rule.PassesAt(rectifier))
            Rectifier = RectifierCases.Count(i => rectifier.At(OutputShape, i), Rule, Kept, above, below[0]);
        if (Node.Layer is MaxPool pool)
            Pool = UnpoolingCounts.Count(pool.SwitchGeometry(InputShape(0)), Unpooling, Kept.Switches, above, below[0]);
    }

    /// <summary>Takes one layer's part of a backward pass apart, given the signal above it.</summary>
    /// <param name="record">The forward pass. It must live as long as the passage.</param>
    /// <param name="layer">The layer's name.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="above">The signal at the layer's output, row-major.</param>
    /// <exception cref="NetVizException">There is no such layer, or the name is the input's.</exception>
    public static Passage Of(ForwardRecord record, string layer, BackwardRule rule, double[] above)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(above);
        Network network = record.Prepared.Network;
        int tensor = network.Find(layer);
        if (tensor == 0) throw new NetVizException($"'{layer}' is the network's input; a step passes a layer");
        Node node = network.Nodes[tensor - 1];
        bool[] wanted = BackwardOrder.LeadsTo(network, 0);
        return new Passage(record, new BackwardNode(node, [.. node.Inputs.Select(input => wanted[input])]), rule, above);
    }

    /// <summary>The layer.</summary>
    public Node Node { get; }

    /// <summary>The rule at it; it matters at rectifiers and LRN.</summary>
    public ReluRule Rule { get; }

    /// <summary>Where it sends its signal, if it is a max-pooling.</summary>
    public Unpooling Unpooling { get; }

    /// <summary>Which input of a product the rule holds fixed; null for none.</summary>
    public int? Gate { get; }

    /// <summary>R_{n+1}, row-major, of <see cref="OutputShape"/>.</summary>
    public double[] Above { get; }

    /// <summary>
    /// R_n for each of the layer's inputs, row-major: what this layer alone sends there. Null where the input does not depend on
    /// the walk's target.
    /// </summary>
    public IReadOnlyList<double[]?> Below { get; }

    /// <summary>The shape of the layer's output.</summary>
    public Shape OutputShape => _record.ShapeOf(Node.Output);

    /// <summary>The four cases, if it is a rectifier.</summary>
    public RectifierCases? Rectifier { get; }

    /// <summary>Where the signals went, if it is a max-pooling.</summary>
    public UnpoolingCounts? Pool { get; }

    /// <summary>What the layer does where relevance goes down, and a remark on it; null where a signal does.</summary>
    public (string Equation, string Remark)? Relevance { get; }

    /// <summary>The equation of the rule in force, and a remark on it.</summary>
    public (string Equation, string Remark) Equation => Relevance ?? (Gate is null
        ? LayerEquation.Of(Node.Layer, Rule, Unpooling)
        : ("R_x = g R_{n+1},  R_g = 0", $"the rule holds the gate g fixed, which is input {Gate + 1}"));

    /// <summary>What the forward pass kept here.</summary>
    public PortableLayer Kept => _kept ??= _record.KeptBy(Node.Name);

    /// <summary>The shape of one of the layer's inputs.</summary>
    public Shape InputShape(int input) => _record.ShapeOf(Node.Inputs[input]);
}
