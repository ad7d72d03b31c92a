using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>What the options of the GPU back-end choose.</summary>
public class GpuOptionTests
{
    private static readonly Window Window = ConvTable.Pad(new Window(3, 3), 1);

    [TestCase(64, 64, ConvAlgorithm.Auto, ConvAlgorithm.Winograd)]
    [TestCase(64, 63, ConvAlgorithm.Auto, ConvAlgorithm.Direct)]
    [TestCase(3, 64, ConvAlgorithm.Auto, ConvAlgorithm.Direct)]
    [TestCase(3, 5, ConvAlgorithm.Winograd, ConvAlgorithm.Winograd)]
    [TestCase(64, 64, ConvAlgorithm.Direct, ConvAlgorithm.Direct)]
    public void Channels_choose_the_algorithm(int c, int o, ConvAlgorithm asked, ConvAlgorithm chosen)
    {
        using GpuKernels kernels = GpuBackEnd.Create(GpuPlatform.OpenCL, new GpuOptions { Algorithm = asked });
        using PreparedWeights weights = kernels.PrepareConv(c, 1, Window, new float[o * c * 9], default);
        Assert.That(weights.AlgorithmDown, Is.EqualTo(chosen));
    }

    [Test]
    public void Other_windows_and_the_naive_form_are_direct()
    {
        using GpuKernels kernels = GpuBackEnd.Create(GpuPlatform.OpenCL, new GpuOptions { Algorithm = ConvAlgorithm.Winograd }),
            naive = GpuBackEnd.Create(GpuPlatform.OpenCL, new() { Algorithm = ConvAlgorithm.Winograd, Form = ProductForm.Naive });
        Assert.That(kernels.UsesWinograd(new ConvGeometry(1, 64, 9, 9, 64, 1, ConvTable.Stride(Window, 2))), Is.False);
        Assert.That(kernels.UsesWinograd(new ConvGeometry(1, 64, 9, 9, 64, 1, ConvTable.Dilate(Window, 2))), Is.False);
        Assert.That(kernels.UsesWinograd(new ConvGeometry(1, 64, 9, 9, 64, 2, Window)), Is.False);
        Assert.That(naive.UsesWinograd(new ConvGeometry(1, 64, 9, 9, 64, 1, Window)), Is.False);
    }

    /// <summary>A batch whose tiles do not fit at once is taken in parts, with the same result.</summary>
    [Test]
    public void Parts_of_a_batch_give_the_same_bytes()
    {
        Operation operation = ConvTable.Conv("in parts", 3, 5, 29, 26, 7, Window);
        var options = new GpuOptions { Algorithm = ConvAlgorithm.Winograd };
        using GpuKernels whole = GpuBackEnd.Create(GpuPlatform.OpenCL, options),
            parts = GpuBackEnd.Create(GpuPlatform.OpenCL, options);
        parts.WinogradFloats = 1;
        Outcome expected = operation.Run(whole), found = operation.Run(parts);
        Numbers.RequireSame(found.Output, expected.Output, "forward");
        Numbers.RequireSame(found.InputSignals[0], expected.InputSignals[0], "backward");
    }

    [TestCase("cpu")]
    [TestCase("reference")]
    public void Processors_refuse_TF32(string device) =>
        Assert.That(() => Device.Parse(device, precision: GpuPrecision.Tf32), Throws.TypeOf<NetVizException>().With.Message
            .StartsWith($"`Precision` tf32 needs a card that has tensor cores; {device} has none"));

    [Test]
    public void OpenCL_refuses_TF32() =>
        Assert.That(() => GpuBackEnd.Create(GpuPlatform.OpenCL, new GpuOptions { Precision = GpuPrecision.Tf32 }),
            Throws.TypeOf<DeviceException>().With.Message.Contains("no tensor cores"));
}
