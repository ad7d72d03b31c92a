using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>Short ways to call the engine with plain arrays.</summary>
internal static class Passes
{
    /// <summary>The input [N, shape] that the file declares, the batch left open.</summary>
    public static NetworkInput Input(params int[] shape) => new("x", [null, .. shape]);

    public static ForwardRecord Forward(this PreparedNetwork prepared, Shape shape, double[] images, params string[] keep) =>
        prepared.Forward(new ReadOnlyTensorSpan<double>(images, Lengths(shape)), keep);

    public static ForwardRecord Forward(this PreparedNetwork prepared, Shape shape, float[] images, params string[] keep) =>
        prepared.Forward(new ReadOnlyTensorSpan<float>(images, Lengths(shape)), keep);

    public static float[] Values(this Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    public static double[] Values(this Tensor<double> tensor)
    {
        var values = new double[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    public static Shape ShapeOf(this Tensor<float> tensor) => new([.. tensor.Lengths.ToArray().Select(length => (int)length)]);

    private static nint[] Lengths(Shape shape) => [.. shape.Lengths.ToArray().Select(length => (nint)length)];
}
