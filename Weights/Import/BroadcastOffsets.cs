namespace NetViz.Weights.Import;

/// <summary>
/// Where the elements of two operands lie that broadcast to a result: the result is gone through row by row of its last axis, and
/// an operand's axis of length 1 is read again and again.
/// </summary>
internal sealed class BroadcastOffsets
{
    private readonly int[] _dims, _stridesA, _stridesB, _position;

    /// <summary>Begins at the first row.</summary>
    /// <param name="dims">The result's axes.</param>
    /// <param name="a">The first operand's, as many.</param>
    /// <param name="b">The second operand's, as many.</param>
    public BroadcastOffsets(int[] dims, int[] a, int[] b)
    {
        (_dims, _stridesA, _stridesB, _position) = (dims, Spread(a), Spread(b), new int[dims.Length]);
        Row = dims.Length > 0 ? Math.Max(1, dims[^1]) : 1;
        (StepA, StepB) = dims.Length > 0 ? (_stridesA[^1], _stridesB[^1]) : (0, 0);
    }

    /// <summary>Elements of a row.</summary>
    public int Row { get; }

    /// <summary>The first operand's element at the row's beginning.</summary>
    public int A { get; private set; }

    /// <summary>The second operand's element at the row's beginning.</summary>
    public int B { get; private set; }

    /// <summary>Elements between neighbours of the first operand along a row; 0 if one is read for all.</summary>
    public int StepA { get; }

    /// <summary>Elements between neighbours of the second operand along a row.</summary>
    public int StepB { get; }

    /// <summary>Goes to the next row.</summary>
    public void Next()
    {
        for (int axis = _dims.Length - 2; axis >= 0; axis--)
        {
            (A, B) = (A + _stridesA[axis], B + _stridesB[axis]);
            if (++_position[axis] < _dims[axis]) return;
            (A, B) = (A - _stridesA[axis] * _dims[axis], B - _stridesB[axis] * _dims[axis]);
            _position[axis] = 0;
        }
    }

    private static int[] Spread(int[] dims) =>
        [.. ConstantFolding.Strides(dims).Zip(dims, (stride, length) => length == 1 ? 0 : stride)];
}
