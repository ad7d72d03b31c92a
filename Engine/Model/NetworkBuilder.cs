using System.Collections.Immutable;

namespace NetViz.Engine.Model;

/// <summary>Puts layers together to a network, in an order in which each reads only what was there before.</summary>
/// <param name="name">The network's name.</param>
/// <param name="input">Its input.</param>
public sealed class NetworkBuilder(string name, NetworkInput input)
{
    private readonly ImmutableArray<Node>.Builder _nodes = ImmutableArray.CreateBuilder<Node>();
    private readonly Dictionary<string, int> _tensors = new() { [input.Name] = 0 };
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _lastNumbers = [];

    /// <summary>Gets or sets a value indicating whether the network takes one image at a time.</summary>
    public bool TakesOneImage { get; set; }

    /// <summary>Whether a tensor of this name is there to be read.</summary>
    public bool Has(string tensor) => _tensors.ContainsKey(tensor);

    /// <summary>Makes a layer's name unique by a number after it, where the file uses one name twice or none.</summary>
    public string UniqueName(string wanted)
    {
        string unique = wanted;
        int k = _lastNumbers.GetValueOrDefault(wanted, 1);
        while (_names.Contains(unique)) unique = $"{wanted}_{++k}";
        // Where thousands of nodes share one name, the search goes on from where it ended.
        if (k > 1) _lastNumbers[wanted] = k - 1;
        return unique;
    }

    /// <summary>Adds a layer that reads tensors by their names.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">Names of the tensors that it reads.</param>
    /// <param name="output">Name of the tensor that it writes.</param>
    /// <exception cref="NetVizException">A name is unknown, or used twice.</exception>
    public NetworkBuilder Add(Layer layer, IReadOnlyList<string> inputs, string output)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputs);
        var indices = ImmutableArray.CreateBuilder<int>(inputs.Count);
        foreach (string tensor in inputs)
        {
            if (!_tensors.TryGetValue(tensor, out int index))
            {
                throw new NetVizException(
                    $"node '{layer.Name}' ({layer.Operator}): its input '{tensor}' is written by no node before it");
            }
            indices.Add(index);
        }

        if (inputs.Count != layer.InputCount)
        {
            throw new NetVizException(
                $"node '{layer.Name}' ({layer.Operator}): it has {Counted.Of(inputs.Count, "input")}, and "
                    + $"{layer.InputCount} are supported");
        }
        if (!_names.Add(layer.Name))
            throw new NetVizException($"node '{layer.Name}' ({layer.Operator}): another node has the same name");
        var node = new Node(_nodes.Count, layer, indices.ToImmutable(), output);
        if (!_tensors.TryAdd(output, node.Output))
            throw new NetVizException($"node '{layer.Name}' ({layer.Operator}): its output '{output}' is written twice");
        _nodes.Add(node);
        return this;
    }

    /// <summary>Adds a layer that reads the last layer's output (at first, the input), its output named as itself.</summary>
    public NetworkBuilder Then(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Add(layer, [_nodes.Count == 0 ? input.Name : _nodes[^1].OutputName], layer.Name);
    }

    /// <summary>Finishes the network.</summary>
    /// <param name="output">The tensor that the network puts out; the last layer's if null.</param>
    /// <param name="sha256">The model file's SHA-256; computed when first asked for.</param>
    /// <exception cref="NetVizException">There is no layer, or no such tensor.</exception>
    public Network Build(string? output = null, Lazy<string>? sha256 = null)
    {
        if (_nodes.Count == 0) throw new NetVizException($"network '{name}' has no layer");
        int tensor = _nodes.Count;
        if (output is not null && !_tensors.TryGetValue(output, out tensor))
            throw new NetVizException($"network '{name}': its output '{output}' is written by no node");
        return new Network(name, input with { TakesOneImage = TakesOneImage }, _nodes.ToImmutable(), tensor,
            sha256 ?? new Lazy<string>(""));
    }
}
