namespace NetViz.Kernels;

/// <summary>
/// Concat, Pad and Transpose on row-major arrays: elements move and are not computed with, so one definition serves every
/// back-end that keeps its tensors row-major.
/// </summary>
internal static class Movement
{
    /// <summary>Copies a part into the whole, or the whole's part out of it, along one axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="offset">Where on the whole's axis the part begins.</param>
    /// <param name="partShape">The part's shape.</param>
    /// <param name="part">The part's elements.</param>
    /// <param name="wholeShape">The whole's shape, equal but for the axis.</param>
    /// <param name="whole">The whole's elements.</param>
    /// <param name="intoWhole">The direction.</param>
    public static void Concat<T>(int axis, int offset, Shape partShape, Span<T> part, Shape wholeShape, Span<T> whole,
        bool intoWhole)
    {
        int inner = (int)partShape.Product(axis + 1, partShape.Rank), outer = (int)partShape.Product(0, axis);
        int run = partShape[axis] * inner;
        for (int a = 0; a < outer; a++)
        {
            Span<T> there = whole.Slice((a * wholeShape[axis] + offset) * inner, run), here = part.Slice(a * run, run);
            if (intoWhole) here.CopyTo(there);
            else there.CopyTo(here);
        }
    }

    /// <summary>
    /// Copies a tensor to a place in another whose axes begin <paramref name="shift"/> elements before its own.
    /// </summary>
    /// <param name="shift">For each axis the source's offset in the destination; negative where it begins before it.</param>
    /// <param name="from">The source's shape.</param>
    /// <param name="source">The source; elements that fall outside the destination are left out.</param>
    /// <param name="to">The destination's shape.</param>
    /// <param name="destination">The destination; elements that the source does not reach stay as they are.</param>
    public static void Place<T>(ReadOnlySpan<int> shift, Shape from, ReadOnlySpan<T> source, Shape to, Span<T> destination)
    {
        if (from.Rank == 0)
        {
            source.CopyTo(destination);
            return;
        }

        int sourceStride = (int)from.Product(1, from.Rank), destinationStride = (int)to.Product(1, to.Rank);
        int first = Math.Max(0, -shift[0]), last = Math.Min(from[0], to[0] - shift[0]);
        if (from.Rank == 1)
        {
            if (last > first) source[first..last].CopyTo(destination[(first + shift[0])..]);
            return;
        }

        Shape innerFrom = new(from.Lengths[1..]), innerTo = new(to.Lengths[1..]);
        for (int i = first; i < last; i++)
        {
            Place(shift[1..], innerFrom, source.Slice(i * sourceStride, sourceStride), innerTo,
                destination.Slice((i + shift[0]) * destinationStride, destinationStride));
        }
    }

    /// <summary>Destination axis i is source axis permutation[i], both taken as tensors of other axes.</summary>
    public static void Rearrange<T>(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, ReadOnlySpan<T> source,
        Span<T> destination)
    {
        Span<int> to = stackalloc int[lengths.Length];
        for (int axis = 0; axis < to.Length; axis++) to[axis] = lengths[permutation[axis]];
        Transpose(permutation, lengths, source, to, destination);
    }

    /// <summary>Destination axis i is source axis permutation[i].</summary>
    public static void Transpose<T>(ReadOnlySpan<int> permutation, Shape from, ReadOnlySpan<T> source, Shape to,
        Span<T> destination)
    {
        Transpose(permutation, from.Lengths, source, to.Lengths, destination);
    }

    /// <summary>The same on axes that are given by their lengths.</summary>
    public static void Transpose<T>(ReadOnlySpan<int> permutation, ReadOnlySpan<int> from, ReadOnlySpan<T> source,
        ReadOnlySpan<int> to, Span<T> destination)
    {
        int rank = from.Length;
        Span<int> stride = stackalloc int[rank], position = stackalloc int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            stride[axis] = 1;
            foreach (int length in from[(permutation[axis] + 1)..]) stride[axis] *= length;
        }

        position.Clear();
        int at = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source[at];
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                at += stride[axis];
                if (++position[axis] < to[axis]) break;
                at -= stride[axis] * to[axis];
                position[axis] = 0;
            }
        }
    }
}
