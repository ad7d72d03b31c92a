using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Tests.Weights;

/// <summary>A light graph with random weights in place of its constants.</summary>
internal static class RefilledGraph
{
    /// <summary>Writes a light graph with every ConstantOfShape and every float initializer filled from a seed.</summary>
    public static void Write(string lightPath, string path)
    {
        using OnnxFile light = OnnxFile.Open(lightPath);
        ModelProto model = light.Model.Clone();
        GraphProto graph = model.Graph;
        graph.Initializer.Clear();
        var dims = new Dictionary<string, int[]>();
        var integers = new Dictionary<string, OnnxTensor>();
        foreach (OnnxTensor tensor in light.Initializers)
        {
            if (tensor.IsFloat) dims[tensor.Name] = tensor.Dims.ToArray();
            else integers[tensor.Name] = tensor;
        }

        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            if (node.OpType != "ConstantOfShape") graph.Node.Add(node);
            else dims[node.Output[0]] = [.. integers[node.Input[0]].Integers.ToArray().Select(length => (int)length)];
        }

        // Some files carry a tensor that no node reads, which ONNX Runtime refuses.
        HashSet<string> read = [.. graph.Node.SelectMany(node => node.Input)];
        foreach ((string name, OnnxTensor tensor) in integers.Where(pair => read.Contains(pair.Key)))
        {
            var value = new TensorProto { DataType = (int)tensor.Type, Int64Data = { tensor.Integers.ToArray() } };
            value.Dims.AddRange(tensor.Dims.ToArray().Select(length => (long)length));
            graph.Node.Insert(0, TestGraph.ConstantNode(name, value));
        }

        for (int i = graph.Input.Count - 1; i >= 0; i--)
        {
            if (dims.ContainsKey(graph.Input[i].Name) || integers.ContainsKey(graph.Input[i].Name)) graph.Input.RemoveAt(i);
        }

        AddScores(lightPath, graph);
        string[] names = [.. dims.Keys.Where(read.Contains)];
        OnnxWriter.Write(path, model, [.. names.Select((name, i) => Filled(name, dims[name], (ulong)i, IsFactor(graph, name)))]);
    }

    // The scores become an output beside the probabilities.
    private static void AddScores(string lightPath, GraphProto graph)
    {
        using OnnxModel model = OnnxModel.Load(lightPath, LightGraphTests.Large);
        string scores = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;
        if (graph.Output.All(output => output.Name != scores)) graph.Output.Add(TestGraph.FloatValue(scores, null));
    }

    // Weights as He et al. have them; biases small; factors and variances near 1, so that no signal dies out.
    private static WrittenTensor Filled(string name, int[] dims, ulong stream, bool isFactor)
    {
        var random = new CounterRandom(11, stream);
        double fanIn = dims.Skip(1).Aggregate(1.0, (product, length) => product * length);
        double deviation = isFactor ? 0.1 : dims.Length > 1 ? Math.Sqrt(2 / fanIn) : 0.05;
        return new WrittenTensor(name, dims, (start, values) =>
        {
            random.Fill(start, deviation, values);
            if (!isFactor) return;
            for (int i = 0; i < values.Length; i++) values[i] += 1;
        });
    }

    // Scale and variance of a batch normalisation, and what is multiplied with, if need be after an Unsqueeze.
    private static bool IsFactor(GraphProto graph, string name) => graph.Node.Any(node =>
        (node.OpType == "BatchNormalization" && (node.Input[1] == name || node.Input[4] == name))
        || (node.OpType == "Mul" && node.Input.Contains(name))
        || (node.OpType == "Unsqueeze" && node.Input[0] == name && IsFactor(graph, node.Output[0])));
}
