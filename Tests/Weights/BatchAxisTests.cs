using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Networks whose scores do not have the batch as their first axis: classes where the file fixes the batch at one image, refused
/// by node where it is open or of several images.
/// </summary>
public class BatchAxisTests
{
    internal static readonly Dictionary<string, (Func<object, TestGraph> Graph, int Classes, string Node)> Graphs = new()
    {
        ["a pool squeezed to [C]"] = (batch => Pooled(batch).Node("Squeeze", "y", "p", ("axes", new long[] { 0, 2, 3 })), 6, "'y'"),
        ["one number squeezed to []"] = (batch => Image(batch).Random("w", 1, 3, 3, 3).Node("Conv", "c", "x w")
            .Node("GlobalAveragePool", "p", "c").Node("Squeeze", "y", "p", ("axes", new long[] { 0, 1, 2, 3 })), 1, "'y'"),
        ["a reshape to [C]"] = (batch => Pooled(batch).Integers("s", 6).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a reshape to [-1]"] = (batch => Pooled(batch).Integers("s", -1).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a reshape that merges"] = (batch => Pooled(batch).Integers("s", -1, 3).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a transpose to [C, N]"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Transpose", "t", "f")
            .Node("Relu", "y", "t"), 6, "'t'"),
        ["a flatten from axis 0"] = (batch => Pooled(batch).Node("Flatten", "y", "p", ("axis", 0L)), 6, "'y'"),
        ["a Gemm that transposes the batch"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Random("m", 1, 5)
            .Node("Gemm", "y", "f m", ("transA", 1L)), 30, "'y'"),
        ["a concatenation of images"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Relu", "r", "f")
            .Node("Concat", "y", "f r", ("axis", 0L)), 12, "'y'"),
        ["a softmax over [C, N]"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Transpose", "t", "f")
            .Node("Softmax", "y", "t", ("axis", 0L)), 6, "'t'"),
    };

    private static IEnumerable<string> Names => Graphs.Keys;

    [TestCaseSource(nameof(Names))]
    public void At_a_batch_of_one_all_numbers_are_classes(string what)
    {
        using var folder = new TemporaryFolder();
        string path = Graphs[what].Graph(1).Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.ClassCount, Is.EqualTo(Graphs[what].Classes));
        float[] image = TestGraph.Image(3 * 8 * 8);
        string output = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 3, 8, 8], "y");
        (float[] values, _) = TestGraph.Run(model, image, 1, 3, 8, 8);
        Assert.That(values, Is.EqualTo(expected).Within(1e-5), output);

        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        using ForwardRecord record =
            prepared.Forward(System.Numerics.Tensors.Tensor.Create(image, [1, 3, 8, 8]), model.Network.Input.Name);
        Assert.That(record.Scores.FlattenedLength, Is.EqualTo((nint)Graphs[what].Classes));
        int last = Graphs[what].Classes - 1;
        float[] moved = [.. image];
        moved[37] += 1e-3f;
        using ForwardRecord other = prepared.Forward(System.Numerics.Tensors.Tensor.Create(moved, [1, 3, 8, 8]));
        double slope = (other.ScoresInDouble[0, last] - record.ScoresInDouble[0, last]) / (moved[37] - image[37]);
        var gradient = new float[image.Length];
        record.Backward(Seed.Class(last), BackwardRule.Gradient, gradient);
        Assert.That(gradient[37], Is.EqualTo(slope).Within(1e-3 * Math.Max(1, Math.Abs(slope))));
        Assert.That(() => model.Network.InferShapes(model.InputShape(2)), Throws.InstanceOf<NetVizException>());
    }

    [TestCaseSource(nameof(Names))]
    public void At_an_open_batch_the_node_is_refused(string what)
    {
        using var folder = new TemporaryFolder();
        string path = Graphs[what].Graph("N").Write(folder);
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose());
        Assert.That(error!.Message, Does.StartWith(path).And.Contain($"node {Graphs[what].Node}").And.Contain("[N, ...]"));
        Assert.That(error.Hint, Does.Contain("fixed at 1"));
    }

    [TestCaseSource(nameof(Names))]
    public void At_a_batch_of_four_it_is_refused(string what)
    {
        using var folder = new TemporaryFolder();
        string path = Graphs[what].Graph(4).Write(folder);
        Assert.That(() => OnnxModel.Load(path).Dispose(), Throws.InstanceOf<NetVizException>());
    }

    /// <summary>Moved or merged on the way and brought back.</summary>
    [Test]
    public void A_batch_that_comes_back_is_no_fault()
    {
        using var folder = new TemporaryFolder();
        string path = Pooled("N").Node("Flatten", "f", "p").Node("Transpose", "t", "f").Random("m", 6, 5)
            .Node("Gemm", "g", "t m", ("transA", 1L)).Integers("s", -1, 1).Node("Reshape", "merged", "g s")
            .Node("Relu", "r", "merged").Integers("b", -1, 5).Node("Reshape", "y", "r b").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.ClassCount, Is.EqualTo(5));
        float[] images = TestGraph.Image(2 * 3 * 8 * 8);
        (float[] expected, _) = OnnxRuntime.Run(path, images, [2, 3, 8, 8], "y");
        Assert.That(TestGraph.Run(model, images, 2, 3, 8, 8).Values, Is.EqualTo(expected).Within(1e-5));
    }

    private static TestGraph Image(object batch) => new TestGraph(12).Input("x", batch, 3, 8, 8);

    private static TestGraph Pooled(object batch) =>
        Image(batch).Random("w", 6, 3, 3, 3).Node("Conv", "c", "x w").Node("GlobalAveragePool", "p", "c");
}
