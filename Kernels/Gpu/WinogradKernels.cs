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
    public int TilesX, TilesPerImage;

    /// <summary>The part's first tile, its tiles, and from channel to channel of it, a multiple of four.</summary>
    public int First, Count, Stride;

    /// <summary>The planes that are read or written.</summary>
    public int Channels, H, W;
}

/// <summary>B^T d B: a thread a tile of a channel, tile after tile, so that a warp writes lines.</summary>
internal struct WinogradInputKernel : IThreadKernel
{
    public WinogradTiles Tiles;
    public int PadTop, PadLeft;
    public ArrayView<float> X, Transformed;

    public readonly void Run(int i)
    {
        int c = i / Tiles.Count, t = i - c * Tiles.Count, tile = Tiles.First + t;
        int image = tile / Tiles.TilesPerImage, inImage = tile - image * Tiles.TilesPerImage;
        int tileY = inImage / Tiles.TilesX, y = 4 * tileY - PadTop, x = 4 * (inImage - tileY * Tiles.TilesX) - PadLeft;
        int plane = (image * Tiles.Channels + c) * Tiles.H;
        var d = new Tile6(Row(plane, y, x).Input(), Row(plane, y + 1, x).Input(), Row(plane, y + 2, x).Input(),
            Row(plane, y + 3, x).Input(), Row(plane, y + 4, x).Input(), Row(plane, y + 5, x).Input());
        d = d.Transposed.Input;

        // Row r of d is now column r of the tile's positions.
        int step = Tiles.Channels * Tiles.Stride, at = c * Tiles.Stride + t;
        Write(at, step, d.R0);
        Write(at + step, step, d.R1);
        Write(at + 2 * step, step, d.R2);
        Write(at + 3 * step, step, d.R3);
        Write(at + 4 * step, step, d.R4);
        Write(at + 5 * step, step, d.R5);
    }

    private readonly Line6 Row(int plane, int y, int x) => y < 0 || y >= Tiles.H
        ? default
        : new Line6(At(plane + y, x), At(plane + y, x + 1), At(plane + y, x + 2), At(plane + y, x + 3), At(plane + y, x + 4),
            At(plane + y, x + 5));

    private readonly float At(int row, int x) => x < 0 || x >= Tiles.W ? 0f : X[row * Tiles.W + x];

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
internal struct WinogradOutputKernel : IThreadKernel
{
    public WinogradTiles Tiles;
    public int HasBias;
    public ArrayView<float> Products, Bias, Y;

    public readonly void Run(int i)
    {
        int o = i / Tiles.Count, t = i - o * Tiles.Count, tile = Tiles.First + t;
        int image = tile / Tiles.TilesPerImage, inImage = tile - image * Tiles.TilesPerImage;
        int tileY = inImage / Tiles.TilesX, y = 4 * tileY, x = 4 * (inImage - tileY * Tiles.TilesX);
        int step = Tiles.Channels * Tiles.Stride, at = o * Tiles.Stride + t;

        // Column by column of the positions; X, Y, Z, W of each are its four rows.
        Float4 c0 = Column(at, step), c1 = Column(at + step, step), c2 = Column(at + 2 * step, step);
        Float4 c3 = Column(at + 3 * step, step), c4 = Column(at + 4 * step, step), c5 = Column(at + 5 * step, step);
        float bias = HasBias != 0 ? Bias[o] : 0f;
        int row = (image * Tiles.Channels + o) * Tiles.H + y;
        Write(row, y, x, new Line6(c0.X, c1.X, c2.X, c3.X, c4.X, c5.X).Output(), bias);
        Write(row + 1, y + 1, x, new Line6(c0.Y, c1.Y, c2.Y, c3.Y, c4.Y, c5.Y).Output(), bias);
        Write(row + 2, y + 2, x, new Line6(c0.Z, c1.Z, c2.Z, c3.Z, c4.Z, c5.Z).Output(), bias);
        Write(row + 3, y + 3, x, new Line6(c0.W, c1.W, c2.W, c3.W, c4.W, c5.W).Output(), bias);
    }

    private readonly Float4 Column(int at, int step) => new Line6(Products[at], Products[at + 6 * step], Products[at + 12 * step],
        Products[at + 18 * step], Products[at + 24 * step], Products[at + 30 * step]).Output();

    private readonly void Write(int row, int y, int x, Float4 line, float bias)
    {
        if (y >= Tiles.H) return;
        int at = row * Tiles.W + x;
        if (Tiles.W % 4 == 0)
        {
            Y.Cast<Float4>()[at / 4] = new Float4(line.X + bias, line.Y + bias, line.Z + bias, line.W + bias);
            return;
        }

        Y[at] = line.X + bias;
        if (x + 1 < Tiles.W) Y[at + 1] = line.Y + bias;
        if (x + 2 < Tiles.W) Y[at + 2] = line.Z + bias;
        if (x + 3 < Tiles.W) Y[at + 3] = line.W + bias;
    }
}

/// <summary>
/// G g G^T of the filters [O, C, 3, 3] to [36][terms][rows, padded with zeros]: a thread a filter. Forward the rows are output
/// channels and the terms input channels; on the way down it is the other way round, and the filters are flipped.
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
