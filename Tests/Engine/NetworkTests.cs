using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Building a network, finding its parts, and the devices it runs on.</summary>
public class NetworkTests
{
    private static Relu Relu(string name) => new(name);

    [Test]
    public void A_network_tells_its_parts()
    {
        Network network = SmallNetworks.EveryLayer();
        Assert.That(network.Nodes.Select(node => node.Name), Is.EqualTo(new[]
        {
            "conv1", "relu1", "norm", "pool", "conv2", "leaky", "average", "concat", "clip", "attention", "residual", "flatten",
                "fc", "softmax",
        }));
        Assert.That(network.ParameterCount, Is.EqualTo((2 * 5 * 9 + 5) + (5 * 4 * 4 + 4) + 180 * 3));
        Assert.That((network.Find("x"), network.Find("conv1"), network.Find("the pool's tensor"), network.Find("pool")),
            Is.EqualTo((0, 1, 4, 4)));
        Assert.That((network.NameOf(0), network.NameOf(4), network.NameOf(network.ScoreTensor)), Is.EqualTo(("x", "pool", "fc")));
        Assert.That((network.Sha256, network.OutputTensor), Is.EqualTo((SmallNetworks.Sha256, 14)));
        Shape[] shapes = network.InferShapes(new Shape(2, 2, 9, 8));
        Assert.That((shapes[1], shapes[4], shapes[8], shapes[13]),
            Is.EqualTo((new Shape(2, 5, 9, 8), new Shape(2, 5, 5, 4), new Shape(2, 9, 5, 4), new Shape(2, 3))));
        Assert.That(network.Nodes[0].Layer.Operations([new Shape(2, 2, 9, 8)]), Is.EqualTo(2L * 2 * 5 * 72 * 2 * 9));
        Assert.That(network.Nodes[12].Layer.Operations([new Shape(2, 180)]), Is.EqualTo(2L * 2 * 180 * 3));
    }

    [Test]
    public void A_name_that_is_not_there_brings_names_that_come_near()
    {
        Network network = SmallNetworks.EveryLayer();
        Assert.That(() => network.Find("conv"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("'conv'").And.Message.Contains("conv1, conv2"));
        Assert.That(() => network.Find("block5"), Throws.TypeOf<NetVizException>().With.Message.Contains("softmax"));
    }

    [Test]
    public void Wrong_graphs_are_refused_by_node()
    {
        NetworkInput x = Passes.Input(1);
        Refused(() => new NetworkBuilder("g", x).Build(), "'g' has no layer");
        Refused(() => new NetworkBuilder("g", x).Then(Relu("a")).Build("b"), "output 'b'");
        Refused(() => new NetworkBuilder("g", x).Add(Relu("a"), ["y"], "a"), "node 'a' (Relu)", "'y'");
        Refused(() => new NetworkBuilder("g", x).Add(Relu("a"), ["x", "x"], "a"), "node 'a' (Relu)", "2 inputs");
        Refused(() => new NetworkBuilder("g", x).Add(new Sum("s", "Add"), ["x"], "s"), "node 's' (Add)", "1 input,");
        Refused(() => new NetworkBuilder("g", x).Then(Relu("a")).Add(Relu("a"), ["x"], "b"), "node 'a'", "same name");
        Refused(() => new NetworkBuilder("g", x).Add(Relu("a"), ["x"], "t").Add(Relu("b"), ["x"], "t"), "node 'b'",
            "'t' is written twice");
    }

    [Test]
    public void Names_are_made_unique()
    {
        var builder = new NetworkBuilder("g", Passes.Input(1));
        Assert.That(builder.UniqueName("a"), Is.EqualTo("a"));
        builder.Then(Relu("a"));
        Assert.That(builder.UniqueName("a"), Is.EqualTo("a_2"));
        builder.Then(Relu("a_2"));
        Assert.That((builder.UniqueName("a"), builder.Has("a"), builder.Has("b"), builder.Has("x")),
            Is.EqualTo(("a_3", true, false, true)));
    }

    [TestCase(1, 2, 9, 8, true)]
    [TestCase(7, 2, 9, 8, true)]
    [TestCase(1, 3, 9, 8, false)]
    [TestCase(1, 2, 8, 9, false)]
    [TestCase(0, 2, 9, 8, false)]
    public void The_input_must_have_the_declared_shape(int n, int c, int h, int w, bool fits)
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Cpu(1));
        var shape = new Shape(n, c, h, w);
        if (fits) Assert.That(() => prepared.Forward(shape, new float[shape.Count]).Dispose(), Throws.Nothing);
        else Refused(() => prepared.Forward(shape, new float[shape.Count]), shape.ToString());
        Refused(() => prepared.Forward(new Shape(2, 72), new float[144]), "[N, 2, 9, 8]", "[2, 72]");
    }

    [Test]
    public void Open_axes_take_any_length()
    {
        var input = new NetworkInput("x", [null, 3, null, null]);
        Assert.That(input.ToString(), Is.EqualTo("[N, 3, ?, ?]"));
        Assert.That(input.ShapeFor(2, 224), Is.EqualTo(new Shape(2, 3, 224, 224)));
        Refused(() => input.ShapeFor(1), "'x'", "[N, 3, ?, ?]");
        using PreparedNetwork prepared = new NetworkBuilder("g", input)
            .Then(new AveragePool("average", null)).Build().On(Device.Cpu(1));
        foreach (int size in new[] { 1, 5 })
        {
            using ForwardRecord record =
                prepared.Forward(new Shape(1, 3, size, size + 1), [.. Enumerable.Repeat(2f, 3 * size * (size + 1))]);
            Assert.That(record.Scores.Values(), Is.EqualTo(new float[] { 2, 2, 2 }));
        }
    }

    [Test]
    public void Devices_have_names()
    {
        Assert.That(new[] { "auto", "cpu", "CPU", "reference", "reference64" }.Select(name => Device.Parse(name).Name),
            Is.EqualTo(new[] { "auto", "cpu", "cpu", "reference", "reference64" }));
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Parse("cpu", 3));
        Assert.That((prepared.Kernels.Name, prepared.Kernels.Threads), Is.EqualTo(("cpu", 3)));
        Refused(() => Device.Parse("cpu", -1), "-1 threads");
        Refused(() => Device.Parse("tpu"), "'tpu'", "auto, cpu, cuda");
    }

    private static void Refused(Func<object> action, params string[] parts)
    {
        NetVizException refusal = Assert.Throws<NetVizException>(() => action())!;
        foreach (string part in parts) Assert.That(refusal.Message, Does.Contain(part));
    }
}
