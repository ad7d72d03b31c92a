using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>The order of a graph's nodes.</summary>
internal static class NodeOrder
{
    /// <summary>
    /// Sorts the nodes topologically. The sort is stable: a node moves only where another node, which comes later in the file,
    /// reads from it. Nodes in a cycle stay in the file's order; <see cref="CycleSearch"/> reports them.
    /// </summary>
    /// <param name="graph">The graph; its list of nodes is replaced if it is out of order.</param>
    public static void Sort(GraphProto graph)
    {
        NodeProto[] nodes = [.. graph.Node];
        var writers = new Dictionary<string, int>();
        for (int i = 0; i < nodes.Length; i++)
        {
            foreach (string output in nodes[i].Output)
                if (output.Length > 0) writers.TryAdd(output, i);
        }

        bool IsLater(string input, int reader) => writers.TryGetValue(input, out int writer) && writer > reader;
        if (!nodes.Where((node, i) => node.Input.Any(input => IsLater(input, i))).Any()) return;

        // Depth first, without recursion: a chain may be as long as the file.
        var sorted = new List<NodeProto>(nodes.Length);
        var isEntered = new bool[nodes.Length];
        var path = new Stack<(int Node, int Input)>();
        for (int start = 0; start < nodes.Length; start++)
        {
            if (isEntered[start]) continue;
            isEntered[start] = true;
            path.Push((start, 0));
            while (path.TryPop(out (int Node, int Input) at))
            {
                NodeProto node = nodes[at.Node];
                if (at.Input == node.Input.Count)
                {
                    sorted.Add(node);
                    continue;
                }

                path.Push((at.Node, at.Input + 1));
                if (!writers.TryGetValue(node.Input[at.Input], out int writer) || isEntered[writer]) continue;
                isEntered[writer] = true;
                path.Push((writer, 0));
            }
        }

        graph.Node.Clear();
        graph.Node.AddRange(sorted);
    }
}
