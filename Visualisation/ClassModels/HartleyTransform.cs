using System.Numerics.Tensors;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// The Fourier transform of real planes in real numbers: Z = H_h X H_w with H_n(k, i) = cas(2 pi k i / n) / sqrt(n),
/// cas = cos + sin (Hartley 1942). H_n is symmetric and orthogonal, so the transform is its own inverse and its own transpose.
/// Coefficient (k, l) holds waves of the frequencies min(k, h - k) / h and min(l, w - l) / w, in cycles a pixel.
/// </summary>
/// <param name="height">h.</param>
/// <param name="width">w.</param>
public sealed class HartleyTransform(int height, int width)
{
    private readonly float[] _rows = Matrix(height);
    private readonly float[] _columns = Matrix(width);

    /// <summary>Transforms planes, forth or back.</summary>
    /// <param name="input">[C, H, W].</param>
    /// <param name="output">[C, H, W].</param>
    public void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        var across = new float[height * width];
        for (int plane = 0; plane < input.Length; plane += across.Length)
        {
            // across = (X H_w)^T, [w, h]; then each output element is a product of two contiguous rows.
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<float> row = input.Slice(plane + y * width, width);
                for (int l = 0; l < width; l++)
                    across[l * height + y] = TensorPrimitives.Dot(row, _columns.AsSpan(l * width, width));
            }

            for (int k = 0; k < height; k++)
            {
                ReadOnlySpan<float> wave = _rows.AsSpan(k * height, height);
                for (int l = 0; l < width; l++)
                    output[plane + k * width + l] = TensorPrimitives.Dot(wave, across.AsSpan(l * height, height));
            }
        }
    }

    /// <summary>The frequency of coefficient (k, l) in cycles a pixel.</summary>
    public double Frequency(int k, int l) =>
        double.Hypot((double)Math.Min(k, height - k) / height, (double)Math.Min(l, width - l) / width);

    private static float[] Matrix(int n)
    {
        var matrix = new float[n * n];
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++)
            {
                (double sin, double cos) = Math.SinCos(2 * Math.PI * ((long)k * i % n) / n);
                matrix[k * n + i] = (float)((cos + sin) / Math.Sqrt(n));
            }
        }

        return matrix;
    }
}
