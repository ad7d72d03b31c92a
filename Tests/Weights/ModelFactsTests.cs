using NetViz.Engine;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class ModelFactsTests
{
    [Test]
    public void A_side_car_lies_beside_its_model() =>
        Assert.That(ModelFacts.SideCarOf("a/b.c.onnx"), Is.EqualTo("a/b.c.netviz.json"));

    [Test]
    public void Every_known_file_has_preprocessing_and_labels()
    {
        Assert.That(KnownModels.Count, Is.GreaterThan(40));
        foreach (ModelFacts facts in KnownModels.All)
            Assert.That((facts.Preprocessing, facts.Labels), Is.Not.EqualTo((default(PreprocessingSettings), default(Labels))));
    }

    [Test]
    public void Numbers_override_a_preset()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m.netviz.json", """
            {
              "preprocessing": { "preset": "torchvision", "channels": "bgr", "resize": "warp",
                  "resizeTo": [300, 280], "mean": 0.5, "size": 96 },
              "labels": ["cat", "dog"]
            }
            """);
        ModelFacts facts = ModelFacts.Read(path);
        Preprocessing preprocessing = facts.Preprocessing!.ForInput(3, 224, 224, "side-car");
        Assert.That(preprocessing.Describe(), Is.EqualTo(
            "custom: 224x224 BGR / 255, mean (0.5, 0.5, 0.5), deviation (0.229, 0.224, 0.225), warp to 300x280, centre crop"));
        Assert.That(facts.Preprocessing.Size, Is.EqualTo((96, 96)));
        Assert.That(facts.Labels, Is.EqualTo(new[] { "cat", "dog" }));
    }

    [Test]
    public void Labels_may_lie_in_a_file_of_the_folder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("names.txt", "cat\ndog\n");
        Assert.That(ModelFacts.Read(folder.Write("m.netviz.json", """{"labels": "names.txt"}""")).Labels,
            Is.EqualTo(new[] { "cat", "dog" }));
        Assert.That(ModelFacts.Read(folder.Write("n.netviz.json", """{"labels": "ImageNet"}""")).Labels, Has.Count.EqualTo(1000));
    }

    [TestCase("""{"preprocesing": "caffe"}""", "preprocesing")]
    [TestCase("""{"preprocessing": "cafe"}""", "torchvision, caffe-vgg")]
    [TestCase("""{"preprocessing": 7}""", "7")]
    [TestCase("""{"preprocessing": {"channels": "CMYK"}}""", "Rgb, Bgr, Grey")]
    [TestCase("""{"preprocessing": {"deviation": [1, 0, 1]}}""", "a positive number")]
    [TestCase("""{"preprocessing": {"mean": [1, 2, 3, 4]}}""", "array of up to 3")]
    [TestCase("""{"preprocessing": {"mean": "much"}}""", "a number")]
    [TestCase("""{"preprocessing": {"resizeTo": -3}}""", "positive whole number")]
    [TestCase("""{"preprocessing": {"crop": 1}}""", "crop")]
    [TestCase("""{"labels": "../secret.txt"}""", "not inside")]
    [TestCase("""{"labels": 3}""", "text")]
    [TestCase("""[]""", "an object")]
    [TestCase("""{"labels": """, "not valid JSON")]
    public void A_wrong_side_car_is_refused_with_its_name(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m.netviz.json", json);
        var error = Assert.Throws<NetVizException>(() => ModelFacts.Read(path));
        Assert.That(error!.Message, Does.Contain(expected));
    }
}
