using System.Numerics.Tensors;

namespace NetViz.Procedures;

/// <summary>How large a signal is.</summary>
internal static class SignalNorm
{
    /// <summary>The Euclidean norm over all elements, summed in double.</summary>
    public static double Of(Tensor<float> signal) => Math.Sqrt(signal.Sum(value => (double)value * value));
}
