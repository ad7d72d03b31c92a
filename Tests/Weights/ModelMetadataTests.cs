using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.Export;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Preprocessing, labels and the training set's mean inside an ONNX file.</summary>
public class ModelMetadataTests
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [Test]
    public void Metadata_comes_back_as_it_was()
    {
        using var folder = new TemporaryFolder();
        float[] mean = TestGraph.Image(3 * 32 * 32);
        var metadata = new ModelMetadata
        {
            Preprocessing = new PreprocessingSettings
            {
                Order = ChannelOrder.Bgr, Divisor = 1, Mean = [103.939f, 0.1f, float.Epsilon], Deviation = [0.3f, 1 / 3f, 7e-20f],
                Mode = ResizeMode.Warp, ResizeTo = (40, 36), Size = (32, 32),
            },
            Labels = Labels.Of(["zero", "Äpfel \"rot\"", "猫", "", "4", "5", "6", "7", "8", "9"], "a test"),
            TrainingMean = new TrainingMean(mean, new Shape(3, 32, 32)),
        };
        Export(metadata, folder.File("a.onnx"));
        using OnnxModel again = OnnxModel.Load(folder.File("a.onnx"));
        Assert.That(again.Preprocessing!.Source, Is.EqualTo("metadata"));
        Assert.That(again.Preprocessing.Describe(), Is.EqualTo(metadata.Preprocessing.ForInput(3, 32, 32, "").Describe()));
        Assert.That(again.Metadata.Preprocessing!.Size, Is.EqualTo((32, 32)));
        Assert.That(again.Metadata.Preprocessing.Deviation, Is.EqualTo(metadata.Preprocessing.Deviation), "every bit");
        Assert.That(again.Labels, Is.EqualTo(metadata.Labels));
        Assert.That(again.TrainingMean!.Shape, Is.EqualTo(new Shape(3, 32, 32)));
        Assert.That(again.TrainingMean.Values.ToArray(), Is.EqualTo(mean));
    }

    [Test]
    public void A_preset_and_a_mean_by_channel_come_back()
    {
        using var folder = new TemporaryFolder();
        foreach (string preset in PreprocessingPresets.Names)
        {
            var mean = new TrainingMean([1, 2.5f, 0.1f], new Shape(3));
            var metadata = new ModelMetadata { Preprocessing = PreprocessingPresets.Find(preset), TrainingMean = mean };
            Export(metadata, folder.File("a.onnx"));
            using OnnxModel again = OnnxModel.Load(folder.File("a.onnx"));
            Assert.That(again.Metadata.Preprocessing, Is.EqualTo(metadata.Preprocessing));
            Assert.That(again.TrainingMean!.Values.ToArray(), Is.EqualTo(new[] { 1, 2.5f, 0.1f }));
        }
    }

    [Test]
    public void It_counts_after_option_and_side_car_and_before_the_table()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.onnx"), ten = string.Join('\n', Enumerable.Range(0, 10).Select(i => $"class {i}"));
        string classes = folder.Write("classes.txt", ten), others = folder.Write("others.txt", ten.Replace("class", "other"));
        using (OnnxModel model = OnnxModel.Load(Vgg, new OnnxOptions { Preprocess = "torchvision", LabelsPath = classes }))
            model.Export(path);
        Assert.That(Known(), Is.EqualTo("metadata torchvision class 3"));
        folder.Write("a.netviz.json", """{"preprocessing": "caffe"}""");
        Assert.That(Known(), Is.EqualTo("side-car caffe class 3"));
        Assert.That(Known(new OnnxOptions { Preprocess = "unit", LabelsPath = others }), Is.EqualTo("option unit other 3"));

        string Known(OnnxOptions? options = null)
        {
            using OnnxModel model = OnnxModel.Load(path, options);
            return $"{model.Preprocessing!.Source} {model.Preprocessing.Name} {model.ClassName(3)}";
        }
    }

    [Test]
    public void It_comes_before_the_table_of_known_files()
    {
        // The table knows a file by its SHA-256, which an export changes: what the table said is now in the file.
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "tinyvgg-10.onnx"));
        model.Export(folder.File("a.onnx"));
        using OnnxModel again = OnnxModel.Load(folder.File("a.onnx"));
        Assert.That((model.Preprocessing!.Source, again.Preprocessing!.Source), Is.EqualTo(("known file", "metadata")));
        Assert.That((again.Preprocessing.Describe(), again.ClassName(2)), Is.EqualTo((model.Preprocessing.Describe(), "pizza")));
    }

    [Test]
    public void Labels_of_another_number_of_classes_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        string path = WithMetadata(folder, "netviz.labels", """["a", "b"]""");
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That((model.Labels, model.Metadata.Labels), Is.EqualTo(((Labels?)null, (Labels?)null)));
    }

    [Test]
    public void The_guess_that_1000_classes_are_ImageNets_is_not_written()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 4).Random("w", 4, 1000).Node("Gemm", "y", "x w").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That((model.Labels, model.Metadata.Labels), Is.EqualTo((Labels.ImageNet, (Labels?)null)));
    }

    [TestCase("netviz.preprocessing", "{", "not valid JSON")]
    [TestCase("netviz.preprocessing", "\"keras\"", "keras")]
    [TestCase("netviz.preprocessing", """{"mean": "x"}""", "mean")]
    [TestCase("netviz.labels", "\"imagenet.txt\"", "no array of names")]
    [TestCase("netviz.labels", "[1, 2]", "no array of names")]
    [TestCase("netviz.mean", "[1, \"x\"]", "no training-set mean")]
    [TestCase("netviz.mean", "7", "no training-set mean")]
    [TestCase("netviz.mean", "[]", "[C] or [C, H, W]")]
    [TestCase("netviz.mean", """{"shape": [3, 1, 1], "data": "AAAA"}""", "cut short")]
    [TestCase("netviz.mean", """{"shape": [3, 99999, 99999], "data": "AAAAAA=="}""", "[C] or [C, H, W]")]
    [TestCase("netviz.mean", """{"shape": [1, 1, 1], "data": "AADAfw=="}""", "NaN")]
    public void Metadata_that_means_nothing_is_refused_by_its_key(string key, string value, string mentions)
    {
        using var folder = new TemporaryFolder();
        string path = WithMetadata(folder, key, value);
        Assert.That(() => OnnxModel.Load(path),
            Throws.TypeOf<NetVizException>().With.Message.Contains(mentions).And.Message.Contains(key));
    }

    [Test]
    public void An_option_helps_over_metadata_that_means_nothing()
    {
        using var folder = new TemporaryFolder();
        string path = WithMetadata(folder, "netviz.preprocessing", "{");
        using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Preprocess = "unit" });
        Assert.That(model.Preprocessing!.Name, Is.EqualTo("unit"));
    }

    [Test]
    public void Metadata_of_another_network_are_not_written()
    {
        using var folder = new TemporaryFolder();
        foreach (ModelMetadata wrong in new ModelMetadata[]
        {
            new() { Labels = Labels.ImageNet },
            new() { TrainingMean = new TrainingMean([1], new Shape(1)) },
            new() { Preprocessing = new PreprocessingSettings { Order = ChannelOrder.Grey } },
        })
        {
            Assert.That(() => Export(wrong, folder.File("a.onnx")), Throws.TypeOf<NetVizException>());
            Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
        }

        string path = WithMetadata(folder, "netviz.mean", "[7]");
        Assert.That(() => OnnxModel.Load(path),
            Throws.TypeOf<NetVizException>().With.Message.Contains("has 1 channel; the model's input has 3"));
    }

    [Test]
    public void A_mean_of_a_wrong_shape_is_refused()
    {
        Assert.That(() => new TrainingMean([1, 2], new Shape(3)), Throws.TypeOf<NetVizException>());
        Assert.That(() => new TrainingMean([1, 2], new Shape(1, 2)), Throws.TypeOf<NetVizException>());
        Assert.That(() => new TrainingMean([], new Shape(0)), Throws.TypeOf<NetVizException>());
        Assert.That(() => new TrainingMean([1, float.NaN], new Shape(2)), Throws.TypeOf<NetVizException>());
    }

    private static void Export(ModelMetadata metadata, string path)
    {
        using OnnxModel model = OnnxModel.Load(Vgg);
        model.Export(path, new ExportOptions { Metadata = metadata });
    }

    private static string WithMetadata(TemporaryFolder folder, string key, string value) =>
        new TestGraph().Input("x", "N", 3, 4, 4).Random("w", 48, 5).Node("Flatten", "f", "x").Node("Gemm", "y", "f w")
            .Change((model, _) => model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value })).Write(folder);
}
