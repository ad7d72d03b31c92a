using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Every file of the exporter zoo that loads is written again: the same layers, the same bytes of scores and signals, and in
/// ONNX Runtime the scores that NetViz has (which ZooTests compares with ONNX Runtime on the file itself).
/// </summary>
public class ZooExportTests
{
    private static IEnumerable<ZooEntry> Loaded => ZooEntry.All.Where(entry => entry.Expectation == "loads");

    [TestCaseSource(nameof(Loaded))]
    public void A_file_of_the_zoo_comes_back_as_it_was(object found)
    {
        var entry = (ZooEntry)found;
        var options = new OnnxOptions { Size = entry.Size is [var width, var height] ? (width, height) : null };
        using var folder = new TemporaryFolder();
        string exported = folder.File("exported.onnx");
        using OnnxModel model = OnnxModel.Load(ZooEntry.PathOf(entry.File), options);
        model.Export(exported);
        using OnnxModel again = OnnxModel.Load(exported, options);
        RoundTrip.RequireSameLayers(model.Network, again.Network);
        Assert.That(again.Network.Input.Layout, Is.EqualTo(model.Network.Input.Layout));
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Cpu(2));
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Reference);

        Shape input = model.InputShape(model.Network.Input.Dimensions[0] ?? 2);
        float[] image = TestGraph.Image((int)input.Count);
        string output = model.Network.Nodes[model.Network.OutputTensor - 1].OutputName;
        (float[] expected, _) = OnnxRuntime.Run(exported, image, input.Lengths.ToArray(), output, asWritten: true);
        using PreparedNetwork cpu = model.Network.On(Device.Cpu(2));
        using ForwardRecord record = cpu.Forward(input, image, output);
        float[] values = record.Activation(output).Values();
        Assert.That(TensorPrimitives.Distance<float>(values, expected),
            Is.LessThan(1e-5 * TensorPrimitives.Norm<float>(expected)));
    }
}
