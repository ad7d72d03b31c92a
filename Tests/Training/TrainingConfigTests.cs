using NetViz.Engine;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class TrainingConfigTests
{
    [Test]
    public void A_file_says_what_it_changes()
    {
        TrainingConfig config = TrainingConfig.Parse("""
            {
              // stages of 3x3 convolutions
              "architecture": { "stages": [[8], [16, 16]], "hidden": [32], "inputSize": 32, "dropout": 0.25 },
              "epochs": 7, "averageDecay": 0.99, "seed": 18446744073709551615,
              "augmentation": { "flip": 0.5, "minCropArea": 0.5 }
            }
            """, "a.json");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.Architecture.Stages, Is.EqualTo((int[][])[[8], [16, 16]]));
            Assert.That(config.Architecture.Hidden, Is.EqualTo((int[])[32]));
            Assert.That((config.Epochs, config.AverageDecay, config.Seed), Is.EqualTo((7, 0.99, ulong.MaxValue)));
            Assert.That(config.Batch, Is.EqualTo(new TrainingConfig().Batch));
            Assert.That((config.Augmentation.Flip, config.Augmentation.MinCropArea), Is.EqualTo((0.5, 0.5)));
        }
    }

    [Test]
    public void What_was_written_is_read()
    {
        var config = new TrainingConfig { Mixup = 0.2, Epochs = 3, Seed = 5 };
        TrainingConfig read = TrainingConfig.Parse(config.ToJson(), "a.json");
        Assert.That(read.DifferencesFrom(config), Is.Empty);
        Assert.That(read.ToJson(), Is.EqualTo(config.ToJson()));
        Assert.That(config.ToJson(), Does.Not.Contain("\"mean\"").And.Not.Contain("\"width\""));
    }

    [TestCase("""{ "epoch": 3 }""", "a.json: there is no member \"epoch\" (known are architecture, epochs")]
    [TestCase("""{ "architecture": { "depth": 3 } }""", "there is no member \"architecture.depth\"")]
    [TestCase("""{ "augmentation": { "rotate": 3 } }""", "there is no member \"augmentation.rotate\"")]
    [TestCase("""{ "augmentation": { "mean": [0, 0, 0] } }""", "there is no member \"augmentation.mean\"")]
    [TestCase("""{ "augmentation": { "flip": 2 } }""", "flip 2; 0 to 1")]
    [TestCase("""{ "epochs": 2.5 }""", "epochs")]
    [TestCase("""{ "epochs": 0 }""", "a.json: \"epochs\" is 0; 1 to 100000")]
    [TestCase("""{ "clip": -1 }""", "\"clip\" is -1; at least 0")]
    [TestCase("""{ "momentum": 1 }""", "\"momentum\" is 1")]
    [TestCase("""{ "warmupEpochs": 41 }""", "\"warmupEpochs\" is 41; 0 to 40")]
    [TestCase("""{ "architecture": { "stages": [] } }""", "no \"stages\"")]
    [TestCase("""{ "architecture": { "stages": [[4, 0]] } }""", "\"stages\" holds 0")]
    [TestCase("""{ "architecture": { "stages": [[4], []] } }""", "no convolution")]
    [TestCase("""{ "architecture": { "stages": [[4], null] } }""", "no convolution")]
    [TestCase("""{ "architecture": { "stages": [[4], [4]], "inputSize": 2 } }""", "2 stages halve")]
    [TestCase("""{ "architecture": { "stages": [[4]], "dropout": 1 } }""", "\"dropout\" is 1")]
    [TestCase("""{ "architecture": { "stages": [[4]], "inputChannels": 1 } }""", "\"inputChannels\" is 1")]
    [TestCase("""{ "architecture": null }""", "not null")]
    [TestCase("null", "not null")]
    [TestCase("[1]", "a.json is no training configuration")]
    [TestCase("", "a.json is no training configuration")]
    [TestCase("""{ "epochs": 3 """, "a.json is no training configuration")]
    public void What_is_wrong_is_named(string json, string message) =>
        Assert.That(() => TrainingConfig.Parse(json, "a.json"),
            Throws.TypeOf<NetVizException>().With.Message.Contains(message).And.Message.StartsWith("a.json"));

    [Test]
    public void Differences_are_named_with_both_values()
    {
        var config = new TrainingConfig();
        TrainingConfig other = config with
        {
            LearningRate = 0.25, Augmentation = config.Augmentation with { Flip = 0 }, Architecture = VggArchitecture.OfWidth(16),
        };
        Assert.That(config.DifferencesFrom(other), Is.EquivalentTo((string[])[
            "architecture.stages [[32,32],[64,64],[128,128],[256,256]] and [[16,16],[32,32],[64,64],[128,128]]",
            "architecture.hidden [512] and [256]", "learningRate 0.05 and 0.25", "augmentation.flip 0.5 and 0"]));
    }

    [Test]
    public void Classes_are_those_of_the_pictures()
    {
        var config = new TrainingConfig();
        Assert.That(config.For(["a", "b", "c"]).Architecture.Classes, Is.EqualTo(3));
        Assert.That(() => (config with { Architecture = config.Architecture with { Classes = 4 } }).For(["a", "b", "c"]),
            Throws.TypeOf<NetVizException>().With.Message.StartsWith("the architecture has 4 classes, the pictures have 3"));
    }
}
