using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>
/// Traces and radii of every network of the exporter zoo that loads: all layouts, branches and operators that files bring.
/// </summary>
public class ZooProofsTests
{
    // Operations of one pass: the reference back-end, which the radius needs, takes milliseconds for so many.
    private const long SmallEnough = 2_000_000;

    private static IEnumerable<ZooEntry> Loaded => ZooEntry.All.Where(entry => entry.Expectation == "loads");

    [TestCaseSource(nameof(Loaded))]
    public void Its_numbers_add_up_and_its_radius_holds(object found)
    {
        var entry = (ZooEntry)found;
        var options = new OnnxOptions { Size = entry.Size is [var width, var height] ? (width, height) : null };
        using OnnxModel model = OnnxModel.Load(ZooEntry.PathOf(entry.File), options);
        Network network = model.Network;
        Shape shape = model.InputShape(network.Input.Dimensions[0] ?? 1);
        double[] image = Numbers.Normal(shape.Count, entry.File);
        string scores = network.NameOf(network.ScoreTensor), input = network.NameOf(0);
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(shape, image, Trace.Below(network, scores));
        IEnumerable<TraceStep> steps = BackwardRule.All
            .SelectMany(rule => Trace.Backward(record, Seed.Class(0), rule, input))
            .Concat(Trace.Forward(record, image, scores));
        foreach (TraceStep step in steps)
            Assert.That(step.AddsUp, $"{step.Tensor}: {step.Sum} is not {step.Engine}, {step.BoundRule}");

        long operations = network.Nodes.Sum(node =>
            node.Layer.Operations([.. node.Inputs.Select(tensor => record.ShapeOf(network.NameOf(tensor)))]));
        if (shape.N != 1 || operations > SmallEnough) return;
        LinearRegionResult radius = LinearRegion.Find(network, shape, image, 0, Numbers.Normal(shape.Count, "along"));
        Assert.That(radius.Holds);
        foreach (RadiusSide side in radius.Sides)
        {
            double slope = side.Sign * radius.GradientSlope;
            if (side.AtOnce == 0) Assert.That(side.Slope, Is.EqualTo(slope).Within(1e-10 * radius.GradientNorm));
        }
    }
}
