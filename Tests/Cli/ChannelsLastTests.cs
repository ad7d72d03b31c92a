using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// A Keras network takes [N, H, W, C]. The zoo holds the same network with both layouts: pictures, scores and signals
/// must be the same, the raw signal in the layout of its file.
/// </summary>
public class ChannelsLastTests
{
    private const string Conv = "StatefulPartitionedCall/vgg16/block1_conv1/Conv2D";
    private static readonly string Planes = RepositoryRoot.File("Tests", "Fixtures", "Zoo", "keras_inputs_as_nchw.onnx");
    private static readonly string Pixels = RepositoryRoot.File("Tests", "Fixtures", "Zoo", "keras_vgg_opset13.onnx");
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");

    [Test]
    public void A_photograph_gives_the_same_pictures_in_both_layouts()
    {
        using var folder = new TemporaryFolder();
        (Tensor<float> planes, JsonElement first) = Explain(folder, Planes, "planes");
        (Tensor<float> pixels, JsonElement second) = Explain(folder, Pixels, "pixels");
        Assert.That(pixels.Lengths.ToArray(), Is.EqualTo((nint[])[1, 16, 16, 3]));
        for (int c = 0; c < 3; c++)
        for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++) Assert.That(pixels[0, y, x, c], Is.EqualTo(planes[0, c, y, x]), $"{c}, {y}, {x}");
        Assert.That(second.GetProperty("score").GetDouble(), Is.EqualTo(first.GetProperty("score").GetDouble()));
        Assert.That(second.GetProperty("class_index").GetInt32(), Is.EqualTo(first.GetProperty("class_index").GetInt32()));
        foreach (string picture in (string[])["orange.guided.png", "orange.guided.overlay.png"])
        {
            byte[] expected = File.ReadAllBytes(folder.File("planes", picture));
            Assert.That(File.ReadAllBytes(folder.File("pixels", picture)), Is.EqualTo(expected), picture);
        }
    }

    /// <summary>Behind the Transpose, layers are [N, C, H, W]; the Transpose before a Flatten is [N, H, W, C] again.</summary>
    [TestCase(Conv, 6, 16)]
    [TestCase("block2_pool/MaxPool__16", 8, 4)]
    public void A_map_at_an_inner_layer_knows_that_layers_layout(string layer, int channels, int side)
    {
        using var folder = new TemporaryFolder();
        (Tensor<float> signal, JsonElement report) = Explain(folder, Pixels, "out", "--at", layer);
        nint[] lengths = layer == Conv ? [1, channels, side, side] : [1, side, side, channels];
        Assert.That(signal.Lengths.ToArray(), Is.EqualTo(lengths));
        Assert.That(report.GetProperty("at").GetString(), Is.EqualTo(layer));
        Assert.That(File.Exists(folder.File("out", "orange.guided.png")));
    }

    [Test]
    public void An_array_of_the_other_layout_is_refused_with_the_layout()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder.File("x.npy"), Tensor.CreateFromShape<float>([1, 3, 16, 16]));
        NetvizProcess run = NetvizProcess.Run("classify", folder.File("x.npy"), "--model", Pixels);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("[N, 16, 16, 3] (channels last)").And.Contain("[1, 3, 16, 16]"));
    }

    [Test]
    public void Info_says_that_channels_come_last()
    {
        NetvizProcess run = NetvizProcess.Run("info", "--model", Pixels, "--preprocess", "caffe-vgg", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("input").GetProperty("declared").GetString(), 
            Is.EqualTo("[N, 16, 16, 3] (channels last)"));
        Assert.That(run.Json.GetProperty("preprocessing").GetString(), Does.EndWith("channels last"));
    }

    private static (Tensor<float> Signal, JsonElement Report) Explain(
        TemporaryFolder folder, string model, string output, params string[] more)
    {
        NetvizProcess run = NetvizProcess.Run(
            ["saliency", Orange, "--model", model, "--preprocess", "caffe-vgg", "--rule", "guided",
                "--output", folder.File(output), .. more]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return (Npy.Read(folder.File(output, "orange.guided.npy")),
            JsonDocument.Parse(File.ReadAllBytes(folder.File(output, "orange.json"))).RootElement);
    }
}
