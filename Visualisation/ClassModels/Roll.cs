namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Jitter as in CS231n: the image rolled by some rows and columns, what leaves at one edge entering at the other.
/// A permutation of pixels, so its transpose rolls back.
/// </summary>
/// <param name="height">Rows.</param>
/// <param name="width">Columns.</param>
/// <param name="down">Rows down; may be negative.</param>
/// <param name="right">Columns to the right; may be negative.</param>
public sealed class Roll(int height, int width, int down, int right) : IPixelView
{
    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<float> image, Span<float> view) => Shift(image, view, down, right);

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> viewSignal, Span<float> imageSignal) =>
        Shift(viewSignal, imageSignal, -down, -right);

    private void Shift(ReadOnlySpan<float> from, Span<float> to, int rows, int columns)
    {
        int cut = Modulo(columns, width);
        for (int row = 0; row < from.Length / width; row++)
        {
            int c = row / height, target = c * height + Modulo(row % height + rows, height);
            ReadOnlySpan<float> source = from.Slice(row * width, width);
            Span<float> line = to.Slice(target * width, width);
            source[..(width - cut)].CopyTo(line[cut..]);
            source[(width - cut)..].CopyTo(line);
        }
    }

    private static int Modulo(int value, int length) => (value % length + length) % length;
}
