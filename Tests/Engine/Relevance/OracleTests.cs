using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels.Gpu;
using NetViz.Tests.Kernels;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Relevance;

/// <summary>Relevance by every rule against what zennit computes in float64, on four networks.</summary>
public class OracleTests
{
    private static readonly string[] Rules =
    [
        "epsilon", "epsilon-0.25", "gamma", "z-plus", "alpha2-beta1", "w-square", "flat", "epsilon-gamma-box", "epsilon-plus",
        "epsilon-plus-flat", "epsilon-alpha2-beta1", "epsilon-alpha2-beta1-flat", "excitation-backprop",
    ];

    private static IEnumerable<TestCaseData> Networks => SharedData.CasesOf(name => name.EndsWith(".onnx"), "oracles");

    [TestCaseSource(nameof(Networks))]
    public void In_double_every_signal_is_zennits(string file) => Compare(file, Device.ReferenceDouble, 1e-9);

    [TestCaseSource(nameof(Networks))]
    public void On_the_processor_every_signal_is_zennits(string file) => Compare(file, Device.Cpu(2), 1e-5);

    [TestCaseSource(nameof(Networks))]
    [Category(GpuCategoryAttribute.Gpu)]
    public void By_OpenCL_every_signal_is_zennits(string file)
    {
        GpuBackEnd.Require(GpuPlatform.OpenCL);
        Compare(file, GpuBackEnd.DeviceOf(GpuPlatform.OpenCL), 1e-5);
    }

    private static void Compare(string file, Device device, double limit)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        string At(string name) => SharedData.PathOf("oracles", $"{stem}.{name}");
        using JsonDocument facts = JsonDocument.Parse(File.ReadAllText(At("json")));
        int[] target = [.. facts.RootElement.GetProperty("target").EnumerateArray().Select(c => c.GetInt32())];
        var box = new RelevanceBox([facts.RootElement.GetProperty("low").GetDouble()],
            [facts.RootElement.GetProperty("high").GetDouble()], "given");
        using OnnxModel model = OnnxModel.Load(At("onnx"));
        using PreparedNetwork prepared = model.Network.On(device);
        using ForwardRecord record = prepared.Forward(Npy.Read(At("input.npy")));
        Assert.Multiple(() =>
        {
            foreach (string name in Rules)
            {
                BackwardRule rule = BackwardRule.Parse("lrp." + name.Replace("epsilon-0", "epsilon:0")).WithBox(box);
                double[] found = record.BackwardInDouble(Seed.Classes(target), rule).ToArray(), expected = Npy.ReadDouble(At($"lrp.{name}.npy")).ToArray();
                double apart = Math.Sqrt(found.Zip(expected, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(b => b * b));
                TestContext.Out.WriteLine($"{stem} {name}: {apart:e2}");
                Assert.That(apart, Is.LessThan(limit), name);
            }
        });
    }
}
