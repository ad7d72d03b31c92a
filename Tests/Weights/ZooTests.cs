using System.Numerics.Tensors;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// The exporter zoo (Tests/Fixtures/Zoo): small networks in the forms that real exporters give. Each loads with scores equal
/// to ONNX Runtime's, and with a gradient equal to a finite difference, or is refused by name.
/// </summary>
public class ZooTests
{
    private const double ScoreBound = 1e-5;

    private static readonly Device[] Devices = [Device.Reference, Device.Cpu()];

    private static IEnumerable<ZooEntry> Loaded => ZooEntry.All.Where(entry => entry.Expectation == "loads");

    private static IEnumerable<ZooEntry> Refused => ZooEntry.All.Where(entry => entry.Expectation == "refused");

    [Test]
    public void Every_file_of_the_zoo_is_listed()
    {
        string folder = ZooEntry.PathOf("");
        string[] files = [.. Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))];
        Assert.That(ZooEntry.All.Select(entry => entry.File), Is.EquivalentTo(files));
        Assert.That(ZooEntry.All.Select(entry => entry.Expectation).Distinct(), Is.SubsetOf(new[] { "loads", "refused" }));
    }

    /// <summary>Scores and output at one image and at three; a file for a single image takes three all the same.</summary>
    [TestCaseSource(nameof(Loaded))]
    public void Scores_are_those_of_ONNX_Runtime(object found)
    {
        var entry = (ZooEntry)found;
        using var peer = new Peer(entry);
        using OnnxModel model = Load(entry);
        foreach (int batch in new[] { 1, 3 })
        {
            float[] images = TestGraph.Image((int)model.InputShape(batch).Count);
            (float[] output, float[] scores) = peer.Run(images, model.InputShape(batch).Lengths.ToArray());
            Assert.That(scores.Max() - scores.Min(), Is.GreaterThan(1e-2), "scores that are all alike would prove nothing");
            foreach (Device device in Devices)
            {
                using PreparedNetwork prepared = model.Network.On(device);
                string last = model.Network.NameOf(model.Network.OutputTensor);
                using ForwardRecord record = prepared.Forward(Images(model, images, batch), last);
                string where = $"{device.Name}, batch {batch}";
                Assert.That(Distance(record.Scores, scores), Is.InRange(0.0, ScoreBound), $"scores, {where}");
                Assert.That(Distance(record.Activation(last), output), Is.InRange(0.0, ScoreBound), $"output, {where}");
            }
        }
    }

    /// <summary>(S(x + h d) - S(x - h d)) / 2h = w d, in double, for the score S of one class and a random direction d.</summary>
    [TestCaseSource(nameof(Loaded))]
    public void The_gradient_of_a_score_is_a_finite_difference(object found)
    {
        const int index = 1;
        const double h = 1e-6;
        using OnnxModel model = Load((ZooEntry)found);
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        double[] image = Array.ConvertAll(TestGraph.Image((int)model.InputShape(1).Count), value => (double)value);
        var direction = new float[image.Length];
        new CounterRandom(5, 1).Fill(0, 1, direction);
        double[] d = Array.ConvertAll(direction, value => (double)value);
        using ForwardRecord record = prepared.Forward(Images(model, image, 1));
        Tensor<double> gradient = record.BackwardInDouble(Seed.Class(index), BackwardRule.Gradient);
        Assert.That(gradient.Lengths.ToArray(), Is.EqualTo(Images(model, image, 1).Lengths.ToArray()));
        var w = new double[image.Length];
        gradient.FlattenTo(w);

        double ScoreAt(double step)
        {
            var moved = new double[image.Length];
            for (int i = 0; i < moved.Length; i++) moved[i] = image[i] + step * d[i];
            using ForwardRecord there = prepared.Forward(Images(model, moved, 1));
            return there.ScoresInDouble[0, index];
        }

        double difference = (ScoreAt(h) - ScoreAt(-h)) / (2 * h);
        double scale = TensorPrimitives.Norm<double>(w) * TensorPrimitives.Norm<double>(d);
        Assert.That(scale, Is.GreaterThan(0));
        Assert.That(TensorPrimitives.Dot<double>(w, d), Is.EqualTo(difference).Within(1e-7 * scale));
    }

    /// <summary>Layers keep the names that the exporter gave: a pass can end at each, and start from each.</summary>
    [TestCaseSource(nameof(Loaded))]
    public void Layers_are_found_by_the_names_in_the_file(object found)
    {
        var entry = (ZooEntry)found;
        using OnnxModel model = Load(entry);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu());
        using ForwardRecord record = prepared.Forward(Images(model, TestGraph.Image((int)model.InputShape(1).Count), 1));
        foreach (string layer in entry.Layers)
        {
            Tensor<float> signal = record.Backward(Seed.Class(0), BackwardRule.Gradient, layer);
            Assert.That(signal.Any(value => value != 0), $"signal at {layer}");
            signal = record.Backward(Seed.Layer(layer), BackwardRule.Guided);
            Assert.That(signal.Any(value => value != 0), $"signal from {layer}");
        }

        Assert.That(model.Network.Nodes.Select(node => node.Name), Is.Unique);
    }

    [TestCaseSource(nameof(Refused))]
    public void What_cannot_run_is_refused_by_name(object found)
    {
        var entry = (ZooEntry)found;
        string path = ZooEntry.PathOf(entry.File);
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose());
        Assert.That(error!.Message, Does.StartWith(path));
        foreach (string text in entry.Refusal) Assert.That(error.Message, Does.Contain(text));
    }

    [TestCaseSource(nameof(Loaded))]
    public void The_layout_of_the_input_is_known(object found)
    {
        var entry = (ZooEntry)found;
        using OnnxModel model = Load(entry);
        Assert.That(model.Network.Input.Layout, Is.EqualTo(entry.Layout == "NHWC" ? ImageLayout.Nhwc : ImageLayout.Nchw));
    }

    /// <summary>A neuron and a channel mean the same on either side of a Transpose.</summary>
    [Test]
    public void Seeds_count_channels_where_the_layout_has_them()
    {
        const string planes = "StatefulPartitionedCall/vgg16/block2_pool/MaxPool", pixels = "block2_pool/MaxPool__16";
        using OnnxModel model = OnnxModel.Load(ZooEntry.PathOf("keras_vgg_opset13.onnx"));
        using PreparedNetwork prepared = model.Network.On(Device.Cpu());
        using ForwardRecord record = prepared.Forward(Images(model, TestGraph.Image((int)model.InputShape(1).Count), 1));
        Assert.That(record.Backward(Seed.Neuron(pixels, 5, 1, 2), BackwardRule.Gradient),
            Is.EqualTo(record.Backward(Seed.Neuron(planes, 5, 1, 2), BackwardRule.Gradient)));
        Assert.That(record.Backward(Seed.Channel(pixels, 5), BackwardRule.Gradient),
            Is.EqualTo(record.Backward(Seed.Channel(planes, 5), BackwardRule.Gradient)));
        Assert.That(() => record.Backward(Seed.Channel(pixels, 8), BackwardRule.Gradient), Throws.TypeOf<NetVizException>());
        Assert.That(() => record.Backward(Seed.Neuron(pixels, 5, 4, 2), BackwardRule.Gradient), Throws.TypeOf<NetVizException>());
    }

    private static OnnxModel Load(ZooEntry entry) => OnnxModel.Load(ZooEntry.PathOf(entry.File), new OnnxOptions
    {
        Size = entry.Size is [var width, var height] ? (width, height) : null,
    });

    private static Tensor<T> Images<T>(OnnxModel model, T[] values, int batch) =>
        Tensor.Create(values, Array.ConvertAll(model.InputShape(batch).Lengths.ToArray(), length => (nint)length));

    // The greatest difference over the greatest magnitude.
    private static double Distance(Tensor<float> found, float[] expected)
    {
        var values = new float[found.FlattenedLength];
        found.FlattenTo(values);
        Assert.That(values, Has.Length.EqualTo(expected.Length));
        float worst = values.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
        return worst / expected.Max(Math.Abs);
    }

    /// <summary>ONNX Runtime on a file of the zoo or its twin, with the scores as a further output.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly ZooEntry _entry;
        private readonly string _path, _output, _scores;

        public Peer(ZooEntry entry)
        {
            _entry = entry.Twin is { } twin ? ZooEntry.All.Single(other => other.File == twin) : entry;
            string source = ZooEntry.PathOf(_entry.File);
            using (OnnxModel model = Load(_entry))
                _scores = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;
            // What this schema does not know, the values of the weights among it, is kept as it is.
            ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(source));
            _output = file.Graph.Output[0].Name;
            if (_scores != _output) file.Graph.Output.Add(TestGraph.FloatValue(_scores, null));
            _path = _folder.Write("model.onnx", file.ToByteArray());
            if (Path.GetDirectoryName(source) != Path.GetDirectoryName(ZooEntry.PathOf("zoo.json")))
            {
                foreach (string beside in Directory.EnumerateFiles(Path.GetDirectoryName(source)!).Where(path => path != source))
                    File.Copy(beside, _folder.File(Path.GetFileName(beside)));
            }
        }

        /// <summary>The output and the scores; image by image where the file allows one only.</summary>
        public (float[] Output, float[] Scores) Run(float[] images, int[] dims)
        {
            if (!_entry.FixedBatch) return (Run(images, dims, _output), Run(images, dims, _scores));
            float[][] single = [.. images.Chunk(images.Length / dims[0])];
            int[] one = [1, .. dims[1..]];
            float[] Each(string output) => [.. single.SelectMany(image => Run(image, one, output))];
            return (Each(_output), Each(_scores));
        }

        public void Dispose() => _folder.Dispose();

        private float[] Run(float[] images, int[] dims, string output) =>
            OnnxRuntime.Run(_path, images, dims, output, asWritten: true).Values;
    }
}
