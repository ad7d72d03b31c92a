using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>A model with what belongs to it: input size, preprocessing, labels, identity.</summary>
public class OnnxModelTests
{
    [Test]
    public void A_known_file_brings_preprocessing_and_labels()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "squeezenet1.0.onnx"));
        Assert.That(model.RequirePreprocessing().Describe(), Does.StartWith("caffe: 227x227 BGR"));
        Assert.That(model.Preprocessing!.Source, Is.EqualTo("known file"));
        Assert.That((model.ClassCount, model.FindClass("tabby"), model.ClassName(281)), Is.EqualTo((1000, 281, "tabby")));
        Assert.That(model.Network.NameOf(model.Network.ScoreTensor), Is.EqualTo("flatten").Or.EqualTo("logits"));
        Assert.That(model.Network.Sha256, Is.EqualTo("5c7bb2f12186df6104f427b95021d246d56ff5bd055445bf274a16e8581467db"));
    }

    [Test]
    public void A_side_car_comes_before_the_table_and_an_option_before_both()
    {
        using var folder = new TemporaryFolder();
        File.Copy(SharedData.PathOf("models", "tinyvgg-10.onnx"), folder.File("m.onnx"));
        Assert.That(Source(), Is.EqualTo("known file unit"));
        folder.Write("m.netviz.json", """{"preprocessing": "torchvision"}""");
        Assert.That(Source(), Is.EqualTo("side-car torchvision"));
        Assert.That(Source(new OnnxOptions { Preprocess = "caffe" }), Is.EqualTo("option caffe"));
        string json = folder.Write("other.json", """{"preprocessing": {"divisor": 1}}""");
        Assert.That(Source(new OnnxOptions { Preprocess = json }), Is.EqualTo("option custom"));

        string Source(OnnxOptions? options = null)
        {
            using OnnxModel model = OnnxModel.Load(folder.File("m.onnx"), options);
            Assert.That(model.Labels![2], Is.EqualTo("pizza"), "labels are still those of the table");
            return $"{model.Preprocessing!.Source} {model.Preprocessing.Name}";
        }
    }

    [Test]
    public void Without_any_knowledge_presets_are_listed()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(Classifier(folder, "N", 3, 8, 8));
        Assert.That(model.Preprocessing, Is.Null);
        Assert.That(model.RequirePreprocessing,
            Throws.TypeOf<NetVizException>().With.Message.Contains("`Preprocess`").And.Message.Contains("torchvision")
                .And.Message.Contains("test.netviz.json"));
        Assert.That((model.FindClass("2"), model.ClassName(2)), Is.EqualTo((2, "2")));
        Assert.That(() => model.FindClass("cat"), Throws.TypeOf<NetVizException>().With.Message.Contains("`Labels`"));
        Assert.That(() => model.FindClass("4"), Throws.TypeOf<NetVizException>());
    }

    [Test]
    public void An_input_that_is_no_image_says_so()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 6).Node("Relu", "y", "x").Write(folder);
        using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Preprocess = "unit" });
        Assert.That(model.RequirePreprocessing, Throws.TypeOf<NetVizException>().With.Message.Contains(".npy"));
    }

    [Test]
    public void Labels_have_to_be_as_many_as_the_classes()
    {
        using var folder = new TemporaryFolder();
        string path = Classifier(folder, "N", 3, 8, 8);
        string four = folder.Write("four.txt", "a\nb\nc\nd"), three = folder.Write("three.txt", "a\nb\nc");
        using (OnnxModel model = OnnxModel.Load(path, new OnnxOptions { LabelsPath = four }))
            Assert.That(model.ClassName(3), Is.EqualTo("d"));
        Assert.That(() => OnnxModel.Load(path, new OnnxOptions { LabelsPath = three }),
            Throws.TypeOf<NetVizException>().With.Message.Contains("3 class names").And.Message.Contains("4 classes"));
    }

    [Test]
    public void An_open_size_comes_from_the_option_or_the_side_car_or_is_224()
    {
        using var folder = new TemporaryFolder();
        string path = Classifier(folder, null, "C", "H", "W");
        Assert.That(Shape(), Is.EqualTo("[N, 3, 224, 224]"));
        folder.Write("test.netviz.json", """{"preprocessing": {"size": [32, 16]}}""");
        Assert.That(Shape(), Is.EqualTo("[N, 3, 16, 32]"));
        Assert.That(Shape(new OnnxOptions { Size = (8, 10) }), Is.EqualTo("[N, 3, 10, 8]"));

        string Shape(OnnxOptions? options = null)
        {
            using OnnxModel model = OnnxModel.Load(path, options);
            Assert.That((model.Preprocessing?.Height ?? 224, model.Preprocessing?.Width ?? 224),
                Is.EqualTo((model.InputShape(1).H, model.InputShape(1).W)));
            return model.Network.Input.ToString();
        }
    }

    [Test]
    public void An_input_without_a_shape_is_an_image_for_its_first_convolution()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().InputWithoutShape("x").Random("w", 4, 1, 3, 3).Node("Conv", "y", "x w").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Input.ToString(), Is.EqualTo("[N, 1, 224, 224]"));
    }

    [Test]
    public void Of_scores_and_probabilities_the_whole_network_is_taken_and_the_scores_are_found()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 6).Random("w", 6, 3).Node("Gemm", "logits", "x w")
            .Node("Softmax", "prob", "logits").Output("logits", "prob").Write(folder);
        using (OnnxModel model = OnnxModel.Load(path))
            Assert.That((model.Network.NameOf(model.Network.OutputTensor), model.Network.NameOf(model.Network.ScoreTensor)),
                Is.EqualTo(("prob", "logits")));
        using (OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Output = "logits" }))
            Assert.That(model.Network.NameOf(model.Network.OutputTensor), Is.EqualTo("logits"));
        Assert.That(() => OnnxModel.Load(path, new OnnxOptions { Output = "scores" }),
            Throws.TypeOf<NetVizException>().With.Message.Contains("logits, prob"));
    }

    [Test]
    public void Initializers_may_also_be_inputs_and_other_inputs_can_be_bound()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 2).Input("b", 2).Input("w", 2, 2).Floats("w", [2, 2], 1, 0, 0, 1)
            .Node("Gemm", "y", "x w b").Write(folder);
        var bound = new Dictionary<string, OnnxTensor> { ["b"] = OnnxTensor.OfFloats("b", [2], new float[] { 10, 20 }) };
        using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { BindInputs = bound });
        Assert.That(TestGraph.Run(model, [1, 2], 1, 2).Values, Is.EqualTo(new float[] { 11, 22 }));
    }

    [Test]
    public void A_file_for_a_single_image_takes_more()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", 1, 3, 2, 2).Integers("s", 1, 12).Node("Reshape", "y", "x s").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(TestGraph.Run(model, TestGraph.Image(24), 2, 3, 2, 2).Dims, Is.EqualTo(new[] { 2, 12 }));
    }

    [Test]
    public void Names_that_are_missing_or_double_become_unique()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 2).Node("Relu", "a", "x").Node("Relu", "b", "a").Node("Relu", "c", "b")
            .Change((_, graph) => (graph.Node[0].Name, graph.Node[1].Name, graph.Node[2].Name) = ("relu", "relu", ""))
            .Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "relu", "relu_2", "c" }));
    }

    [Test]
    public void Network_Load_gives_the_network_alone()
    {
        Network network = Network.Load(SharedData.PathOf("models", "tinyvgg-10.onnx"));
        Assert.That(network.Nodes, Has.Length.EqualTo(13));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using PreparedNetwork prepared = network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(System.Numerics.Tensors.Tensor.CreateFromShape<float>([1, 3, 64, 64]));
        Assert.That(record.Scores.Lengths.ToArray(), Is.EqualTo(new nint[] { 1, 10 }));
    }

    [Test]
    [NonParallelizable]
    public void Loading_a_thousand_times_leaves_no_memory_behind()
    {
        using var folder = new TemporaryFolder();
        string path = Classifier(folder, "N", 3, 8, 8);
        for (int i = 0; i < 50; i++) OnnxModel.Load(path).Dispose();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 1000; i++) OnnxModel.Load(path).Dispose();
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(200_000));
    }

    // Conv, global pool, Flatten: four classes for images of three channels and any size.
    private static string Classifier(TemporaryFolder folder, params object?[] input) =>
        new TestGraph().Input("x", input).Random("w", 4, 3, 3, 3)
        .Node("Conv", "c", "x w").Node("GlobalAveragePool", "p", "c").Node("Flatten", "scores", "p")
        .Node("Softmax", "prob", "scores").Write(folder);
}
