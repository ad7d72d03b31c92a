using System.Numerics.Tensors;

namespace NetViz.Analysis;

/// <summary>A tensor's numbers as an array.</summary>
internal static class TensorNumbers
{
    /// <summary>A copy, row-major.</summary>
    public static double[] Flat(this Tensor<double> tensor)
    {
        var values = new double[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
