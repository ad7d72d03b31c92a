using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Rules;

/// <summary>
/// Which rule holds at which layer: one of the three at rectifiers, or, where relevance goes down, one at linear layers. <see
/// cref="Gradient"/>, <see cref="DeconvNet"/> and <see cref="Guided"/>
/// are one rule throughout; <see cref="With(string, ReluRule)"/> and its siblings make a composite of them. A rule is a
/// value: nothing is registered anywhere.
/// <para>
/// Only rectifiers (<see cref="Layers.Relu"/>, <see cref="Layers.LeakyRelu"/>, <see cref="Layers.PRelu"/>,
/// <see cref="Layers.Clip"/>) and <see cref="Layers.Lrn"/> look at it; every other layer takes its transposed linear map, or its
/// derivative. <see cref="WithGate"/> holds the gates of products fixed.
/// </para>
/// </summary>
public sealed class BackwardRule
{
    private readonly ReluRule? _rule;
    private readonly Unpooling? _unpooling;
    private readonly Func<Layer, int?>? _gate;
    private readonly BackwardRule? _otherwise;
    private readonly Func<Layer, bool> _holdsAt;
    private readonly RelevanceRule? _linear;

    private BackwardRule(string name, ReluRule? rule, Unpooling? unpooling, Func<Layer, int?>? gate, BackwardRule? otherwise,
        Func<Layer, bool> holdsAt, RelevanceRule? linear = null)
    {
        (Name, _rule, _unpooling, _gate, _otherwise, _holdsAt, _linear) = (name, rule, unpooling, gate, otherwise, holdsAt, linear);
        if (otherwise is not null) TakeSettings(otherwise);
    }

    private BackwardRule(string name, ReluRule rule)
        : this(name, rule, Unpooling.Switches, _ => null, otherwise: null, _ => true)
    {
    }

    /// <summary>Back-propagation: r f'(x).</summary>
    public static BackwardRule Gradient { get; } = new("gradient", ReluRule.Gradient);

    /// <summary>Zeiler and Fergus 2013: f(r); LRN is passed over.</summary>
    public static BackwardRule DeconvNet { get; } = new("deconvnet", ReluRule.DeconvNet);

    /// <summary>Springenberg et al. 2014: f(r) f'(x).</summary>
    public static BackwardRule Guided { get; } = new("guided", ReluRule.Guided);

    /// <summary>The three, in the order in which they are shown.</summary>
    public static IReadOnlyList<BackwardRule> All { get; } = [Gradient, DeconvNet, Guided];

    /// <summary>The name that files and the command line use; a composite's tells its parts.</summary>
    public string Name { get; }

    /// <summary>
    /// The relevance that goes down instead of a signal; null for the three rules. Then linear layers share relevance out,
    /// rectifiers and normalisations pass it on.
    /// </summary>
    public RelevanceComposite? Relevance { get; private set; }

    /// <summary>Whether relevance starts at the seed itself, 1 for a class, and not at the seed times the score.</summary>
    public bool StartsAtOne { get; private set; }

    /// <summary>The bounds of the input for the z-box rule; null where none were given.</summary>
    public RelevanceBox? Box { get; private set; }

    /// <summary>The channels that the signal may pass, for each layer where not all are.</summary>
    public IReadOnlyList<ChannelPassage> Through { get; private set; } = [];

