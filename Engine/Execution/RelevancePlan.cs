using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>What relevance needs to know of one convolution or fully connected layer.</summary>
/// <param name="Map">The layer with what is merged into it.</param>
/// <param name="Rule">The rule that holds there.</param>
/// <param name="IsInputPositive">Whether no number of the input can be negative.</param>
/// <param name="IsRelevanceAboveZero">Whether relevance at the output is 0 wherever its number is not above 0.</param>
internal sealed record RelevanceStep(MergedMap Map, RelevanceRule Rule, bool IsInputPositive, bool IsRelevanceAboveZero);

/// <summary>
/// What a relevance rule finds in a network, worked out once for a rule and a tensor at which relevance starts: it depends on no
/// image.
/// </summary>
internal sealed class RelevancePlan
{
    private readonly Network _network;
    private readonly BackwardRule _rule;
    private readonly int _source;
    private readonly RelevanceStep?[] _steps;

    /// <summary>Looks at the network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rule">The relevance rule.</param>
    /// <param name="source">The tensor at which relevance starts; -1 for single layers, whatever signal comes to them.</param>
    public RelevancePlan(Network network, BackwardRule rule, int source)
    {
        (_network, _rule, _source) = (network, rule, source);
        _steps = [.. MergedMap.Of(network, source).Select(map => map is null ? null : new RelevanceStep(map,
            rule.RelevanceAt(network, map.Node.Layer), IsPositive(network, map.Node.Inputs[0]), IsAboveZero(map)))];
    }

    /// <summary>Whether it is the plan of a rule and a source.</summary>
    public bool IsFor(BackwardRule rule, int source) => _rule == rule && _source == source;

    /// <summary>A convolution or fully connected layer.</summary>
    public RelevanceStep At(Node node) => _steps[node.Index]!;

    /// <summary>Whether no number of a tensor can be negative.</summary>
    private static bool IsPositive(Network network, int tensor)
    {
        while (tensor > 0)
        {
            Node node = network.Nodes[tensor - 1];
            switch (node.Layer)
            {
                case Relu or SoftmaxLayer or Elementwise { Function.Kind: FunctionKind.Sigmoid }: return true;
                case Clip clip when clip.Rectifier.Low >= 0: return true;
                case MaxPool or AveragePool or Identity or Reshape or Transpose: tensor = node.Inputs[0]; continue;
                case Pad pad when pad.Value >= 0: tensor = node.Inputs[0]; continue;
                case Concat or Sum { Subtracts: false }: return node.Inputs.All(input => IsPositive(network, input));
                default: return false;
            }
        }

        return false;
    }

    /// <summary>Whether relevance at a map's output is 0 wherever its number is not above 0.</summary>
    private bool IsAboveZero(MergedMap map)
    {
        if (map.Output == _source || _source < 0) return false;
        Node[] readers = [.. _network.Nodes.Where(node => node.Inputs.Contains(map.Output))];
        return readers.Length > 0
            && readers.All(node => node.Layer is Relu && _rule.PassesAt(node.Layer) && VanishesAtZero(node.Output));
    }

    /// <summary>Whether relevance at a tensor that is nowhere negative is 0 wherever the number is 0.</summary>
    private bool VanishesAtZero(int tensor)
    {
        if (tensor == _source) return !_rule.StartsAtOne;
        foreach (Node reader in _network.Nodes.Where(node => node.Inputs.Contains(tensor)))
        {
            bool vanishes = reader.Layer switch
            {
                Conv or FullyConnected => _rule.RelevanceAt(_network, reader.Layer).IsTimesInput,
                AveragePool or Sum => true,
                MaxPool => _rule.UnpoolingAt(reader.Layer) == Unpooling.Switches && VanishesAtZero(reader.Output),
                Relu => _rule.PassesAt(reader.Layer) && VanishesAtZero(reader.Output),
                Identity or Reshape or Transpose or Concat => VanishesAtZero(reader.Output),
                _ => false,
            };
            if (!vanishes) return false;
        }

        return true;
    }
}
