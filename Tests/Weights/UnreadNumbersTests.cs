using NetViz.Engine;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>A number that is none does harm only where something reads it.</summary>
public sealed class UnreadNumbersTests : InTemporaryFolder
{
    [TestCase("nothing reads it", false)]
    [TestCase("only a branch without effect reads it", false)]
    [TestCase("the scores depend on it", true)]
    public void NaN_is_a_fault_where_it_is_read(string where, bool isRead)
    {
        TestGraph graph = new TestGraph().Input("x", "N", 3, 4, 4).Floats("bad", [3, 1, 1], 1, float.NaN, 2);
        if (where.Contains("branch", StringComparison.Ordinal)) graph.Node("Mul", "aside", "x bad");
        graph.Node(isRead ? "Mul" : "Relu", "m", isRead ? "x bad" : "x");
        string path = graph.Node("GlobalAveragePool", "p", "m").Node("Flatten", "y", "p").Output("y").Write(Folder);
        if (isRead)
        {
            Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetVizException>()
                .With.Message.Contains("initializer 'bad' holds NaN at element 1 of 3"));
            return;
        }

        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes, Has.Length.EqualTo(3));
    }
}
