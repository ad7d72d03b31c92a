using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Evaluation;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>The rows, columns and channels of a network's input.</summary>
/// <param name="Layout">The order of the axes.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
internal sealed record PictureGrid(ImageLayout Layout, int Channels, int Height, int Width)
{
    /// <summary>What replaces pixels.</summary>
    public PixelCurve Curve { get; } = new(Layout, Channels, Height, Width);

    /// <summary>That of a model.</summary>
    public static PictureGrid Of(Explainer model)
    {
        Preprocessing input = model.Preprocessing;
        return new PictureGrid(input.Layout, input.Channels, input.Height, input.Width);
    }

    /// <summary>An image with a square of another.</summary>
    public float[] Replaced(float[] image, float[] fill, (int Top, int Left, int Side) square)
    {
        float[] replaced = [.. image];
        foreach (int pixel in PixelsOf(square)) Curve.Replace(replaced, fill, [pixel]);
        return replaced;
    }

    /// <summary>
    /// What a map says of a square that is replaced: the sum of its numbers there, or of their products with image minus fill.
    /// </summary>
    public double Sum(Tensor<float> planes, int n, float[] image, float[] fill, (int Top, int Left, int Side) square, bool isAttribution)
    {
        int channels = (int)planes.Lengths[1];
        double sum = 0;
        foreach (int pixel in PixelsOf(square))
        {
            for (int c = 0; c < channels; c++)
            {
                int at = Layout == ImageLayout.Nchw ? c * Height * Width + pixel : pixel * Channels + c;
                double weight = isAttribution ? 1 : image[at] - fill[at];
                sum += weight * planes[n, c, pixel / Width, pixel % Width];
            }
        }

        return sum;
    }

    private IEnumerable<int> PixelsOf((int Top, int Left, int Side) square)
    {
        for (int y = square.Top; y < square.Top + square.Side; y++)
            for (int x = square.Left; x < square.Left + square.Side; x++) yield return y * Width + x;
    }
}
