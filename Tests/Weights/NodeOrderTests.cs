using NetViz.Weights;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Files whose nodes are in any order, and nodes without names.</summary>
public class NodeOrderTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Any_order_gives_the_values_of_the_right_one(int seed)
    {
        using TemporaryFolder right = new(), shuffled = new();
        string path = Graph().Write(right);
        string other = Graph().Change((_, graph) =>
        {
            NodeProto[] nodes = [.. graph.Node];
            if (seed == 0) Array.Reverse(nodes);
            else new Random(seed).Shuffle(nodes);
            graph.Node.Clear();
            graph.Node.AddRange(nodes);
        }).Output("y").Write(shuffled);
        float[] image = TestGraph.Image(2 * 3 * 8 * 8);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [2, 3, 8, 8], "y");
        using OnnxModel model = OnnxModel.Load(other);
        Assert.That(TestGraph.Run(model, image, 2, 3, 8, 8).Values, Is.EqualTo(expected).Within(1e-5));
        Assert.That(model.Network.Nodes[model.Network.ScoreTensor - 1].Name, Is.EqualTo("g"), "the score before the softmax");
    }

    [Test]
    public void A_file_in_order_keeps_its_order()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(Graph().Write(folder));
        Assert.That(model.Network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "c", "r", "s", "p", "f", "g", "y" }));
    }

    [Test]
    public void A_node_without_a_name_is_called_by_its_output()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(Graph().Change((_, graph) =>
        {
            foreach (NodeProto node in graph.Node) node.Name = "";
            graph.Node[0].Name = "r"; // the name of another node's output
        }).Write(folder));
        string[] names = [.. model.Network.Nodes.Select(node => node.Name)];
        Assert.That(names, Is.Unique);
        Assert.That(names[3..], Is.EqualTo(new[] { "p", "f", "g", "y" }));
    }

    private static TestGraph Graph() => new TestGraph(13).Input("x", "N", 3, 8, 8).Random("w", 6, 3, 3, 3).Random("m", 6, 5)
        .Node("Conv", "c", "x w").Node("Relu", "r", "c").Node("Add", "s", "c r").Node("GlobalAveragePool", "p", "s")
        .Node("Flatten", "f", "p").Node("Gemm", "g", "f m").Node("Softmax", "y", "g");
}
