namespace NetViz.Kernels;

/// <summary>Numbers from double to float32.</summary>
internal static class Rounding
{
    /// <summary>Rounds each number.</summary>
    public static float[] ToFloat(ReadOnlyMemory<double> values)
    {
        var rounded = new float[values.Length];
        for (int i = 0; i < rounded.Length; i++) rounded[i] = (float)values.Span[i];
        return rounded;
    }
}
