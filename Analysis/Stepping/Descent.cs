using System.Collections.Immutable;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;

namespace NetViz.Analysis.Stepping;

/// <summary>
/// A backward pass that can be walked: down one layer at a time, back up again, and under another rule from any layer on.
/// Layers come in the order of <see cref="ForwardRecord.Backward(Seed, BackwardRule, string)"/>, reverse topological, and
/// signals that meet where the network branched are added in its order, so that a walk to the end gives the same bits.
/// <para>
/// At each position it holds the frontier: the signal at every tensor that was reached and not yet taken further. All earlier
/// positions are held too, in double.
/// </para>
/// </summary>
public sealed class Descent
{
    private readonly IReadOnlyList<BackwardNode> _steps;
    private readonly List<State> _states;
    private Passage? _passage;

    /// <summary>Stands at the seed's tensor, no layer passed.</summary>
    /// <param name="record">What the forward pass left. It must live as long as the walk.</param>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">The rule in force at the start.</param>
    /// <param name="to">The layer at whose output the walk ends; null for the network's input.</param>
    /// <exception cref="NetVizException">The seed or layer does not exist, or the one does not depend on the other.</exception>
    public Descent(ForwardRecord record, Seed seed, BackwardRule rule, string? to = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(rule);
        Network network = record.Prepared.Network;
        Record = record;
        Source = seed.TensorIn(network);
        Target = to is null ? 0 : network.Find(to);
        _steps = BackwardOrder.Between(record, Source, Target);

        // Through the back-end, which may round what the seed says.
        double[] start = [.. record.BackwardInDouble(seed, rule, network.NameOf(Source))];
        _states = [new State(ImmutableDictionary<int, double[]>.Empty.Add(Source, start), rule)];
    }

    /// <summary>The forward pass that is walked down.</summary>
    public ForwardRecord Record { get; }

    /// <summary>The tensor at which the walk begins.</summary>
    public int Source { get; }

    /// <summary>The tensor at which it ends.</summary>
    public int Target { get; }

    /// <summary>The layers between, in the order in which they are passed.</summary>
    public IEnumerable<Node> Layers => _steps.Select(step => step.Node);

    /// <summary>How many layers there are to pass.</summary>
    public int Count => _steps.Count;

    /// <summary>How many have been passed.</summary>
    public int Position => _states.Count - 1;

    /// <summary>The layer about to be passed; null at the end.</summary>
    public Node? Node => Position < Count ? _steps[Position].Node : null;

    /// <summary>The rule in force at the layer about to be passed, and below it until it is switched.</summary>
    public BackwardRule Rule => _states[^1].Rule;

    /// <summary>
    /// What the layer about to be passed does to the signal under the rule in force; null at the end. Computed when it is first
    /// asked for.
    /// </summary>
    public Passage? Passage
    {
        get
        {
            if (_passage is null && Node is not null) _passage = new Passage(Record, _steps[Position], Rule, Signal);
            return _passage;
        }
    }

    /// <summary>
    /// The signal that the walk stands at, complete, row-major: at the output of the layer about to be passed, at the end at
    /// the target.
    /// </summary>
    public double[] Signal => _states[^1].Signals[Tensor];

    /// <summary>The tensor of <see cref="Signal"/>.</summary>
    public int Tensor => Node?.Output ?? Target;

    /// <summary>Passes a layer under the rule in force.</summary>
    /// <returns>False at the end, if there is none left.</returns>
    public bool Down()
    {
        if (Passage is not Passage passage) return false;
        Node node = passage.Node;
        ImmutableDictionary<int, double[]> signals = _states[^1].Signals;
        for (int k = 0; k < node.Inputs.Length; k++)
        {
            if (passage.Below[k] is not double[] below) continue;
            int tensor = node.Inputs[k];
            signals = signals.SetItem(tensor, signals.TryGetValue(tensor, out double[]? sum)
                ? SingleLayer.Add(Record.Prepared, Record.ShapeOf(tensor), sum, below)
                : below);
        }

        _states.Add(new State(signals.Remove(node.Output), Rule));
        _passage = null;
        return true;
    }

    /// <summary>Undoes the last layer. The rule is then again the one under which it was passed.</summary>
    /// <returns>False at the start.</returns>
    public bool Up()
    {
        if (Position == 0) return false;
        _states.RemoveAt(Position);
        _passage = null;
        return true;
    }

