namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Pixels set to zero where they matter little (Yosinski et al. 2015): those with a small norm over the channels, or with a small
/// contribution, |sum over c of I_c dS/dI_c|: what the score would lose to first order without the pixel.
/// </summary>
public static class Clipping
{
    /// <summary>Sets the pixels of the smallest norm to zero.</summary>
    /// <param name="image">[C, H, W].</param>
    /// <param name="plane">H W.</param>
    /// <param name="percent">How many of the pixels, 0 to 100.</param>
    public static void SmallNorm(Span<float> image, int plane, double percent)
    {
        var size = new float[plane];
        for (int i = 0; i < image.Length; i++) size[i % plane] += image[i] * image[i];
        Cut(image, size, percent);
    }

    /// <summary>Sets the pixels of the smallest contribution to zero.</summary>
    /// <param name="image">[C, H, W].</param>
    /// <param name="gradient">dS/dI, [C, H, W].</param>
    /// <param name="plane">H W.</param>
    /// <param name="percent">How many of the pixels, 0 to 100.</param>
    public static void SmallContribution(Span<float> image, ReadOnlySpan<float> gradient, int plane, double percent)
    {
        var size = new float[plane];
        for (int i = 0; i < image.Length; i++) size[i % plane] += image[i] * gradient[i];
        for (int i = 0; i < plane; i++) size[i] = Math.Abs(size[i]);
        Cut(image, size, percent);
    }

    private static void Cut(Span<float> image, float[] size, double percent)
    {
        int cut = (int)(size.Length * percent / 100);
        if (cut <= 0) return;
        float[] sorted = [.. size.Order()];
        float limit = sorted[Math.Min(cut, size.Length) - 1];
        for (int i = 0; i < image.Length; i++)
            if (size[i % size.Length] <= limit) image[i] = 0;
    }
}
