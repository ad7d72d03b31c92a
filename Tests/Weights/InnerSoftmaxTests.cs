using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Weights;

/// <summary>A last softmax over one of several axes: probabilities and posterior seeds run over the network's own axis.</summary>
public class InnerSoftmaxTests
{
    [TestCase(13, 1L, "Softmax")]
    [TestCase(13, -1L, "Softmax")]
    [TestCase(13, 2L, "Softmax")]
    [TestCase(13, 1L, "LogSoftmax")]
    [TestCase(11, 1L, "Softmax")]
    [TestCase(11, 2L, "Softmax")]
    [TestCase(11, 3L, "LogSoftmax")]
    public void Probabilities_are_those_of_the_network(long opset, long axis, string operation)
    {
        using var folder = new TemporaryFolder();
        string path = Graph(opset, axis, operation).Write(folder);
        float[] images = TestGraph.Image(2 * 3 * 4 * 5);
        (float[] expected, _) = OnnxRuntime.Run(path, images, [2, 3, 4, 5], "y");
        if (operation == "LogSoftmax") expected = Array.ConvertAll(expected, MathF.Exp);
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(Numbers.Create(images, [2, 3, 4, 5]));
        var found = new float[expected.Length];
        record.Probabilities.FlattenTo(found);
        Assert.That(found, Is.EqualTo(expected).Within(1e-6));

        // dP_c / dI by finite differences of ONNX Runtime.
        const int pixel = 7, target = 23;
        const float step = 1e-2f;
        var gradient = new float[images.Length];
        record.Backward(Seed.Posterior(target), BackwardRule.Gradient, gradient);
        double slope = (At(images[pixel] + step) - At(images[pixel] - step)) / (2 * step);
        Assert.That(gradient[pixel], Is.EqualTo(slope).Within(2e-4 + 0.01 * Math.Abs(slope)));

        double At(float value)
        {
            float[] moved = [.. images];
            moved[pixel] = value;
            float p = OnnxRuntime.Run(path, moved, [2, 3, 4, 5], "y").Values[target];
            return operation == "LogSoftmax" ? Math.Exp(p) : p;
        }
    }

    private static TestGraph Graph(long opset, long axis, string operation) =>
        new TestGraph(opset).Input("x", "N", 3, 4, 5).Random("w", 6, 3, 1, 1).Node("Conv", "c", "x w")
            .Node(operation, "y", "c", ("axis", axis));
}
