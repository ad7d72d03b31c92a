using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class ParameterRandomisationTests
{
    private static readonly Network Original = SmallNetworks.EveryLayer();

    [Test]
    public void LayersWithWeightsFromTheTop() =>
        Assert.That(ParameterRandomisation.Layers(Original), Is.EqualTo((string[])["fc", "conv2", "conv1"]));

    [Test]
    public void OnlyTheTopmostLayersAreDrawnAnew()
    {
        Network two = ParameterRandomisation.Cascade(Original, 2, seed: 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(two.Nodes.Select(node => (node.Name, node.OutputName)),
                Is.EqualTo(Original.Nodes.Select(node => (node.Name, node.OutputName))));
            Assert.That((two.ScoreTensor, two.OutputTensor), Is.EqualTo((Original.ScoreTensor, Original.OutputTensor)));
            Assert.That(two.Nodes.Where((node, i) => !ReferenceEquals(node.Layer, Original.Nodes[i].Layer)).Select(n => n.Name),
                Is.EqualTo((string[])["conv2", "fc"]));
            Assert.That(WeightOf(two, "conv2"), Has.Length.EqualTo(WeightOf(Original, "conv2").Length)
                .And.Not.EqualTo(WeightOf(Original, "conv2")));
        }
    }

    [Test]
    public void TheSameSeedDrawsTheSameAndLaterStepsKeepWhatEarlierDrew()
    {
        Network one = ParameterRandomisation.Cascade(Original, 1, seed: 5),
            all = ParameterRandomisation.Cascade(Original, 3, seed: 5),
            other = ParameterRandomisation.Cascade(Original, 1, seed: 6);
        Assert.That(WeightOf(all, "fc"), Is.EqualTo(WeightOf(one, "fc")));
        Assert.That(WeightOf(other, "fc"), Is.Not.EqualTo(WeightOf(one, "fc")));
    }

    [Test]
    public void MeanAndDeviationStay()
    {
        float[] weight = [.. Enumerable.Range(0, 40_000).Select(i => i % 2 == 0 ? 1f : 3f)];
        Network network = new NetworkBuilder("one layer", Passes.Input(1, 20, 20))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", weight, 400, 100, false, default))
            .Build();
        float[] drawn = WeightOf(ParameterRandomisation.Cascade(network, 1, seed: 1), "fc");
        SampleMean mean = SampleMean.Of(drawn.Select(value => (double)value));
        Assert.That(mean.Value, Is.EqualTo(2).Within(0.03));
        Assert.That(mean.Deviation, Is.EqualTo(1).Within(0.03));
        Assert.That(drawn.Max(), Is.GreaterThan(4), "a bell, not the two values that there were");
    }

    [Test]
    public void ConstantsAndSideBranchesAreLeftAlone()
    {
        Network network = new NetworkBuilder("side branch", Passes.Input(1, 2, 2))
            .Then(new Affine("scale", "Mul", new float[] { 2 }, new NetViz.Kernels.Shape(1), default, new NetViz.Kernels.Shape()))
            .Then(Reshape.Flatten("flatten"))
            .Add(new FullyConnected("aside", "Gemm", new float[] { 1, 2, 3, 4 }, 4, 1, false, default), ["flatten"], "aside")
            .Add(new FullyConnected("score", "Gemm", new float[] { 1, 2, 3, 4 }, 4, 1, false, default), ["flatten"], "score")
            .Build();
        Assert.That(ParameterRandomisation.Layers(network), Is.EqualTo((string[])["score"]));
    }

    private static float[] WeightOf(Network network, string layer) =>
        network.Nodes.Single(node => node.Name == layer).Layer switch
        {
            Conv conv => conv.Weight.ToArray(),
            FullyConnected full => full.Weight.ToArray(),
            _ => throw new ArgumentException(layer),
        };
}
