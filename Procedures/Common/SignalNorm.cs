using System.Numerics.Tensors;

namespace NetViz.Procedures;

/// <summary>How large a signal is.</summary>
internal static class SignalNorm
{
    /// <summary>The Euclidean norm over all elements, summed in double in their order.</summary>
    public static double Of(Tensor<float> signal)
    {
        // A tensor's enumerator computes an index for each element, which takes longer than a backward pass.
        var values = GC.AllocateUninitializedArray<float>(checked((int)signal.FlattenedLength));
        signal.FlattenTo(values);
        double sum = 0;
        foreach (float value in values) sum += (double)value * value;
        return Math.Sqrt(sum);
    }
}
