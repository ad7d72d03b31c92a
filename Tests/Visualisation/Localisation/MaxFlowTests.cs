using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NetViz.Visualisation.Localisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Localisation;

/// <summary>
/// The maximum flow against all cuts of small graphs, against another algorithm on random ones, and against scipy on graphs of
/// pictures.
/// </summary>
public sealed class MaxFlowTests
{
    [Test]
    public void It_is_the_smallest_of_all_cuts()
    {
        var flow = new MaxFlow();
        for (int seed = 0; seed < 300; seed++)
        {
            (int width, int height) = (1 + seed % 4, 1 + seed / 4 % 3);
            GridGraph graph = GridGraph.Random(width, height, seed, most: seed % 3 == 0 ? 3 : 100);
            long found = graph.Solve(flow), least = long.MaxValue;
            int nodes = width * height;
            for (int cut = 0; cut < 1 << nodes; cut++)
            {
                int sides = cut;
                least = Math.Min(least, graph.CutOf(i => (sides >> i & 1) == 1));
            }

            Assert.That(found, Is.EqualTo(least), $"graph {seed}");
            Assert.That(graph.CutOf(i => flow.IsSource(i % width, i / width)), Is.EqualTo(least), $"labels of graph {seed}");
        }
    }

    [Test]
    public void It_is_what_Edmonds_and_Karp_find()
    {
        var flow = new MaxFlow();
        for (int seed = 0; seed < 60; seed++)
        {
            GridGraph graph = GridGraph.Random(5 + seed % 8, 4 + seed % 7, 1000 + seed, most: seed % 2 == 0 ? 5 : 1000);
            long found = graph.Solve(flow);
            Assert.That(found, Is.EqualTo(graph.EdmondsKarp()), $"graph {seed}");
            Assert.That(graph.CutOf(i => flow.IsSource(i % graph.Width, i / graph.Width)), Is.EqualTo(found));
        }
    }

    // Large flat areas make long trees, whose orphans must find their way back.
    [Test]
    public void Flow_is_the_cut_on_large_graphs()
    {
        var flow = new MaxFlow();
        for (int seed = 0; seed < 40; seed++)
        {
            GridGraph graph =
                GridGraph.Random(60 + seed % 5, 50 - seed % 3, 5000 + seed, most: 4 + 20 * (seed % 4), sparse: seed % 3);
            long found = graph.Solve(flow);
            Assert.That(graph.CutOf(i => flow.IsSource(i % graph.Width, i / graph.Width)), Is.EqualTo(found), $"graph {seed}");
        }
    }

    [Test]
    public void It_is_what_scipy_finds_on_pictures()
    {
        string folder = RepositoryRoot.File("Tests", "Fixtures", "MaxFlow");
        using JsonDocument flows = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "flows.json")));
        var flow = new MaxFlow();
        Assert.That(flows.RootElement.EnumerateObject().Count(), Is.GreaterThanOrEqualTo(3));
        foreach (JsonProperty one in flows.RootElement.EnumerateObject())
        {
            Tensor<float> capacities = Npy.Read(Path.Combine(folder, $"{one.Name}.npy"));
            GridGraph graph = GridGraph.Of(capacities);
            long found = graph.Solve(flow);
            int source = Enumerable.Range(0, graph.Width * graph.Height)
                .Count(i => flow.IsSource(i % graph.Width, i / graph.Width));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(found, Is.EqualTo(one.Value.GetProperty("flow").GetInt64()), one.Name);
                Assert.That(source, Is.EqualTo(one.Value.GetProperty("source_pixels").GetInt32()), one.Name);
            }
        }
    }

    [Test]
    public void What_is_no_edge_is_refused()
    {
        var flow = new MaxFlow();
        flow.Reset(2, 2);
        Assert.That(() => flow.SetEdge(1, 0, 1, 0, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => flow.SetEdge(0, 0, 2, 0, 1, 1), Throws.ArgumentException);
        Assert.That(() => flow.SetEdge(0, 0, 1, 0, -1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => flow.SetTerminal(0, 0, int.MinValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(flow.Solve(), Is.Zero);
    }
}
