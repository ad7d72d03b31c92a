using NetViz.Analysis;
using NetViz.Engine.Imaging;
using NetViz.Kernels;

namespace NetViz.Cli.Step;

/// <summary>
/// Elements of a tensor of one image by their coordinates: c,y,x where it has planes, else one number an axis but the batch's.
/// </summary>
internal readonly record struct ElementPlace(Shape Shape, ImageLayout Layout)
{
    // A tensor of one image may have no batch axis, or have it elsewhere; of a single number, the number is element 0.
    private Shape Axes => Shape.WithImages(1) is { Rank: > 1 } axes ? axes : new Shape(1, 1);

    private bool IsPixels => Axes.Rank == 4 && Layout == ImageLayout.Nhwc;

    /// <summary>An element's number in row-major order; null where there is no such element.</summary>
    public int? IndexOf(IReadOnlyList<int> element)
    {
        int[] index = IsPixels && element.Count == 3 ? [0, element[1], element[2], element[0]] : [0, .. element];
        return index.Length == Axes.Rank && ElementIndex.IsIn(Axes, index) ? (int)ElementIndex.In(Axes, index) : null;
    }

    /// <summary>The coordinates of an element.</summary>
    public int[] CoordinatesOf(int element)
    {
        int[] index = ElementIndex.Of(Axes, element);
        return IsPixels ? [index[3], index[1], index[2]] : index[1..];
    }

    /// <summary>The element with the largest magnitude.</summary>
    public int[] OfLargest(ReadOnlySpan<double> signal)
    {
        int largest = 0;
        for (int i = 1; i < Axes.CountPerImage; i++)
        {
            if (Math.Abs(signal[i]) > Math.Abs(signal[largest])) largest = i;
        }

        return CoordinatesOf(largest);
    }
}
