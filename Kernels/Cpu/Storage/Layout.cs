namespace NetViz.Kernels.Cpu;

/// <summary>
/// How a tensor lies in memory. [N, C, H, W] lies as [N][blocks][H][W][16], sixteen channels a block, so that a pixel's sixteen
/// numbers are one vector: convolutions read and write whole vectors whatever the kernel, and no transposition is needed.
/// Lanes past the last channel mean nothing: they may hold anything, and no result is computed from them. Any other rank lies
/// row-major.
/// </summary>
internal readonly record struct Layout
{
    /// <summary>Channels of a block.</summary>
    public const int Lanes = 16;

    /// <summary>The layout of a shape.</summary>
    public Layout(in Shape shape)
    {
        IsBlocked = shape.Rank == 4;
        (Images, Channels, Height, Width) =
            IsBlocked ? (shape.N, shape.C, shape.H, shape.W) : (1, 1, 1, checked((int)shape.Count));
    }

    private Layout(int images, int channels, int places) =>
        (IsBlocked, Images, Channels, Height, Width) = (true, images, channels, 1, places);

    /// <summary>How [N, C, ...] of any rank lies, or would lie, in blocks of channels, its places in one row.</summary>
    public static Layout OfChannels(in Shape shape) =>
        new(shape.N, shape.C, checked((int)shape.Product(2, shape.Rank)));

    /// <summary>Whether channels lie in blocks.</summary>
    public bool IsBlocked { get; }

    /// <summary>N.</summary>
    public int Images { get; init; }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>H.</summary>
    public int Height { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>Places of a plane, H W.</summary>
    public int Area => Height * Width;

    /// <summary>Blocks of sixteen channels.</summary>
    public int Blocks => BlocksOf(Channels);

    /// <summary>Floats of one block of one image.</summary>
    public long BlockFloats => (long)Area * Lanes;

    /// <summary>Floats of one image.</summary>
    public long ImageFloats => IsBlocked ? Blocks * BlockFloats : Area;

    /// <summary>Floats in all.</summary>
    public long Stored => Images * ImageFloats;

    /// <summary>Channels that lie in a block: 16, fewer in the last.</summary>
    public int ChannelsOf(int block) => Math.Min(Lanes, Channels - block * Lanes);

    /// <summary>
    /// Floats that a tensor of a shape takes; does not overflow where the shape is one that no machine could hold.
    /// </summary>
    public static long StoredOf(in Shape shape) =>
        shape.Rank == 4 ? checked((long)shape.N * BlocksOf(shape.C) * Lanes * shape.H * shape.W) : shape.Count;

    /// <summary>Blocks needed for the given number of channels.</summary>
    public static int BlocksOf(int channels) => (int)(((long)channels + Lanes - 1) / Lanes);

    /// <summary>Where the number of channel c at a place of a plane lies in its image.</summary>
    public long At(int channel, int place) => channel / Lanes * BlockFloats + (long)place * Lanes + channel % Lanes;
}
