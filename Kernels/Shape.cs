namespace NetViz.Kernels;

/// <summary>
/// The lengths of a tensor's axes, outermost first: [N, C, H, W] for images and feature maps, [N, F] for vectors.
/// Elements are numbered in row-major order wherever a plain order is meant.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[]? _lengths;

    /// <summary>Creates a shape.</summary>
    /// <param name="lengths">The axes' lengths, outermost first, none negative.</param>
    public Shape(params ReadOnlySpan<int> lengths)
    {
        foreach (int length in lengths) ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
        _lengths = lengths.ToArray();
    }

    /// <summary>The axes' lengths, outermost first.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>How many axes there are; 0 for a scalar.</summary>
    public int Rank => Lengths.Length;

    /// <summary>The length of one axis.</summary>
    public int this[int axis] => Lengths[axis];

    /// <summary>The length of one axis, counted from the end by ^.</summary>
    public int this[Index axis] => Lengths[axis];

    /// <summary>Images in the batch; 1 for a scalar, which has no axes.</summary>
    public int N => Rank == 0 ? 1 : this[0];

    /// <summary>Channels, of a shape [N, C, ...].</summary>
    public int C => this[1];

    /// <summary>Rows, of a shape [N, C, H, W].</summary>
    public int H => this[2];

    /// <summary>Columns, of a shape [N, C, H, W].</summary>
    public int W => this[3];

    /// <summary>The number of elements.</summary>
    public long Count => Product(0, Rank);

    /// <summary>The number of elements of one image: the product of all axes but the first.</summary>
    public long CountPerImage => Product(Math.Min(1, Rank), Rank);

    /// <summary>The product of the lengths of the axes from..to, to excluded; 1 if there is none.</summary>
    public long Product(int from, int to)
    {
        long product = 1;
        for (int axis = from; axis < to; axis++) product = checked(product * this[axis]);
        return product;
    }

    /// <summary>The same shape with another batch size.</summary>
    public Shape WithBatch(int n)
    {
        int[] lengths = Lengths.ToArray();
        if (lengths.Length > 0) lengths[0] = n;
        return new Shape(lengths);
    }

    /// <summary>Whether both have the same axes.</summary>
    public bool Equals(Shape other) => Lengths.SequenceEqual(other.Lengths);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int length in Lengths) hash.Add(length);
        return hash.ToHashCode();
    }

    /// <summary>Whether both have the same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether they differ in any axis.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For example <c>[1, 3, 224, 224]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Lengths.ToArray())}]";
}
