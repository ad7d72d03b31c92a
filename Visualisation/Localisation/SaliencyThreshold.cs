namespace NetViz.Visualisation.Localisation;

/// <summary>
/// The simple alternative to the cut [ours]: the map is smoothed by a normal kernel, and the mask is where it reaches a share of
/// its maximum. An instance keeps its arrays from one map to the next; it belongs to one thread.
/// </summary>
public sealed class SaliencyThreshold
{
    // Beyond three deviations the kernel has 0.3 % of its weight.
    private const double Reach = 3;

    private float[] _rows = [];
    private float[] _smoothed = [];
    private float[] _kernel = [];

    /// <summary>The smoothed map's maximum.</summary>
    public double Peak { get; private set; }

    /// <summary>Makes the mask.</summary>
    /// <param name="saliency">[height, width], magnitudes; NaN where there is no data, which counts as 0.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="deviation">The kernel's, in pixels; 0 for none.</param>
    /// <param name="share">Of the maximum.</param>
    /// <param name="mask">[height, width]; empty where the map is 0 everywhere.</param>
    public void Segment(ReadOnlySpan<float> saliency, int width, int height, double deviation, double share, Span<bool> mask)
    {
        int count = width * height;
        ArgumentOutOfRangeException.ThrowIfNotEqual(saliency.Length, count, nameof(saliency));
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, count, nameof(mask));
        if (_rows.Length < count) (_rows, _smoothed) = (new float[count], new float[count]);
        int radius = (int)Math.Ceiling(Reach * deviation);
        if (_kernel.Length != radius + 1) _kernel = new float[radius + 1];
        for (int k = 0; k <= radius; k++)
            _kernel[k] = deviation > 0 ? (float)Math.Exp(-k * k / (2 * deviation * deviation)) : 1;

        for (int i = 0; i < count; i++) _smoothed[i] = float.IsNaN(saliency[i]) ? 0 : saliency[i];
        Smooth(_smoothed, _rows, height, width, width, 1, radius);
        Smooth(_rows, _smoothed, width, height, 1, width, radius);
        Span<float> smoothed = _smoothed.AsSpan(0, count);
        float peak = 0;
        foreach (float value in smoothed) peak = Math.Max(peak, value);
        Peak = peak;
        for (int i = 0; i < count; i++) mask[i] = peak > 0 && smoothed[i] >= share * peak;
    }

    /// <summary>Along lines; at the edge the weights that lie inside add up to 1.</summary>
    private void Smooth(float[] from, float[] to, int lines, int length, int lineStride, int stride, int radius)
    {
        for (int line = 0; line < lines; line++)
        {
            for (int at = 0; at < length; at++)
            {
                float sum = 0, weight = 0;
                for (int k = Math.Max(at - radius, 0); k <= Math.Min(at + radius, length - 1); k++)
                {
                    float w = _kernel[Math.Abs(k - at)];
                    sum += w * from[line * lineStride + k * stride];
                    weight += w;
                }

                to[line * lineStride + at * stride] = sum / weight;
            }
        }
    }
}
