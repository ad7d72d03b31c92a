using NetViz.Analysis;
using NetViz.Engine.Imaging;
using NetViz.Kernels;

namespace NetViz.Cli;

/// <summary>
/// Elements of a tensor's first image by their coordinates: c,y,x where it has planes, else one number an axis.
/// </summary>
internal readonly record struct ElementPlace(Shape Shape, ImageLayout Layout)
{
    private bool IsPixels => Shape.Rank == 4 && Layout == ImageLayout.Nhwc;

    /// <summary>An element's number in row-major order; null where there is no such element.</summary>
    public int? IndexOf(IReadOnlyList<int> element)
    {
        int[] index = IsPixels && element.Count == 3 ? [0, element[1], element[2], element[0]] : [0, .. element];
        return index.Length == Shape.Rank && ElementIndex.IsIn(Shape, index) ? (int)ElementIndex.In(Shape, index) : null;
    }

    /// <summary>The coordinates of an element of the first image.</summary>
    public int[] CoordinatesOf(int element)
    {
        int[] index = ElementIndex.Of(Shape, element);
        return IsPixels ? [index[3], index[1], index[2]] : index[1..];
    }

    /// <summary>The element of the first image with the largest magnitude.</summary>
    public int[] OfLargest(ReadOnlySpan<double> signal)
    {
        int largest = 0;
        for (int i = 1; i < Shape.CountPerImage; i++)
        {
            if (Math.Abs(signal[i]) > Math.Abs(signal[largest])) largest = i;
        }

        return CoordinatesOf(largest);
    }
}
