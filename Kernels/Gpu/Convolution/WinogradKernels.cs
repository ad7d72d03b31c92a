using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// A part of the tiles of a batch: output tiles of 4 x 4, row by row, image after image. Transformed they lie
/// [36][channels][Stride], a tile a column.
/// </summary>
internal struct WinogradTiles
{
    /// <summary>Positions of a transformed tile: 6 x 6.</summary>
    public const int Positions = 36;

    /// <summary>Tiles in a row of them, and in an image.</summary>
    public Divisor TilesX, TilesPerImage;

    /// <summary>The part's tiles, its first tile, and from channel to channel of it, a multiple of four.</summary>
    public Divisor Count;
    public int First, Stride;

    /// <summary>The planes that are read or written.</summary>
    public int Channels, H, W;

    /// <summary>Tile t of channel c, numbered c Count + t: its plane, and its first row and column of the output.</summary>
    public readonly TilePlace Of(int i)
    {
        int c = Count.Quotient(i), tile = First + i - c * Count.Value;
        int image = TilesPerImage.Quotient(tile), inImage = tile - image * TilesPerImage.Value;
        int tileY = TilesX.Quotient(inImage);
        return new TilePlace(image * Channels + c, 4 * tileY, 4 * (inImage - tileY * TilesX.Value));
    }

    /// <summary>Where it lies transformed, at the first position.</summary>
    public readonly int At(int i)
    {
        int c = Count.Quotient(i);
        return c * Stride + i - c * Count.Value;
    }
}

/// <summary>A tile's plane, numbered over the batch, and its first row and column.</summary>
internal readonly struct TilePlace(int plane, int h, int w)
{
    public readonly int Plane = plane, H = h, W = w;
}

/// <summary>B^T d B: a thread a tile of a channel, tile after tile, so that a warp writes lines.</summary>
internal struct WinogradInputKernel<TSource> : IThreadKernel
    where TSource : struct, ITileSource
{
    public WinogradTiles Tiles;
    public int PadTop, PadLeft;
    public TSource Source;
    public ArrayView<float> Transformed;

    public readonly void Run(int i)
    {
        TilePlace tile = Tiles.Of(i);
        Tile6 d = Source.Load(tile.Plane, Tiles.H, Tiles.W, tile.H - PadTop, tile.W - PadLeft).Input.Transposed.Input;

        // Row r of d is now column r of the tile's positions.
        int step = Tiles.Channels * Tiles.Stride, at = Tiles.At(i);
        Write(at, step, d.R0);
        Write(at + step, step, d.R1);
        Write(at + 2 * step, step, d.R2);
        Write(at + 3 * step, step, d.R3);
        Write(at + 4 * step, step, d.R4);
        Write(at + 5 * step, step, d.R5);
    }

    private readonly void Write(int at, int step, Line6 column)
    {
        Transformed[at] = column.E0;
        Transformed[at + 6 * step] = column.E1;
        Transformed[at + 12 * step] = column.E2;
        Transformed[at + 18 * step] = column.E3;
        Transformed[at + 24 * step] = column.E4;
        Transformed[at + 30 * step] = column.E5;
    }
}

/// <summary>A^T m A + bias: a thread a tile of a channel.</summary>
internal struct WinogradOutputKernel<TTarget> : IThreadKernel
    where TTarget : struct, ITileTarget
{
    public WinogradTiles Tiles;
    public int HasBias;
    public ArrayView<float> Products, Bias;
    public TTarget Target;

    public readonly void Run(int i)
    {
        TilePlace tile = Tiles.Of(i);
        int step = Tiles.Channels * Tiles.Stride, at = Tiles.At(i);

        // Column by column of the positions; X, Y, Z, W of each are its four rows.
        Float4 c0 = Column(at, step), c1 = Column(at + step, step), c2 = Column(at + 2 * step, step);
        Float4 c3 = Column(at + 3 * step, step), c4 = Column(at + 4 * step, step), c5 = Column(at + 5 * step, step);
        float bias = HasBias != 0 ? Bias[Tiles.Count.Quotient(i)] : 0f;
        Target.Store(tile.Plane, Tiles.H, Tiles.W, tile.H, tile.W,
            Sum(new Line6(c0.X, c1.X, c2.X, c3.X, c4.X, c5.X), bias), Sum(new Line6(c0.Y, c1.Y, c2.Y, c3.Y, c4.Y, c5.Y), bias),
            Sum(new Line6(c0.Z, c1.Z, c2.Z, c3.Z, c4.Z, c5.Z), bias), Sum(new Line6(c0.W, c1.W, c2.W, c3.W, c4.W, c5.W), bias));
    }

    private readonly Float4 Column(int at, int step) => new Line6(Products[at], Products[at + 6 * step], Products[at + 12 * step],
        Products[at + 18 * step], Products[at + 24 * step], Products[at + 30 * step]).Output();

    private static Float4 Sum(Line6 row, float bias)
    {
        Float4 sum = row.Output();
        return new Float4(sum.X + bias, sum.Y + bias, sum.Z + bias, sum.W + bias);
    }
}

/// <summary>
/// G g G^T of the filters [O, C, 3, 3] to [36][terms][rows, padded with zeros]: a thread a filter. Forward the rows are output
/// channels and the terms input channels; in the backward pass it is the other way round, and the filters are flipped.
/// </summary>
internal struct WinogradFilterKernel : IThreadKernel
{
    public int Rows, PaddedRows, Terms, IsDown;
    public ArrayView<float> Weight, Transformed;

    public readonly void Run(int i)
    {
        int row = i % PaddedRows, term = i / PaddedRows;
        Line6 c0 = default, c1 = default, c2 = default;
        if (row < Rows)
        {
            int at = (IsDown != 0 ? term * Rows + row : row * Terms + term) * 9, tap = 1;
            if (IsDown != 0) (at, tap) = (at + 8, -1);
            c0 = Line6.Filter(Weight[at], Weight[at + 3 * tap], Weight[at + 6 * tap]);
            c1 = Line6.Filter(Weight[at + tap], Weight[at + 4 * tap], Weight[at + 7 * tap]);
            c2 = Line6.Filter(Weight[at + 2 * tap], Weight[at + 5 * tap], Weight[at + 8 * tap]);
        }

        int step = Terms * PaddedRows;
        Write(i, step, Line6.Filter(c0.E0, c1.E0, c2.E0));
        Write(i + 6 * step, step, Line6.Filter(c0.E1, c1.E1, c2.E1));
        Write(i + 12 * step, step, Line6.Filter(c0.E2, c1.E2, c2.E2));
        Write(i + 18 * step, step, Line6.Filter(c0.E3, c1.E3, c2.E3));
        Write(i + 24 * step, step, Line6.Filter(c0.E4, c1.E4, c2.E4));
        Write(i + 30 * step, step, Line6.Filter(c0.E5, c1.E5, c2.E5));
    }

    private readonly void Write(int at, int step, Line6 row)
    {
        Transformed[at] = row.E0;
        Transformed[at + step] = row.E1;
        Transformed[at + 2 * step] = row.E2;
        Transformed[at + 3 * step] = row.E3;
        Transformed[at + 4 * step] = row.E4;
        Transformed[at + 5 * step] = row.E5;
    }
}