    /// <summary>Undoes all layers.</summary>
    public void ToTop()
    {
        while (Up())
        {
        }
    }

    /// <summary>Passes all layers that are left, under the rule in force.</summary>
    public void ToBottom()
    {
        while (Down())
        {
        }
    }

    /// <summary>Chooses the rule for the layer about to be passed and those below it; what lies above stays as it is.</summary>
    public void Switch(BackwardRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        _states[^1] = _states[^1] with { Rule = rule };
        _passage = null;
    }

    /// <summary>
    /// How many layers have sent a signal to an input of the layer about to be passed, that layer counted, and how many will have
    /// at the end: where the network branched, signals add up.
    /// </summary>
    /// <param name="input">Which input.</param>
    public (int SoFar, int InAll) Meeting(int input)
    {
        int tensor = Node!.Inputs[input];
        int Sends(BackwardNode step) =>
            Enumerable.Range(0, step.Node.Inputs.Length).Count(k => step.Wanted[k] && step.Node.Inputs[k] == tensor);
        return (_steps.Take(Position + 1).Sum(Sends), _steps.Sum(Sends) + (tensor == Source ? 1 : 0));
    }

    /// <summary>
    /// Under which rules the signal came here, for example <c>gradient as far as relu4_1, then deconvnet</c>, the named layer
    /// being the last one under its rule. Only layers at which a rule makes a difference count, and of those below only that the
    /// rule in force will hold there.
    /// </summary>
    public string Trajectory
    {
        get
        {
            var parts = new List<(string Rule, string Last)>();
            for (int k = 0; k < Count; k++)
            {
                Layer layer = _steps[k].Node.Layer;
                BackwardRule rule = RuleAt(k);
                if (!MattersAt(layer, rule)) continue;
                if (parts.Count > 0 && parts[^1].Rule == rule.Name) parts[^1] = (rule.Name, layer.Name);
                else parts.Add((rule.Name, layer.Name));
            }

            if (parts.Count == 0) return Rule.Name;
            return string.Join(", then ", parts.Select((part, i) =>
                i < parts.Count - 1 ? $"{part.Rule} as far as {part.Last}" : part.Rule));
        }
    }

    /// <summary>
    /// The walk's rules as one composite: the rule of each layer that was passed, and below them the rule in force. A backward
    /// pass under it gives the walk's signals.
    /// </summary>
    public BackwardRule AsRule()
    {
        if (Rule.Relevance is not null) return Rule;
        BackwardRule composite = Rule;
        for (int k = 0; k < Position; k++)
        {
            Layer layer = _steps[k].Node.Layer;
            BackwardRule rule = RuleAt(k);
            composite = composite.With(other => ReferenceEquals(other, layer), rule.At(layer), layer.Name)
                .With(other => ReferenceEquals(other, layer), rule.UnpoolingAt(layer), layer.Name);
        }

        return composite.Named(Trajectory);
    }

    /// <summary>
    /// Whether the signal at the end is the derivative of what the seed looks at: at every layer where rules differ, the one that
    /// was in force, or is now and will be, is the gradient's.
    /// </summary>
    public bool IsGradient => Rule.Relevance is null && Enumerable.Range(0, Count).All(k => _steps[k].Node.Layer switch
    {
        MaxPool pool => RuleAt(k).UnpoolingAt(pool) == Unpooling.Switches,
        Pair pair => RuleAt(k).GateAt(pair) is null,
        Layer layer when BackwardRule.MattersAt(layer) => RuleAt(k).At(layer) == Kernels.ReluRule.Gradient
            || (layer is Lrn && RuleAt(k).At(layer) == Kernels.ReluRule.Guided),
        _ => true,
    });

    /// <summary>Whether any layer is left at which a switch of the rule makes a difference.</summary>
    public bool RuleStillMatters => _steps.Skip(Position).Any(step => BackwardRule.MattersAt(step.Node.Layer));

    private static bool MattersAt(Layer layer, BackwardRule rule) =>
        BackwardRule.MattersAt(layer) || (layer is MaxPool && rule.UnpoolingAt(layer) != Unpooling.Switches);

    /// <summary>The rule that was in force when the k-th layer was passed, or will be.</summary>
    private BackwardRule RuleAt(int k) => _states[Math.Min(k, Position)].Rule;

    private sealed record State(ImmutableDictionary<int, double[]> Signals, BackwardRule Rule);
}
