using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>Why a node's input has not been written yet when the node's turn comes.</summary>
internal static class CycleSearch
{
    /// <summary>Returns a node's name for messages: its own, or that of its output if it has none.</summary>
    public static string NameOf(NodeProto node) =>
        node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(output => output.Length > 0) ?? node.OpType;

    /// <summary>
    /// Returns the reason, for an error: no node writes it, the node depends on its own output, or its writer does.
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

        return $"its input '{name}' depends on node '{NameOf(writer)}' ({writer.OpType}), which is part of a cycle";
    }
}
