using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Rules;

/// <summary>
/// The gates of a network's products: the factor that a Sigmoid, HardSigmoid, HardSwish or Softmax writes, with nothing but a
/// Reshape or an Identity between. The rule <c>gate</c> counts it as a constant.
/// </summary>
public static class Gates
{
    /// <summary>For each product with exactly one such factor, which of its inputs that is.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyDictionary<Layer, int> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var gates = new Dictionary<Layer, int>();
        foreach (Node node in network.Nodes)
        {
            if (node.Layer is not Pair { Kind: PairKind.Product }) continue;
            bool[] isGate = [.. node.Inputs.Select(tensor => ComesThroughGate(network, tensor))];
            if (isGate[0] != isGate[1]) gates[node.Layer] = isGate[0] ? 0 : 1;
        }

        return gates;
    }

    /// <summary>Refuses a place that names a product without a gate by its own name, or no product with one.</summary>
    internal static void Require(string text, string place, Network network, Func<Layer, bool> at,
        IReadOnlyDictionary<Layer, int> gates)
    {
        Layer[] named = [.. network.Nodes.Select(node => node.Layer).Where(at)];
        bool isPattern = place.Contains('*', StringComparison.Ordinal) || place.Contains('?', StringComparison.Ordinal)
            || place.Contains(':', StringComparison.Ordinal);
        Layer[] without = [.. named.Where(layer => !gates.ContainsKey(layer))];
        if (without.Length == 0 || (isPattern && without.Length < named.Length)) return;
        string which = named.Length == 1 ? $"the product '{without[0].Name}' has" : $"none of the {named.Length} products at '{place}' has";
        throw new NetVizException($"rule '{text}': {which} one factor, and only one, that comes through a Sigmoid, HardSigmoid, "
            + "HardSwish or Softmax",
            gates.Count == 0 ? "the network has no product with such a gate"
                : $"products with a gate are {string.Join(", ", gates.Keys.Select(layer => layer.Name).Take(8))}"
                    + (gates.Count > 8 ? ", ..." : ""));
    }

    private static bool ComesThroughGate(Network network, int tensor)
    {
        while (tensor > 0 && network.Nodes[tensor - 1].Layer is Reshape or Identity) tensor = network.Nodes[tensor - 1].Inputs[0];
        return tensor > 0 && network.Nodes[tensor - 1].Layer is Softmax or Elementwise
        {
            Function.Kind: FunctionKind.Sigmoid or FunctionKind.HardSigmoid or FunctionKind.HardSwish,
        };
    }
}
