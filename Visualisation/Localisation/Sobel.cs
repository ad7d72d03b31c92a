using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Localisation;

/// <summary>
/// Edges as a saliency map, a baseline that knows no class: the magnitude of Sobel's gradient of the brightness (BT.601).
/// Beyond the edge the outermost pixel goes on.
/// </summary>
public static class Sobel
{
    /// <summary>The magnitude at each pixel, [Height, Width].</summary>
    public static float[] Of(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        (int width, int height) = (photo.Width, photo.Height);
        var luma = new float[width * height];
        for (int i = 0; i < luma.Length; i++) luma[i] = HeatMap.Luma(photo.Rgb.AsSpan(3 * i, 3));
        var edges = new float[luma.Length];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> above = luma.AsSpan(Math.Max(y - 1, 0) * width, width), here = luma.AsSpan(y * width, width),
                below = luma.AsSpan(Math.Min(y + 1, height - 1) * width, width);
            for (int x = 0; x < width; x++)
            {
                int left = Math.Max(x - 1, 0), right = Math.Min(x + 1, width - 1);
                float dx = above[right] + 2 * here[right] + below[right] - above[left] - 2 * here[left] - below[left];
                float dy = below[left] + 2 * below[x] + below[right] - above[left] - 2 * above[x] - above[right];
                edges[y * width + x] = MathF.Sqrt(dx * dx + dy * dy);
            }
        }

        return edges;
    }
}
