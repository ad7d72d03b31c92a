namespace NetViz.Visualisation.Maps;

/// <summary>Enlarging of planes, bilinearly, with pixels as areas: corners are not aligned (PyTorch's default).</summary>
public static class BilinearGrid
{
    /// <summary>Enlarges one plane.</summary>
    /// <param name="plane">Row by row.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="toHeight">Rows of the result.</param>
    /// <param name="toWidth">Columns of the result.</param>
    /// <exception cref="ArgumentException">The plane has another number of elements.</exception>
    public static double[] Enlarge(ReadOnlySpan<double> plane, int height, int width, int toHeight, int toWidth)
    {
        if (plane.Length != height * width) throw new ArgumentException($"{plane.Length} numbers for {height}x{width}.", nameof(plane));
        var result = new double[toHeight * toWidth];
        for (int y = 0; y < toHeight; y++)
        {
            (int y0, int y1, double v) = At(y, toHeight, height);
            for (int x = 0; x < toWidth; x++)
            {
                (int x0, int x1, double u) = At(x, toWidth, width);
                double above = plane[y0 * width + x0] * (1 - u) + plane[y0 * width + x1] * u;
                double below = plane[y1 * width + x0] * (1 - u) + plane[y1 * width + x1] * u;
                result[y * toWidth + x] = above * (1 - v) + below * v;
            }
        }

        return result;
    }

    private static (int First, int Second, double Share) At(int place, int to, int from)
    {
        double source = Math.Max(0, (place + 0.5) * from / to - 0.5);
        int first = Math.Min((int)source, from - 1);
        return (first, Math.Min(first + 1, from - 1), source - first);
    }
}
