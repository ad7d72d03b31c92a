using System.Numerics.Tensors;
using NetViz.Visualisation;
using NetViz.Weights.Generation;
using NUnit.Framework;

namespace NetViz.Tests.Networks;

/// <summary>A network of VGG-16's size, 224x224, with random weights: a file of 553 MB.</summary>
public class VggTests
{
    [Test]
    public void ThreeSignalsInOneRunStayBelowThreeGigabytes()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("vgg16.onnx"), output = folder.File("out");
        VggGenerator.Write(model);
        NetvizProcess run = NetvizProcess.RunApart("saliency", RepositoryRoot.File("docs", "images", "orange.png"), "--model", model,
            "--preprocess", "torchvision", "--output", output);
        TestContext.Out.WriteLine($"{new FileInfo(model).Length / 1e6:0} MB file, {run.PeakBytes / 1e6:0} MB resident at most");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach (string rule in (string[])["gradient", "deconvnet", "guided"])
        {
            Tensor<float> signal = Npy.Read(Path.Combine(output, $"orange.{rule}.npy"));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(signal.Lengths.ToArray(), Is.EqualTo((nint[])[1, 3, 224, 224]));
                Assert.That(signal.Count(float.IsFinite), Is.EqualTo(3 * 224 * 224));
                Assert.That(signal.Count(value => value != 0), Is.Positive, rule);
            }
        }

        Assert.That(run.PeakBytes, Is.InRange(100L << 20, 3L << 30));
    }
}
