namespace NetViz.Visualisation.ClassModels;

/// <summary>An image blurred by a Gaussian exp(-d^2 / (2 sigma^2)), cut off at 3 sigma; edge pixels repeat outwards.</summary>
public static class GaussianBlur
{
    /// <summary>Blurs in place.</summary>
    /// <param name="image">[C, H, W].</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="sigma">In pixels; 0 leaves the image as it is.</param>
    public static void Apply(Span<float> image, int height, int width, double sigma)
    {
        if (sigma <= 0) return;
        int reach = Math.Max(1, (int)Math.Ceiling(3 * sigma));
        var weights = new double[2 * reach + 1];
        for (int d = -reach; d <= reach; d++) weights[d + reach] = Math.Exp(-d * d / (2 * sigma * sigma));
        double total = weights.Sum();
        var line = new double[Math.Max(height, width)];
        for (int plane = 0; plane < image.Length; plane += height * width)
        {
            for (int y = 0; y < height; y++) Line(image, plane + y * width, 1, width);
            for (int x = 0; x < width; x++) Line(image, plane + x, width, height);
        }

        void Line(Span<float> values, int start, int stride, int length)
        {
            for (int i = 0; i < length; i++)
            {
                double sum = 0;
                for (int d = -reach; d <= reach; d++)
                    sum += weights[d + reach] * values[start + Math.Clamp(i + d, 0, length - 1) * stride];
                line[i] = sum / total;
            }

            for (int i = 0; i < length; i++) values[start + i * stride] = (float)line[i];
        }
    }
}
