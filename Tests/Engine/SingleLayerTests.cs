using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>A layer run by itself does what it does in a whole pass, to the bit.</summary>
public class SingleLayerTests
{
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Layers_one_by_one_make_up_a_pass(Device device)
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            (Network network, Shape input) = RandomNetwork.Grow(seed);
            using PreparedNetwork prepared = network.On(device);
            string[] names = [.. network.Nodes.Select(node => node.Name)];
            using ForwardRecord record = prepared.Forward(input, Numbers.Normal(input.Count, network.Name), names);
            foreach (BackwardRule rule in BackwardRule.All)
            {
                var whole = new Dictionary<string, double[]>();
                Seed start = Seed.Class(0);
                record.DescendInDouble(start, rule, (name, signal) => whole[name] = signal.Values());
                var alone = new double[network.Nodes.Length + 1][];
                foreach (Node node in network.Nodes.Reverse())
                {
                    if (!whole.TryGetValue(node.Name, out double[]? above)) continue;
                    double[][] below = SingleLayer.Backward(record, node, rule, above);
                    for (int k = 0; k < below.Length; k++)
                    {
                        double[]? sum = alone[node.Inputs[k]];
                        alone[node.Inputs[k]] = sum is null ? below[k] : Add(device, sum, below[k]);
                    }
                }

                foreach ((string name, double[] signal) in whole.Where(s => network.Find(s.Key) != network.ScoreTensor))
                    Assert.That(alone[network.Find(name)], Is.EqualTo(signal), $"seed {seed}, {rule}, {name}");
            }

            foreach (Node node in network.Nodes.Where(node => node.Inputs.All(tensor => tensor > 0)))
            {
                Shape[] shapes = [.. node.Inputs.Select(tensor => record.ShapeOf(network.NameOf(tensor)))];
                double[][] inputs = [.. node.Inputs.Select(tensor => record.ActivationInDouble(network.NameOf(tensor)).Values())];
                Assert.That(SingleLayer.Forward(prepared, node, shapes, inputs),
                    Is.EqualTo(record.ActivationInDouble(node.Name).Values()), $"seed {seed}, {node.Name}");
            }
        }
    }

    private static double[] Add(Device device, double[] a, double[] b) =>
        [.. a.Zip(b, (x, y) => device == Device.ReferenceDouble ? x + y : (double)((float)x + (float)y))];
}
