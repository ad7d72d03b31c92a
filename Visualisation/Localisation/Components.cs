namespace NetViz.Visualisation.Localisation;

/// <summary>
/// Connected components of a mask. Pixels that touch at an edge or a corner are connected, the 8 neighbours of the graph cut
/// [ours: the paper does not say]. An instance keeps its arrays from one mask to the next; it belongs to one thread.
/// </summary>
public sealed class Components
{
    private int[] _open = [];
    private int[] _label = [];

    /// <summary>How many components the last mask had.</summary>
    public int Count { get; private set; }

    /// <summary>Pixels of its largest one.</summary>
    public int LargestArea { get; private set; }

    /// <summary>
    /// Leaves the largest component of a mask; of equally large ones the one that comes first, row by row.
    /// </summary>
    /// <param name="mask">Row by row, [height, width]; pixels of other components become false.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    public void KeepLargest(Span<bool> mask, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, width * height, nameof(mask));
        if (_label.Length < mask.Length) (_label, _open) = (new int[mask.Length], new int[mask.Length]);
        Array.Clear(_label, 0, mask.Length);
        (Count, LargestArea) = (0, 0);
        int largest = 0;
        for (int start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || _label[start] != 0) continue;
            int area = Spread(mask, width, height, start, ++Count);
            if (area > LargestArea) (largest, LargestArea) = (Count, area);
        }

        for (int i = 0; i < mask.Length; i++) mask[i] &= _label[i] == largest;
    }

    private int Spread(ReadOnlySpan<bool> mask, int width, int height, int start, int label)
    {
        int open = 0, area = 0;
        _label[start] = label;
        _open[open++] = start;
        while (open > 0)
        {
            int at = _open[--open], x = at % width, y = at / width;
            area++;
            for (int ny = Math.Max(y - 1, 0); ny <= Math.Min(y + 1, height - 1); ny++)
            {
                for (int nx = Math.Max(x - 1, 0); nx <= Math.Min(x + 1, width - 1); nx++)
                {
                    int other = ny * width + nx;
                    if (!mask[other] || _label[other] != 0) continue;
                    _label[other] = label;
                    _open[open++] = other;
                }
            }
        }

        return area;
    }
}
