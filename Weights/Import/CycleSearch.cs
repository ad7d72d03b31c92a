using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>Why a node's input has not been written yet when the node's turn comes.</summary>
internal static class CycleSearch
{
    /// <summary>
    /// The reason, for an error: nobody writes it, a later node does, or the node itself depends on its own output.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reader">The node that reads.</param>
    /// <param name="name">What it reads.</param>
    public static string Explain(GraphProto graph, NodeProto reader, string name)
    {
        var writers = new Dictionary<string, NodeProto>();
        foreach (NodeProto node in graph.Node)
        {
            foreach (string output in node.Output) writers.TryAdd(output, node);
        }

        if (!writers.TryGetValue(name, out NodeProto? writer)) return $"its input '{name}' is written by no node before it";
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var next = new Stack<NodeProto>([writer]);
        while (next.TryPop(out NodeProto? node))
        {
            if (ReferenceEquals(node, reader)) return $"its input '{name}' depends on its own output: the graph has a cycle";
            if (!seen.Add(node)) continue;
            foreach (string input in node.Input)
            {
                if (writers.TryGetValue(input, out NodeProto? before)) next.Push(before);
            }
        }

        return $"its input '{name}' is written by no node before it, only by '{writer.Name}' ({writer.OpType}) after it; nodes "
            + "have to be in order";
    }
}
