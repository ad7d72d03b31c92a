namespace NetViz.Kernels;

/// <summary>
/// Two tensors of different shapes element by element, as ONNX has it: their last axes are aligned, and a tensor is repeated
/// along an axis where it has length 1 or none.
/// </summary>
public static class Broadcasting
{

    /// <summary>Returns the shape of the result; null where the shapes do not fit each other.</summary>
    /// <param name="a">The first shape.</param>
    /// <param name="b">The second shape.</param>
    public static Shape? Result(Shape a, Shape b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var lengths = new int[rank];
        for (int k = 1; k <= rank; k++)
        {
            int first = k <= a.Rank ? a[^k] : 1, second = k <= b.Rank ? b[^k] : 1;
            if (first != second && first != 1 && second != 1) return null;
            lengths[^k] = first == 1 ? second : first;
        }

        return new Shape(lengths);
    }

    /// <summary>Returns whether the result of two shapes is the first of them.</summary>
    /// <param name="whole">The first shape.</param>
    /// <param name="part">The second shape.</param>
    public static bool Covers(Shape whole, Shape part)
    {
        if (part.Rank > whole.Rank) return false;
        for (int k = 1; k <= part.Rank; k++)
            if (part[^k] != 1 && part[^k] != whole[^k]) return false;
        return true;
    }

    /// <summary>
    /// Returns the shape of the result of two tensors, without allocating where it is one of theirs or that of a signal.
    /// </summary>
    /// <param name="a">The first shape.</param>
    /// <param name="b">The second shape.</param>
    /// <param name="signal">The shape of a signal above the result, whose batch may be a multiple.</param>
    public static Shape Kept(Shape a, Shape b, Shape signal) => Covers(a, b) ? a
        : Covers(b, a) ? b
        : a.Rank == signal.Rank && b.Rank == signal.Rank && Math.Max(a.N, b.N) == signal.N ? signal
        : Result(a, b) ?? throw new ArgumentException($"{a} and {b} do not broadcast to each other.", nameof(b));

    /// <summary>For each axis of the result the elements of an operand between neighbours; 0 where it is repeated.</summary>
    /// <param name="result">The result's shape.</param>
    /// <param name="operand">The operand's shape.</param>
    /// <param name="strides">As many numbers as the result has axes.</param>
    public static void Strides(Shape result, Shape operand, Span<int> strides)
    {
        strides.Clear();
        int stride = 1;
        for (int k = 1; k <= operand.Rank; k++)
        {
            if (operand[^k] > 1) strides[^k] = stride;
            stride = checked(stride * operand[^k]);
        }
    }
}
