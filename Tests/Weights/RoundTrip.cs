using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>What a network and its exported file must have in common.</summary>
internal static class RoundTrip
{
    /// <summary>The same input, the same layers with the same tensors, in the same order.</summary>
    public static void RequireSameLayers(Network original, Network exported)
    {
        Assert.That(exported.Input.Name, Is.EqualTo(original.Input.Name));
        Assert.That(exported.Input.Dimensions, Is.EqualTo(original.Input.Dimensions));
        Assert.That(exported.Nodes.Select(node => node.Name), Is.EqualTo(original.Nodes.Select(node => node.Name)));
        Assert.That(exported.Nodes.Select(node => node.OutputName), Is.EqualTo(original.Nodes.Select(node => node.OutputName)));
        Assert.That(exported.NameOf(exported.ScoreTensor), Is.EqualTo(original.NameOf(original.ScoreTensor)));
        Assert.That(exported.NameOf(exported.OutputTensor), Is.EqualTo(original.NameOf(original.OutputTensor)));
    }

    /// <summary>The same bytes of scores, of the output, and of each rule's signal at the input from class 0.</summary>
    /// <param name="original">The network.</param>
    /// <param name="exported">The network from its exported file.</param>
    /// <param name="device">Where to compare them.</param>
    /// <param name="within">The largest relative distance; 0 for the same bytes.</param>
    public static void RequireSameNumbers(Network original, Network exported, Device device, double within = 0)
    {
        Shape shape = original.Input.ShapeFor(original.Input.Dimensions[0] ?? 2);
        nint[] lengths = [.. shape.Lengths.ToArray().Select(length => (nint)length)];
        Tensor<float> image = Tensor.Create(TestGraph.Image((int)shape.Count), lengths);
        using PreparedNetwork a = original.On(device), b = exported.On(device);
        string output = original.NameOf(original.OutputTensor);
        using ForwardRecord first = a.Forward(image, output), second = b.Forward(image, output);
        Require(first.Scores, second.Scores, "scores");
        Require(first.Activation(output), second.Activation(output), "output");
        foreach (BackwardRule rule in BackwardRule.All)
            Require(first.Backward(Seed.Class(0), rule), second.Backward(Seed.Class(0), rule), rule.Name);

        void Require(Tensor<float> expected, Tensor<float> found, string what)
        {
            float[] e = Flat(expected), f = Flat(found);
            if (within == 0) Assert.That(f.AsSpan().SequenceEqual(e), $"{what}: other bytes");
            else Assert.That(TensorPrimitives.Distance<float>(f, e), Is.AtMost(within * TensorPrimitives.Norm<float>(e)), what);
        }
    }

    /// <summary>ONNX Runtime sees the same input and outputs, and gives on each the same numbers to 1e-5 relative.</summary>
    /// <param name="original">The file.</param>
    /// <param name="exported">Its export.</param>
    /// <param name="images">How many images, where the file leaves that open.</param>
    /// <returns>The largest relative distance.</returns>
    public static double RequireSameInOnnxRuntime(string original, string exported, int images = 2)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession a = new(original, options), b = new(exported, options);
        (string input, NodeMetadata declared) = a.InputMetadata.Single();
        Assert.That(b.InputMetadata.Keys, Is.EqualTo(new[] { input }));
        Assert.That(b.InputMetadata[input].Dimensions, Is.EqualTo(declared.Dimensions));
        Assert.That(b.OutputMetadata.Keys, Is.EqualTo(a.OutputMetadata.Keys));

        int batch = declared.Dimensions[0] > 0 ? declared.Dimensions[0] : images;
        long[] dims;
        using (OnnxModel model = OnnxModel.Load(original))
            dims = Array.ConvertAll(model.InputShape(batch).Lengths.ToArray(), length => (long)length);
        float[] image = TestGraph.Image((int)dims.Aggregate((x, y) => x * y));
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(image, dims);
        using var run = new RunOptions();
        string[] outputs = [.. a.OutputMetadata.Keys];
        using IDisposableReadOnlyCollection<OrtValue> expected = a.Run(run, [input], [value], outputs);
        using IDisposableReadOnlyCollection<OrtValue> found = b.Run(run, [input], [value], outputs);
        double worst = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            ReadOnlySpan<float> e = expected[i].GetTensorDataAsSpan<float>(), f = found[i].GetTensorDataAsSpan<float>();
            long[] shape = expected[i].GetTensorTypeAndShape().Shape;
            Assert.That(found[i].GetTensorTypeAndShape().Shape, Is.EqualTo(shape), outputs[i]);
            double distance = TensorPrimitives.Distance(f, e) / Math.Max(TensorPrimitives.Norm(e), 1e-30f);
            Assert.That(distance, Is.LessThanOrEqualTo(1e-5), outputs[i]);
            worst = Math.Max(worst, distance);
        }

        return worst;
    }

    private static float[] Flat(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
