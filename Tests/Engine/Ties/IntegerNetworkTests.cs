using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Ties;

/// <summary>
/// Networks of small integers: every sum is exact in float32, and so many are equal, or exactly 0, that hardly a window is
/// without a tie. On every back-end all decisions and all signals are those of the definition, without a margin and without a
/// tolerance.
/// </summary>
public class IntegerNetworkTests
{
    private static IEnumerable<TestCaseData> BackEnds =>
        from device in Devices.All
        let name = ((Device)device.Arguments[0]!).Name
        where name != Device.ReferenceDouble.Name
        from seed in Enumerable.Range(1, name == "cpu" ? 12 : 3)
        select new TestCaseData(device.Arguments[0], seed).SetArgDisplayNames(name, $"{seed}");

    [TestCaseSource(nameof(BackEnds))]
    public void Decisions_and_signals_are_those_of_the_definition(Device device, int seed)
    {
        (Network network, Shape input) = Grow(seed);
        double[] images = Integers(input.Count, seed, 3);
        using PreparedNetwork prepared = network.On(device), definition = network.On(Device.ReferenceDouble);
        using ForwardRecord found = prepared.Forward(input, images), expected = definition.Forward(input, images);
        Assert.That(found.ScoresInDouble.Values(), Is.EqualTo(expected.ScoresInDouble.Values()));
        foreach ((PortableLayer here, PortableLayer there) in found.Export().Layers.Zip(expected.Export().Layers))
        {
            Assert.That(here.Bits, Is.EqualTo(there.Bits), $"bits of {here.Layer}");
            Assert.That(here.Switches, Is.EqualTo(there.Switches), $"switches of {here.Layer}");
        }

        foreach (BackwardRule rule in BackwardRule.All)
        {
            double[] plain = expected.BackwardInDouble(Seed.Class(1), rule).Values();
            double[] signal = found.BackwardInDouble(Seed.Class(1), rule).Values();
            double largest = plain.Max(Math.Abs);
            for (int i = 0; i < plain.Length; i++)
                Assert.That(signal[i], Is.EqualTo(plain[i]).Within(1e-5 * largest), $"{rule.Name} at {i}");
        }
    }

    /// <summary>Channels enough for the transforms on processors (16) and, in some networks, on cards (64).</summary>
    private static (Network Network, Shape Input) Grow(int seed)
    {
        var random = new Random(seed);
        int channels = random.Next(3) == 0 ? 64 : 16 + random.Next(3) * 8, size = 12 + random.Next(9);
        var input = new Shape(1 + random.Next(3), 3, size, size + random.Next(5));
        var builder = new NetworkBuilder($"integers {seed}", new NetworkInput("x", [null, 3, input.H, input.W]));
        builder.Then(Conv("conv1", 3, channels, random)).Then(Rectifier("relu1", random));
        builder.Then(Conv("conv2", channels, channels, random)).Then(Rectifier("relu2", random));
        builder.Then(new MaxPool("pool1", Pool(random)));
        builder.Then(Conv("conv3", channels, channels, random)).Then(Rectifier("relu3", random));
        builder.Then(new MaxPool("pool2", random.Next(3) == 0 ? null : Pool(random)));
        Network trunk = builder.Build();
        Shape last = trunk.InferShapes(input)[^1];
        int terms = checked((int)(last.Count / last.N));
        builder.Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", Numbers.Single(Integers(terms * 4, seed + 1000, 1)), terms, 4, false, default));
        return (builder.Build(), input);
    }

    private static Layer Rectifier(string name, Random random) => random.Next(4) switch
    {
        0 => new LeakyRelu(name, 0.5f),
        1 => new Clip(name, 0f, 6f),
        _ => new Relu(name),
    };

    private static Window Pool(Random random) => random.Next(3) switch
    {
        0 => new Window(3, 3) { StrideH = 2, StrideW = 2 },
        1 => new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 },
        _ => new Window(2, 2) { StrideH = 2, StrideW = 2 },
    };

    /// <summary>Few weights are not 0, so that sums stay small and tie often.</summary>
    private static Conv Conv(string name, int c, int o, Random random)
    {
        var weight = new float[o * c * 9];
        for (int filter = 0; filter < o; filter++)
        for (int k = 0; k < 5; k++) weight[filter * c * 9 + random.Next(c * 9)] = random.Next(2) * 2 - 1;
        float[] bias = [.. Enumerable.Range(0, o).Select(_ => (float)(random.Next(3) - 1))];
        return new Conv(name, weight, new Shape(o, c, 3, 3), bias,
            new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 });
    }

    private static double[] Integers(long count, int seed, int largest)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, checked((int)count)).Select(_ => (double)(random.Next(2 * largest + 1) - largest))];
    }
}
