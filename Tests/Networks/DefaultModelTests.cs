using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Training;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Samples;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Networks;

/// <summary>The network that ships with the project.</summary>
public sealed class DefaultModelTests
{
    private const int Batch = 100;

    [Test]
    public void It_is_as_good_on_the_validation_set_as_its_card_says_here_and_in_OnnxRuntime()
    {
        LabelledSet set = LabelledSet.Open(SharedData.PathOf("tiny-imagenet-50.tar.gz"));
        LabelledImages pictures = set.Load("val", 64, 64);
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        using PreparedNetwork network = model.Network.On(Device.Cpu());
        Preprocessing preprocessing = model.RequirePreprocessing();
        Assert.That(model.Labels!, Is.EqualTo(set.ClassNames));
        string scores = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;

        int ours = 0, theirs = 0, oursTop5 = 0, agree = 0;
        for (int first = 0; first < pictures.Count; first += Batch)
        {
            float[] input = [.. Enumerable.Range(first, Batch).SelectMany(i =>
                preprocessing.Apply(new Photo(64, 64, pictures.Pixels(i).ToArray())).Input)];
            using ForwardRecord record = network.Forward(Numbers.Create(input, [Batch, 3, 64, 64]));
            float[] found = [.. record.Scores];
            (float[] peer, _) = OnnxRuntime.Run(DefaultModel.Path, input, [Batch, 3, 64, 64], scores);
            double difference = TensorPrimitives.Distance<float>(found, peer) / TensorPrimitives.Norm<float>(peer);
            Assert.That(difference, Is.InRange(0.0, 1e-5));
            for (int i = 0; i < Batch; i++)
            {
                int truth = pictures.Class(first + i);
                ReadOnlySpan<float> row = found.AsSpan(50 * i, 50);
                int best = TensorPrimitives.IndexOfMax(row), above = 0;
                int bestOfPeer = TensorPrimitives.IndexOfMax<float>(peer.AsSpan(50 * i, 50));
                foreach (float score in row) above += score > row[truth] ? 1 : 0;
                ours += best == truth ? 1 : 0;
                oursTop5 += above < 5 ? 1 : 0;
                theirs += bestOfPeer == truth ? 1 : 0;
                agree += best == bestOfPeer ? 1 : 0;
            }
        }

        TestContext.Out.WriteLine($"top-1 {ours}, ONNX Runtime {theirs}, top-5 {oursTop5}, same class {agree}, of "
            + $"{pictures.Count}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pictures.Count, Is.EqualTo(2500));
            Assert.That(agree, Is.GreaterThanOrEqualTo(2499), "a tie may fall either way");
            Assert.That(Math.Abs(ours - theirs), Is.LessThanOrEqualTo(1));
            Assert.That(ours, Is.GreaterThanOrEqualTo(0.65 * 2500));
            Assert.That(oursTop5, Is.GreaterThanOrEqualTo(0.88 * 2500));
        }
    }

    [Test]
    public void It_knows_the_samples()
    {
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        using PreparedNetwork network = model.Network.On(Device.Cpu());
        var wrong = new List<string>();
        foreach (SampleScene scene in SampleScenes.All)
        {
            (float[] input, _) = model.RequirePreprocessing().Apply(SampleScenes.Read(scene));
            using ForwardRecord record = network.Forward(Numbers.Create(input, [1, 3, 64, 64]));
            string found = model.Labels![TensorPrimitives.IndexOfMax<float>([.. record.Scores])];
            if (found != scene.ClassName) wrong.Add($"{scene.Name}: {found}");
        }

        Assert.That(wrong, Is.Empty);
        Assert.That(SampleScenes.All, Has.Count.GreaterThanOrEqualTo(6));
    }

    [Test]
    public void Its_file_is_small_and_says_how_it_was_trained()
    {
        Assert.That(new FileInfo(DefaultModel.Path), Has.Length.LessThanOrEqualTo(16_000_000));
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        Assert.That(model.Metadata.TrainingMean, Is.Not.Null);
        TrainingConfig config = TrainingConfig.Parse(
            File.ReadAllText(RepositoryRoot.File("Weights", "Default", "netviz-vgg.json")), "netviz-vgg.json");
        int epochs = File.ReadAllLines(RepositoryRoot.File("Weights", "Default", "netviz-vgg.training.jsonl")).Length;
        Assert.That(epochs, Is.EqualTo(config.Epochs));
    }
}
