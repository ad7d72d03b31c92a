using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels.Gpu;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Networks;

/// <summary>
/// Whole networks on a GPU against the CPU back-end. From the CPU's bits and switches the rules agree to rounding; from the
/// GPU's own a few bits near zero fall the other way, which in networks of this depth is worth about 1e-3 of the signal.
/// </summary>
public sealed class NetworksOnGpuTests
{
    private const double ByRounding = 2e-5, ByBits = 1e-2;

    private static IEnumerable<TestCaseData> Cases =>
        from platform in GpuBackEnd.Platforms
        from network in (string[])["tinyvgg", "squeezenet"]
        select new TestCaseData(platform, network).SetArgDisplayNames(GpuDevices.NameOf(platform), network);

    [TestCaseSource(nameof(Cases))]
    public void Scores_and_rules_are_the_CPUs(GpuPlatform platform, string network)
    {
        using GpuKernels kernels = GpuBackEnd.Create(platform);
        (string file, string photo) = network == "tinyvgg"
            ? ("tinyvgg-10.onnx", Path.Combine("tinyvgg", "koala_1.jpeg"))
            : ("squeezenet1.0.onnx", "chelsea.png");
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", file));
        using PreparedNetwork cpu = model.Network.On(Device.Cpu()), gpu = model.Network.On(kernels);
        (float[] pixels, _) = model.RequirePreprocessing().Apply(ImageFile.Read(SharedData.PathOf("photos", photo)));
        Tensor<float> input = Numbers.Create(pixels, [.. model.InputShape(1).Lengths.ToArray().Select(length => (nint)length)]);
        using ForwardRecord expected = cpu.Forward(input), found = gpu.Forward(input), imported = gpu.Import(expected.Export());
        double scores = Difference(found.Scores, expected.Scores);
        var told = new List<string> { $"scores {scores:e1}" };
        int best = (int)Numbers.IndexOfMax<float>(expected.Scores);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores, Is.InRange(0.0, 1e-5));
            foreach (BackwardRule rule in BackwardRule.All)
            {
                Tensor<float> signal = expected.Backward(Seed.Class(best), rule);
                double rounding = Difference(imported.Backward(Seed.Class(best), rule), signal);
                Assert.That(rounding, Is.InRange(0.0, ByRounding), rule.Name);
                told.Add($"{rule.Name} {rounding:e1}");
                if (network != "tinyvgg" && rule != BackwardRule.Gradient) continue;
                double bits = Difference(found.Backward(Seed.Class(best), rule), signal);
                Assert.That(bits, Is.InRange(0.0, ByBits), $"{rule.Name} from bits of its own");
                told.Add($"from bits of its own {bits:e1}");
            }
        }

        TestContext.Out.WriteLine($"{network}: {string.Join(", ", told)}");
    }

    private static double Difference(Tensor<float> found, Tensor<float> expected) =>
        (double)Numbers.Distance<float>(found, expected) / Numbers.Norm<float>(expected);
}
