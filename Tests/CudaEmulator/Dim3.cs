namespace NetViz.CudaEmulator;

/// <summary>The extent of a grid in blocks or of a block in threads, or a place in either.</summary>
public readonly record struct Dim3(int X, int Y, int Z)
{
    /// <summary>X Y Z.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>Place number <paramref name="index"/> of this extent; X runs fastest.</summary>
    public Dim3 At(long index) => new((int)(index % X), (int)(index / X % Y), (int)(index / X / Y));

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
