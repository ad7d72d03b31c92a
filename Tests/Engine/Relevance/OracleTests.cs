using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Relevance;

/// <summary>
/// Relevance by every rule against what zennit computes in float64 on four networks; class activation maps and DeepLIFT against
/// captum.
/// <para>
/// In the network with batch normalisation zennit 0.5.1 stops short of itself: having merged a normalisation it leaves an
/// identity behind that still divides by sqrt(1 + 1e-5), so its scores, and its relevance, are off by 5e-6 a layer. Its signals
/// are compared with those of a network whose normalisations do the same; excitation-backprop, which hooks no normalisation, has
/// the factor in its relevance too.
/// </para>
/// </summary>
public class OracleTests
{
    private const double LeftBehind = 0.99999500003749969; // 1 / sqrt(1 + 1e-5)

    private static readonly string[] Rules =
    [
        "epsilon", "epsilon-0.25", "gamma", "z-plus", "alpha2-beta1", "w-square", "flat", "epsilon-gamma-box", "epsilon-plus",
        "epsilon-plus-flat", "epsilon-alpha2-beta1", "epsilon-alpha2-beta1-flat", "excitation-backprop",
    ];

    private static IEnumerable<TestCaseData> Networks => SharedData.CasesOf(name => name.EndsWith(".onnx", StringComparison.Ordinal), "oracles");

    [TestCaseSource(nameof(Networks))]
    public void In_double_every_signal_is_the_oracles(string file) => Compare(file, Device.ReferenceDouble, 1e-9);

    [TestCaseSource(nameof(Networks))]
    public void On_the_processor_every_signal_is_the_oracles(string file) => Compare(file, Device.Cpu(2), 1e-5);

    [TestCaseSource(nameof(Networks))]
    [Category(GpuCategoryAttribute.Gpu)]
    public void By_OpenCL_every_signal_is_the_oracles(string file)
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
        Tensor<float> input = Npy.Read(At("input.npy"));
        void Near(string name, Tensor<double> found, double factor = 1)
        {
            double[] expected = Npy.ReadDouble(At($"{name}.npy")).ToArray();
            double apart = Math.Sqrt(found.Zip(expected, (a, b) => (factor * a - b) * (factor * a - b)).Sum() / expected.Sum(b => b * b));
            TestContext.Out.WriteLine($"{stem} {name}: {apart:e2}");
            Assert.That(apart, Is.LessThan(limit), name);
        }

        Assert.Multiple(() =>
        {
            int normalisations = model.Network.Nodes.Count(node => node.Layer is Affine);
            Network asZennit = normalisations == 0 ? model.Network : model.Network.WithLayers(Shortened);
            using (PreparedNetwork prepared = asZennit.On(device))
            using (ForwardRecord record = prepared.Forward(input))
            {
                foreach (string name in Rules)
                {
                    BackwardRule rule = BackwardRule.Parse("lrp." + name.Replace("epsilon-0", "epsilon:0")).WithBox(box);

                    // Its denominators do not have the factor, which a large stabiliser shows.
                    if (normalisations > 0 && name == "epsilon-0.25")
                        rule = rule.With(layer => layer is Conv, new EpsilonRule(0.25 * LeftBehind));
                    Near($"lrp.{name}", record.BackwardInDouble(Seed.Classes(target), rule),
                        name == "excitation-backprop" ? Math.Pow(LeftBehind, normalisations) : 1);
                }
            }

            using (PreparedNetwork prepared = model.Network.On(device))
            {
                string layer = ClassActivationMap.DefaultLayer(model.Network, new(2, 3, 32, 32));
                using ForwardRecord record = prepared.Forward(input, layer);
                var cam = ClassActivationMap.Of(record, target, layer);
                Near("grad-cam.last-conv", cam.Values);
                Near("grad-cam.last-conv.signed", ClassActivationMap.Of(record, target, layer, isRectified: false).Values);
                Near("guided-grad-cam.last-conv", cam.Guided(record, target));
                if (!File.Exists(At("deep-lift.zero.npy"))) return; // captum takes no network that uses a module twice
                Near("deep-lift.zero", DeepLift.Of(record, input, target).Values);
                double[] baseline = Npy.ReadDouble(At("baseline.npy")).ToArray();
                Near("deep-lift.baseline", DeepLift.Of(record, input, target, [.. baseline, .. baseline]).Values);
            }
        });
    }

    private static Layer Shortened(Layer layer) => layer is not Affine affine ? layer
        : new Affine(affine.Name, affine.Operator, affine.Scale, affine.ScaleShape, affine.Shift, affine.ShiftShape)
        {
            ExactScale = Array.ConvertAll(affine.ExactScale.ToArray(), value => value * LeftBehind),
            ExactShift = Array.ConvertAll(affine.ExactShift.ToArray(), value => value * LeftBehind),
        };
}
