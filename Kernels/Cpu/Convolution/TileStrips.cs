using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The 4x4 tiles of a plane in strips of up to seven side by side, numbered over rows of tiles and images, and their way into
/// Winograd's domain.
/// </summary>
internal readonly unsafe struct TileStrips
{
    /// <summary>Floats that a transform works in: a strip half transformed, and a copy of it.</summary>
    public const int WorkFloats = 2 * HalfFloats;

    /// <summary>Floats of a strip's six rows.</summary>
    public const int HalfFloats = Side * WinogradTransforms.MostColumns * Lanes;

    private const int Lanes = Layout.Lanes;
    private const int Side = WinogradTransforms.Side;
    private const int Step = WinogradTransforms.Step;

    /// <summary>The tiles of a convolution's output.</summary>
    public TileStrips(in Layout output)
    {
        TilesX = (output.Width + Step - 1) / Step;
        TilesY = (output.Height + Step - 1) / Step;
        int strips = Math.Max(1, (TilesX + WinogradTransforms.MostTiles - 1) / WinogradTransforms.MostTiles);
        StripTiles = Math.Max(1, (TilesX + strips - 1) / strips);
        StripsX = (TilesX + StripTiles - 1) / StripTiles;
        Count = output.Images * TilesY * StripsX;
    }

    /// <summary>Strips in all.</summary>
    public int Count { get; }

    /// <summary>Tiles of a strip; the last of a row may have fewer.</summary>
    public int StripTiles { get; }

    private int TilesX { get; }

    private int TilesY { get; }

    private int StripsX { get; }

    /// <summary>Tiles before a strip.</summary>
    public int FirstTile(int strip) => strip / StripsX * TilesX + strip % StripsX * StripTiles;

    /// <summary>The number of tiles in a strip; the last one of a row may have fewer.</summary>
    public int TilesOf(int strip) => Math.Min(StripTiles, TilesX - strip % StripsX * StripTiles);

    /// <summary>A strip's image, first output row and first output column.</summary>
    public (int Image, int Row, int Column) PlaceOf(int strip)
    {
        (int line, int x) = Math.DivRem(strip, StripsX);
        (int image, int y) = Math.DivRem(line, TilesY);
        return (image, y * Step, x * StripTiles * Step);
    }

    /// <summary>B^T d B of a strip in one block of channels.</summary>
    /// <param name="source">The convolution's input.</param>
    /// <param name="padTop">Rows of zeros above it.</param>
    /// <param name="padLeft">Columns of zeros to its left.</param>
    /// <param name="strip">The strip.</param>
    /// <param name="block">The block.</param>
    /// <param name="work">[<see cref="WorkFloats"/>].</param>
    /// <param name="to">Position 0 of the strip's first tile: [tile][16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    [SkipLocalsInit]
    public void TransformInput(in ConvSource source, int padTop, int padLeft, int strip, int block, float* work, float* to,
        long positionStride)
    {
        (int image, int row, int column) = PlaceOf(strip);
        int tiles = TilesOf(strip), columns = tiles * Step + 2, left = column - padLeft;
        int first = Math.Clamp(-left, 0, columns), end = Math.Clamp(source.Layout.Width - left, first, columns);
        float** rows = stackalloc float*[Side];
        Rows(source, image, block, row - padTop, left, first, end, Side, work + HalfFloats, rows);
        WinogradTransforms.Input(rows, first, end, tiles, work, to, positionStride);
    }

    /// <summary>A R A^T of a strip of the signal above the convolution in one block of channels.</summary>
    /// <param name="above">The signal.</param>
    /// <param name="strip">The strip.</param>
    /// <param name="block">The block.</param>
    /// <param name="work">[<see cref="WorkFloats"/>].</param>
    /// <param name="to">Position 0 of the strip's first tile: [tile][16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    [SkipLocalsInit]
    public void TransformSignal(in ConvSource above, int strip, int block, float* work, float* to, long positionStride)
    {
        (int image, int row, int column) = PlaceOf(strip);
        int tiles = TilesOf(strip), end = Math.Min(tiles * Step, above.Layout.Width - column);
        float** rows = stackalloc float*[Step];
        Rows(above, image, block, row, column, 0, end, Step, work + HalfFloats, rows);
        WinogradTransforms.OutputTransposed(rows, end, tiles, work, to, positionStride);
    }

    /// <summary>Some rows of a strip from its first column on: where they lie, or a copy; zeros outside the plane.</summary>
    private static void Rows(in ConvSource source, int image, int block, int top, int left, int first, int end, int count,
        float* copies, float** rows)
    {
        for (int y = 0; y < count; y++, copies += WinogradTransforms.MostColumns * Lanes)
        {
            rows[y] = copies;
            if ((uint)(top + y) >= (uint)source.Layout.Height) new Span<float>(copies, end * Lanes).Clear();
            else if (source.IsPlain) rows[y] = source.At(image, block, top + y, left);
            else source.Read(image, block, top + y, left + first, end - first, copies + first * Lanes);
        }
    }
}
