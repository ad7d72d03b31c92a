using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>
/// The memory plan never lets two live tensors share a slot: on random networks the engine gives the same bytes as a run in
/// which nothing is shared. And the cpu back-end agrees with the definition on whole networks.
/// </summary>
public class RandomNetworkTests
{
    private readonly ReachedErrors _reached = new();

    [Test]
    public void Shared_memory_gives_the_same_bytes_as_memory_of_ones_own([Range(1, 40)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        double[] images = Numbers.Normal(input.Count, network.Name);
        string[] names = [.. network.Nodes.Select(node => node.Name)];
        foreach (IKernels kernels in new IKernels[] { new CpuKernels(2), new ReferenceKernels<double>() })
        {
            using var plain = new PlainExecution(network, kernels, input, images);
            using PreparedNetwork prepared = network.On(kernels);
            using ForwardRecord record = prepared.Forward(input, images), keeping = prepared.Forward(input, images, names);
            Numbers.RequireSame(record.ScoresInDouble.Values(), plain.Activation(network.ScoreTensor), "scores");
            foreach (Node node in network.Nodes)
            {
                double[] expected = plain.Activation(node.Output);
                Assert.That(expected, Has.None.NaN, $"{node.Name} wrote all of its output");
                Assert.That(keeping.Activation(node.Name).Values().AsSpan().SequenceEqual(Numbers.Single(expected)), node.Name);
            }

            var random = new Random(seed);
            for (int k = 0; k < 6; k++)
                RequireSameWayDown(network, record, plain, k == 0 ? network.ScoreTensor : 1 + random.Next(names.Length),
                BackwardRule.All[k % 3]);
        }
    }

    [Test]
    public void The_cpu_agrees_with_the_definition_on_whole_networks([Range(1, 40)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        double[] images = Numbers.Normal(input.Count, network.Name);
        string[] names = [.. network.Nodes.Select(node => node.Name)];
        using PreparedNetwork definition = network.On(Device.ReferenceDouble), cpu = network.On(Device.Cpu(2));
        using ForwardRecord expected = definition.Forward(input, images, names), found = cpu.Forward(input, images, names);
        foreach (string name in names)
        {
            double error =
                Numbers.RelativeError(Numbers.Double(found.Activation(name).Values()),
                Numbers.Double(expected.Activation(name).Values()));
            _reached.Add("forward", error, $"{network.Name} {name}");
            Assert.That(error, Is.LessThan(1e-5), name);
        }

        // From the definition's bits and switches, since a number that falls to the other side of a kink is no error.
        using ForwardRecord same = cpu.Import(expected.Export());
        foreach (BackwardRule rule in BackwardRule.All)
        {
            double[] signal = expected.BackwardInDouble(Seed.Class(1), rule).Values();
            if (signal.All(r => r == 0)) continue;
            double error = Numbers.RelativeError(same.BackwardInDouble(Seed.Class(1), rule).Values(), signal);
            _reached.Add($"backward, {rule}", error, network.Name);
            Assert.That(error, Is.LessThan(1e-5), rule.Name);
        }
    }

    [OneTimeTearDown]
    public void Tell_the_errors_that_were_reached() => _reached.Tell();

    /// <summary>From one source to every tensor, on the way and by itself.</summary>
    private static void RequireSameWayDown(Network network, ForwardRecord record, PlainExecution plain, int source,
        BackwardRule rule)
    {
        double[] signal = Numbers.Normal(plain.Activation(source).Length, $"{network.Name} {source}");
        var seed = Seed.Signal(network.NameOf(source), Numbers.Single(signal));
        double[]?[] expected = plain.Backward(source, signal, rule);
        for (int target = 0; target < expected.Length; target++)
        {
            string to = network.NameOf(target);
            if (expected[target] is double[] signalThere)
                Numbers.RequireSame(record.BackwardInDouble(seed, rule, to).Values(), signalThere,
                $"{rule} from {network.NameOf(source)} to {to}");
            else Assert.That(() => record.Backward(seed, rule, to), Throws.TypeOf<NetVizException>(),
                $"from {network.NameOf(source)} to {to}");
        }

        if (expected[0] is null) return;
        var seen = new List<string>();
        record.Descend(seed, rule, (name, there) =>
        {
            seen.Add(name);
            Assert.That(there.Values().AsSpan().SequenceEqual(Numbers.Single(expected[network.Find(name)]!)),
                $"on the way down, at {name}");
        });
        IEnumerable<int> between = Enumerable.Range(0, expected.Length)
            .Where(t => expected[t] is not null && LeadsToInput(network, t));
        Assert.That(seen, Is.Unique.And.EquivalentTo(between.Select(network.NameOf)));
        Assert.That(seen[^1], Is.EqualTo("x"));
    }

    private static bool LeadsToInput(Network network, int tensor) =>
        tensor == 0 || network.Nodes[tensor - 1].Inputs.Any(input => LeadsToInput(network, input));
}
