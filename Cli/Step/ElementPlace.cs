using NetViz.Engine;
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
        int[] places = IsPixels && element.Count == 3 ? [element[1], element[2], element[0]] : [.. element];
        if (places.Length != Shape.Rank - 1) return null;
        long index = 0;
        for (int axis = 1; axis < Shape.Rank; axis++)
        {
            if (places[axis - 1] >= Shape[axis]) return null;
            index = index * Shape[axis] + places[axis - 1];
        }

        return (int)index;
    }

    /// <summary>The coordinates of an element of the first image.</summary>
    public int[] CoordinatesOf(int index)
    {
        var places = new int[Shape.Rank - 1];
        for (int axis = Shape.Rank - 1; axis > 0; axis--) (index, places[axis - 1]) = Math.DivRem(index, Shape[axis]);
        return IsPixels ? [places[2], places[0], places[1]] : places;
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
