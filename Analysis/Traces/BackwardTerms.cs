using NetViz.Analysis.Layers;
using NetViz.Analysis.Relevance;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;

namespace NetViz.Analysis.Traces;

/// <summary>What each layer sends down to an element of its input, term by term, in double and without the kernels.</summary>
/// <param name="record">The forward pass.</param>
/// <param name="rule">The rule.</param>
/// <param name="signal">R at each tensor above.</param>
/// <param name="activation">The activations of each tensor, where they are known.</param>
internal sealed class BackwardTerms(ForwardRecord record, BackwardRule rule, Func<int, double[]> signal,
    Func<int, double[]?> activation)
{
    private readonly Dictionary<int, PortableLayer> _kept = [];

    /// <summary>The shares of relevance, where that goes down.</summary>
    public RelevanceTerms? Relevance { get; init; }

    /// <summary>The forward pass.</summary>
    public ForwardRecord Record => record;

    /// <summary>The rule of the backward pass that is traced.</summary>
    public BackwardRule Rule => rule;

    /// <summary>Returns R at a tensor.</summary>
    public double[] Signal(int tensor) => signal(tensor);

    /// <summary>Returns the activations of a tensor; null unless they were kept.</summary>
    public double[]? Activation(int tensor) => activation(tensor);

    /// <summary>Returns what the forward pass kept at a layer.</summary>
    public PortableLayer KeptBy(Node node)
    {
        if (!_kept.TryGetValue(node.Index, out PortableLayer? kept)) _kept[node.Index] = kept = record.KeptBy(node.Name);
        return kept;
    }

    /// <summary>Returns the summands through one layer.</summary>
    /// <param name="node">The layer, which reads the element's tensor.</param>
    /// <param name="input">By which of its inputs.</param>
    /// <param name="element">The element of that tensor, row-major.</param>
    public TracePart At(Node node, int input, long element) => Relevance is { } relevance
        ? relevance.At(this, node, input, element)
        : LayerAnalyses.Of(node.Layer).BackwardOf(node.Layer, new BackwardElement(this, node, input, element));
}
