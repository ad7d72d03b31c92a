using NetViz.Engine;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>Which of a graph's outputs the network puts out.</summary>
internal static class GraphOutput
{
    private const int Listed = 10;

    /// <summary>
    /// The wanted one; else the first on which no other depends: where a file lists scores and probabilities, the
    /// probabilities, so that the network is whole (the scores are found before its softmax).
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">
    /// An output's name, or that of anything that a node writes, or a node's own, of which it is the first output; null for the
    /// choice above.
    /// </param>
    /// <exception cref="NetVizException">There is none, or none of that name.</exception>
    public static string Choose(OnnxFile file, string? wanted)
    {
        GraphProto graph = file.Model.Graph;
        string[] outputs = [.. graph.Output.Select(output => output.Name)];
        if (wanted is not null)
        {
            if (outputs.Contains(wanted) || graph.Node.Any(node => node.Output.Contains(wanted))) return wanted;
            NodeProto[] named = [.. graph.Node.Where(node => node.Name == wanted && node.Output.Count > 0)];
            return named.Length == 1 ? named[0].Output[0]
                : named.Length > 1
                ? throw new NetVizException($"{file.Path}: {named.Length} nodes are called '{wanted}'",
                    $"name what one of them writes: {string.Join(", ", named.Take(Listed).Select(node => node.Output[0]))}")
                : throw new NetVizException($"{file.Path}: there is no output and no node '{wanted}'",
                    $"outputs are {string.Join(", ", outputs.Take(Listed))}{(outputs.Length > Listed ? ", ..." : "")}");
        }

        if (outputs.Length == 0) throw new NetVizException($"{file.Path}: the graph has no output");
        return Heads(graph).FirstOrDefault() ?? outputs[^1];
    }

    /// <summary>The outputs on which no other depends, in the file's order: of scores and probabilities the latter.</summary>
    /// <param name="graph">The graph.</param>
    public static string[] Heads(GraphProto graph)
    {
        string[] outputs = [.. graph.Output.Select(output => output.Name)];
        HashSet<string> onTheWay = OnTheWay(graph, outputs);
        return [.. outputs.Where(output => !onTheWay.Contains(output))];
    }

    // The outputs on which another output depends. Files have a handful of outputs; of thousands only the first few are asked.
    private static HashSet<string> OnTheWay(GraphProto graph, string[] outputs)
    {
        const int asked = 64;
        var found = new HashSet<string>();
        foreach (string output in outputs.Take(asked))
        {
            var needed = new HashSet<string> { output };
            foreach (NodeProto node in graph.Node.Reverse())
            {
                if (node.Output.Any(needed.Contains)) needed.UnionWith(node.Input);
            }

            found.UnionWith(outputs.Where(other => other != output && needed.Contains(other)));
        }

        return found;
    }
}
