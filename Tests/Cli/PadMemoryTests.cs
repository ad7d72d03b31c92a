using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>What a pass over a Pad takes at most, in a process of its own, is what was planned before it ran.</summary>
public class PadMemoryTests : InTemporaryFolder
{
    // The processor keeps channels in blocks of sixteen, and pads on row-major copies of both tensors.
    [TestCase(0, 150, 0)]
    [TestCase(3, 100, 1)]
    [TestCase(0, 7, 300)]
    public void A_pad_over_channels_takes_no_more_than_was_planned(int before, int after, int columns)
    {
        const int Side = 512;
        string Graph(int first, int last, int right) => new TestGraph().Input("x", "N", 3, Side, Side)
            .Integers("p", 0, first, 0, 0, 0, last, 0, right).Node("Pad", "a", "x p").Node("Relu", "b", "a")
            .Node("GlobalAveragePool", "c", "b").Node("Flatten", "y", "c").Write(Folder);
        string image = Folder.File("x.npy");
        Npy.Write(image, Tensor.Create(TestGraph.Image(3 * Side * Side), [1, 3, Side, Side]));
        (long small, double plannedSmall) = Measure(Graph(0, 0, 0), image);
        (long large, double plannedLarge) = Measure(Graph(before, after, columns), image);
        using (Assert.EnterMultipleScope())
        {
            // In both the runtime and the program are the same; pages that were given back may have come anew.
            Assert.That(large - small, Is.LessThan(1.05 * (plannedLarge - plannedSmall) + 20e6));
            Assert.That(plannedLarge, Is.GreaterThan(1.4 * plannedSmall));
            Assert.That(large - small, Is.GreaterThan((plannedLarge - plannedSmall) / 4), "it is the pass that is measured");
        }
    }

    private (long Bytes, double Planned) Measure(string model, string image)
    {
        string output = Folder.File("out");
        double planned;
        using (OnnxModel loaded = OnnxModel.Load(model))
            planned = ResourceDemand.Of(loaded.Network, loaded.InputShape(1)).Bytes;
        NetvizProcess run = NetvizProcess.RunApart("saliency", image, "--rule", "gradient", "--output", output, "--model", model,
            "--device", "cpu", "--threads", "1", "--quiet");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return (run.PeakBytes, planned);
    }
}
