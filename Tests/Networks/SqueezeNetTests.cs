using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Networks;

/// <summary>SqueezeNet 1.0 on 100 ImageNet pictures, and a gradient of it on two back-ends.</summary>
public class SqueezeNetTests
{
    [Test]
    public void FindsAsManyClassesAsOnnxRuntimeWithTheSamePreprocessing()
    {
        string path = SharedData.PathOf("models", "squeezenet1.0.onnx");
        string[] pictures = [.. Directory.GetFiles(SharedData.PathOf("imagenet"), "*.JPEG").Order(StringComparer.Ordinal)];
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork network = model.Network.On(Device.Cpu());
        using var session = new InferenceSession(path);
        Preprocessing preprocessing = model.RequirePreprocessing();

        int ours = 0, theirs = 0, oursTop5 = 0, agree = 0;
        double worst = 0;
        foreach (string picture in pictures)
        {
            int truth = int.Parse(Path.GetFileName(picture).AsSpan(0, 3));
            (float[] input, _) = preprocessing.Apply(ImageFile.Read(picture));
            using ForwardRecord record = network.Forward(Numbers.Create(input, [1, 3, 227, 227]));
            float[] scores = [.. record.Scores];
            using var outputs =
                session.Run([NamedOnnxValue.CreateFromTensor("data", new DenseTensor<float>(input, [1, 3, 227, 227]))]);
            float[] logits = [.. outputs.First(o => o.Name == "logits").AsEnumerable<float>()];

            int[] ranked = [.. Enumerable.Range(0, 1000).OrderByDescending(c => scores[c]).Take(5)];
            int best = Enumerable.Range(0, 1000).MaxBy(c => logits[c]);
            ours += ranked[0] == truth ? 1 : 0;
            oursTop5 += ranked.Contains(truth) ? 1 : 0;
            theirs += best == truth ? 1 : 0;
            agree += ranked[0] == best ? 1 : 0;
            double difference = TensorPrimitives.Distance<float>(scores, logits) / TensorPrimitives.Norm<float>(logits);
            Assert.That(difference, Is.InRange(0.0, 1e-5), picture); // NaN lies in no range
            worst = Math.Max(worst, difference);
        }

        TestContext.Out.WriteLine($"top-1 {ours}, ONNX Runtime {theirs}, same class {agree} of {pictures.Length}; top-5 "
            + $"{oursTop5}; largest relative difference of scores {worst:e1}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pictures, Has.Length.EqualTo(100));
            Assert.That(Math.Abs(ours - theirs), Is.LessThanOrEqualTo(2));
            Assert.That(ours, Is.GreaterThanOrEqualTo(55), "the published network finds about 65 of 100");
        }
    }

    [Test]
    public void RulesAgreeBetweenBackEndsFromTheSameBits()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "squeezenet1.0.onnx"));
        using PreparedNetwork cpu = model.Network.On(Device.Cpu()), reference = model.Network.On(Device.Reference);
        (float[] input, _) = model.RequirePreprocessing()
            .Apply(ImageFile.Read(RepositoryRoot.File("docs", "images", "orange.png")));
        using ForwardRecord record = cpu.Forward(Numbers.Create(input, [1, 3, 227, 227]));
        using ForwardRecord same = reference.Import(record.Export());
        foreach (BackwardRule rule in BackwardRule.All)
        {
            float[] fast = [.. record.Backward(Seed.Class(950), rule)], plain = [.. same.Backward(Seed.Class(950), rule)];
            double norm = TensorPrimitives.Norm<float>(plain),
                relative = TensorPrimitives.Distance<float>(fast, plain) / Math.Max(norm, 1e-30f);
            TestContext.Out.WriteLine($"{rule}: norm {norm:g4}, relative difference {relative:e1}");
            Assert.That(relative, Is.InRange(0.0, 1e-5), rule.Name);
        }
    }
}
