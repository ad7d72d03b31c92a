using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Networks;

/// <summary>TinyVGG on its ten clear pictures, on both back-ends.</summary>
public class TinyVggTests
{
    private static readonly (string Picture, string Class)[] Clear =
    [
        ("boat_1", "lifeboat"), ("bug_1", "ladybug"), ("bus_1", "school bus"), ("car_1", "sport car"), ("espresso_1", "espresso"),
        ("koala_1", "koala"), ("orange_1", "orange"), ("panda_1", "red panda"), ("pepper_1", "bell pepper"), ("pizza_1", "pizza"),
    ];

    [TestCase("reference")]
    [TestCase("cpu")]
    public void RecognisesAllTen(string device)
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "tinyvgg-10.onnx"));
        using PreparedNetwork network = model.Network.On(Device.Parse(device));
        foreach ((string picture, string name) in Clear)
        {
            (float[] input, _) = model.RequirePreprocessing()
                .Apply(ImageFile.Read(SharedData.PathOf("photos", "tinyvgg", $"{picture}.jpeg")));
            using ForwardRecord record = network.Forward(Numbers.Create(input, [1, 3, 64, 64]));
            int best = (int)Numbers.IndexOfMax<float>(record.Scores);
            Assert.That(model.ClassName(best), Is.EqualTo(name), picture);
        }
    }

    [Test]
    public void RulesAgreeWithFloat64()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "tinyvgg-10.onnx"));
        using PreparedNetwork cpu = model.Network.On(Device.Cpu()), reference = model.Network.On(Device.ReferenceDouble);
        (float[] input, _) = model.RequirePreprocessing()
            .Apply(ImageFile.Read(SharedData.PathOf("photos", "tinyvgg", "koala_1.jpeg")));
        using ForwardRecord record = cpu.Forward(Numbers.Create(input, [1, 3, 64, 64]));
        using ForwardRecord exact = reference.Import(record.Export());
        foreach (BackwardRule rule in BackwardRule.All)
        {
            double[] fast = [.. record.BackwardInDouble(Seed.Class(5), rule)],
                plain = [.. exact.BackwardInDouble(Seed.Class(5), rule)];
            Assert.That(TensorPrimitives.Distance<double>(fast, plain) / TensorPrimitives.Norm<double>(plain),
                Is.InRange(0.0, 1e-5), rule.Name);
        }
    }
}