    /// <summary>Layer-wise relevance propagation under a composite.</summary>
    public static BackwardRule OfRelevance(RelevanceComposite relevance)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        return new BackwardRule(relevance.Name, ReluRule.Gradient) { Relevance = relevance };
    }

    /// <summary>
    /// One of the three, or a relevance rule, by its name. <see cref="RuleExpression"/> reads composites of them.
    /// </summary>
    /// <exception cref="NetVizException">There is no rule of that name.</exception>
    public static BackwardRule Parse(string name) => RelevanceComposite.IsMeant(name ?? throw new ArgumentNullException(nameof(name)))
        ? OfRelevance(RelevanceComposite.Parse(name))
        : All.FirstOrDefault(rule => string.Equals(rule.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NetVizException($"rule '{name}' is unknown; there are {string.Join(", ", All.Select(rule => rule.Name))}",
            "and for relevance " + string.Join(", ", RelevanceComposite.Names));

    /// <summary>This rule, but another one at the layer of that name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rule is none of the three.</exception>
    public BackwardRule With(string layer, ReluRule rule)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        return With(l => l.Name == layer, rule, layer);
    }

    /// <summary>This rule, but another one at layers of a type, for example <c>With&lt;Lrn&gt;(ReluRule.Gradient)</c>.</summary>
    public BackwardRule With<TLayer>(ReluRule rule)
        where TLayer : Layer => With(l => l is TLayer, rule, typeof(TLayer).Name);

    /// <summary>This rule, but another one wherever the predicate holds. The rule added last is asked first.</summary>
    /// <param name="holdsAt">Whether the other rule holds at a layer.</param>
    /// <param name="rule">The other rule.</param>
    /// <param name="where">How the composite's name tells the place.</param>
    public BackwardRule With(Func<Layer, bool> holdsAt, ReluRule rule, string where = "some")
    {
        ArgumentNullException.ThrowIfNull(holdsAt);
        ArgumentNullException.ThrowIfNull(where);
        if (!Enum.IsDefined(rule)) throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule.");
        return new BackwardRule($"{Name}+{where}={rule.ToString().ToLowerInvariant()}", rule, unpooling: null,
            gate: null, this, holdsAt);
    }

    /// <summary>This rule, but max-poolings send their signal elsewhere wherever the predicate holds.</summary>
    /// <param name="holdsAt">Whether the other way holds at a max-pooling.</param>
    /// <param name="unpooling">The other way.</param>
    /// <param name="where">How the composite's name tells the place.</param>
    public BackwardRule With(Func<Layer, bool> holdsAt, Unpooling unpooling, string where = "some")
    {
        ArgumentNullException.ThrowIfNull(holdsAt);
        ArgumentNullException.ThrowIfNull(where);
        if (!Enum.IsDefined(unpooling)) throw new ArgumentOutOfRangeException(nameof(unpooling), unpooling, "There is no such unpooling.");
        return new BackwardRule($"{Name}+{where}={unpooling.ToString().ToLowerInvariant()}", rule: null, unpooling,
            gate: null, this, holdsAt);
    }

    /// <summary>
    /// This rule, but products hold one of their factors fixed wherever the predicate holds: it gets no signal.
    /// </summary>
    /// <param name="holdsAt">Whether the predicate holds at a product.</param>
    /// <param name="gate">Which input is the gate; null for none. <see cref="Gates"/> finds it.</param>
    /// <param name="where">How the composite's name tells the place.</param>
    public BackwardRule WithGate(Func<Layer, bool> holdsAt, Func<Layer, int?> gate, string where = "some")
    {
        ArgumentNullException.ThrowIfNull(holdsAt);
        ArgumentNullException.ThrowIfNull(gate);
        return new BackwardRule($"{Name}+{where}=gate", rule: null, unpooling: null, gate, this, holdsAt);
    }

    /// <summary>This rule under another name, for example the one that a file of composites gives it.</summary>
    public BackwardRule Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Copy(name);
    }

    /// <summary>This relevance rule, but another one at linear layers wherever the predicate holds.</summary>
    /// <param name="holdsAt">Whether the other rule holds at a convolution or fully connected layer.</param>
    /// <param name="linear">The other rule.</param>
    /// <param name="where">How the composite's name tells the place.</param>
    /// <exception cref="InvalidOperationException">This is no relevance rule.</exception>
    public BackwardRule With(Func<Layer, bool> holdsAt, RelevanceRule linear, string where = "some")
    {
        ArgumentNullException.ThrowIfNull(holdsAt);
        ArgumentNullException.ThrowIfNull(linear);
        if (Relevance is null) throw new InvalidOperationException($"{Name} is no relevance rule.");
        return new BackwardRule($"{Name}+{where}={linear.Name}", rule: null, unpooling: null, gate: null, this, holdsAt, linear);
    }

    /// <summary>This rule with the bounds of the input that z-box wants.</summary>
    public BackwardRule WithBox(RelevanceBox box)
    {
        ArgumentNullException.ThrowIfNull(box);
        BackwardRule copy = Copy(Name);
        copy.Box = box;
        return copy;
    }

    /// <summary>This rule, but relevance starts at 1 (or whatever the seed is) instead of at the class's score.</summary>
    public BackwardRule StartingAtOne()
    {
        BackwardRule copy = Copy($"{Name},start=one");
        copy.StartsAtOne = true;
        return copy;
    }

    /// <summary>This rule, but at a layer's output only some channels pass.</summary>
    public BackwardRule Passing(ChannelPassage channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        BackwardRule copy = Copy($"{Name},through={channels}");
        copy.Through = [.. Through, channels];
        return copy;
    }

    /// <summary>The relevance rule at a convolution or fully connected layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="InvalidOperationException">This is no relevance rule.</exception>
    public RelevanceRule RelevanceAt(Network network, Layer layer)
    {
        for (BackwardRule? rule = this; rule is not null; rule = rule._otherwise)
            if (rule._linear is not null && rule._holdsAt(layer)) return rule._linear;
        return Relevance?.RuleAt(network, layer) ?? throw new InvalidOperationException($"{Name} is no relevance rule.");
    }

    /// <summary>
    /// Whether relevance passes a rectifier unchanged: under a relevance rule, unless one of the three was given for the place.
    /// </summary>
    public bool PassesAt(Layer layer)
    {
        if (Relevance is null) return false;
        BackwardRule rule = this;
        while (rule._rule is null || !rule._holdsAt(layer)) rule = rule._otherwise!;
        return rule._otherwise is null;
    }

    private BackwardRule Copy(string name)
    {
        var copy = new BackwardRule(name, _rule, _unpooling, _gate, _otherwise, _holdsAt, _linear);
        copy.TakeSettings(this);
        return copy;
    }

    private void TakeSettings(BackwardRule other) =>
        (Relevance, StartsAtOne, Box, Through) = (other.Relevance, other.StartsAtOne, other.Box, other.Through);

    /// <summary>Whether a rule makes a difference at this layer: rectifiers and LRN.</summary>
    public static bool MattersAt(Layer layer) => layer is Layers.RectifierLayer or Layers.Lrn;

    /// <summary>
    /// This rule, but the gradient at rectifiers between fully connected layers. Libraries differ there: Captum rectifies
    /// them like all others, which is the default here; DeconvNet itself has no fully connected layers.
    /// </summary>
    /// <param name="network">The network that tells which rectifiers stand there.</param>
    public BackwardRule SparingFullyConnected(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        IEnumerable<Layer> layers = network.Nodes.Select(node => node.Layer);
        HashSet<Layer> spared = [.. layers.Where(layer => FollowsFullyConnected(network, layer))];
        return With(spared.Contains, ReluRule.Gradient, "fully-connected");
    }

    /// <summary>The rule at a layer.</summary>
    public ReluRule At(Layer layer)
    {
        BackwardRule rule = this;
        while (rule._rule is null || !rule._holdsAt(layer)) rule = rule._otherwise!;
        return rule._rule.Value;
    }

    /// <summary>Where a max-pooling sends its signal.</summary>
    public Unpooling UnpoolingAt(Layer layer)
    {
        BackwardRule rule = this;
        while (rule._unpooling is null || !rule._holdsAt(layer)) rule = rule._otherwise!;
        return rule._unpooling.Value;
    }

    /// <summary>Which input of a product is held fixed; null for none: both are differentiated.</summary>
    public int? GateAt(Layer layer)
    {
        BackwardRule rule = this;
        while (rule._gate is null || !rule._holdsAt(layer)) rule = rule._otherwise!;
        return rule._gate(layer);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether a layer is a rectifier whose input comes from a fully connected layer.</summary>
    internal static bool FollowsFullyConnected(Network network, Layer layer)
    {
        if (layer is not Layers.RectifierLayer) return false;
        int output = network.Find(layer.Name);
        for (int tensor = network.Nodes[output - 1].Inputs[0]; tensor > 0; tensor = network.Nodes[tensor - 1].Inputs[0])
        {
            switch (network.Nodes[tensor - 1].Layer)
            {
                case Layers.FullyConnected: return true;
                case Layers.Affine or Layers.Identity or Layers.Reshape: continue;
                default: return false;
            }
        }

        return false;
    }
}
