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
    private static IEnumerable<string> Names => BatchAxisGraphs.All.Keys;

    [TestCaseSource(nameof(Names))]
    public void At_a_batch_of_one_all_numbers_are_classes(string what)
    {
        using var folder = new TemporaryFolder();
        string path = BatchAxisGraphs.All[what].Graph(1).Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.ClassCount, Is.EqualTo(BatchAxisGraphs.All[what].Classes));
        float[] image = TestGraph.Image(3 * 8 * 8);
        string output = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 3, 8, 8], "y");
        (float[] values, _) = TestGraph.Run(model, image, 1, 3, 8, 8);
        Assert.That(values, Is.EqualTo(expected).Within(1e-5), output);

        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        using ForwardRecord record =
            prepared.Forward(System.Numerics.Tensors.Tensor.Create(image, [1, 3, 8, 8]), model.Network.Input.Name);
        Assert.That(record.Scores.FlattenedLength, Is.EqualTo((nint)BatchAxisGraphs.All[what].Classes));
        int last = BatchAxisGraphs.All[what].Classes - 1;
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
        string path = BatchAxisGraphs.All[what].Graph("N").Write(folder);
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose());
        Assert.That(error!.Message, Does.StartWith(path).And.Contain($"node {BatchAxisGraphs.All[what].Node}").And.Contain("[N, ...]"));
        Assert.That(error.Hint, Does.Contain("fixed at 1"));
    }

    [TestCaseSource(nameof(Names))]
    public void At_a_batch_of_four_it_is_refused(string what)
    {
        using var folder = new TemporaryFolder();
        string path = BatchAxisGraphs.All[what].Graph(4).Write(folder);
        Assert.That(() => OnnxModel.Load(path).Dispose(), Throws.InstanceOf<NetVizException>());
    }

    /// <summary>Moved or merged on the way and brought back.</summary>
    [Test]
    public void A_batch_that_comes_back_is_no_fault()
    {
        using var folder = new TemporaryFolder();
        string path = BatchAxisGraphs.Pooled("N").Node("Flatten", "f", "p").Node("Transpose", "t", "f").Random("m", 6, 5)
            .Node("Gemm", "g", "t m", ("transA", 1L)).Integers("s", -1, 1).Node("Reshape", "merged", "g s")
            .Node("Relu", "r", "merged").Integers("b", -1, 5).Node("Reshape", "y", "r b").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.ClassCount, Is.EqualTo(5));
        float[] images = TestGraph.Image(2 * 3 * 8 * 8);
        (float[] expected, _) = OnnxRuntime.Run(path, images, [2, 3, 8, 8], "y");
        Assert.That(TestGraph.Run(model, images, 2, 3, 8, 8).Values, Is.EqualTo(expected).Within(1e-5));
    }

}
