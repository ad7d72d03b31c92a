using NetViz.Kernels;

namespace NetViz.Analysis;

/// <summary>An element's place in a tensor: its row-major number and its index on each axis.</summary>
public static class ElementIndex
{
    /// <summary>The index on each axis, outermost first.</summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="element">The row-major number.</param>
    public static int[] Of(Shape shape, long element)
    {
        var index = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
            (element, index[axis]) = (element / shape[axis], (int)(element % shape[axis]));
        return index;
    }

    /// <summary>The row-major number.</summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="index">The index on each axis, outermost first.</param>
    public static long In(Shape shape, ReadOnlySpan<int> index)
    {
        long element = 0;
        for (int axis = 0; axis < shape.Rank; axis++) element = element * shape[axis] + index[axis];
        return element;
    }

    /// <summary>
    /// Returns which element of a constant belongs to an element of a tensor: their last axes are aligned, and the constant is
    /// repeated along its axes of length 1.
    /// </summary>
    /// <param name="index">The element's index in the tensor.</param>
    /// <param name="constant">The constant's shape.</param>
    public static int Broadcast(ReadOnlySpan<int> index, Shape constant)
    {
        int at = 0;
        for (int axis = 0; axis < constant.Rank; axis++)
            at = at * constant[axis] + (constant[axis] == 1 ? 0 : index[index.Length - constant.Rank + axis]);
        return at;
    }

    /// <summary>Whether an index lies inside a shape.</summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="index">The index on each axis, outermost first.</param>
    public static bool IsIn(Shape shape, ReadOnlySpan<int> index)
    {
        for (int axis = 0; axis < shape.Rank; axis++)
            if (index[axis] < 0 || index[axis] >= shape[axis]) return false;
        return true;
    }
}
