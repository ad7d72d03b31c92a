using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Finds images in which two units of one max-pooling window see equal pixels, so that their values tie. The units' receptive
/// fields are squares of the input, one shifted against the other by the step between the units; they are equal where each
/// pixel of a square equals the one at that shift. Pixels outside the image are 0, as padding makes them.
/// <para>
/// Only poolings above a convolution that Winograd's transforms compute are looked at; other values tie on every path.
/// A pixel is compared by a 32-bit hash of its channels, so two different pixels may pass for equal, which costs time and no
/// correctness. A square of side s contains a pixel of a grid of step s / 2 inside the image, so only those are tried first: on a
/// photograph that is all there is to do.
/// </para>
/// </summary>
internal sealed class EqualFields
{
    /// <summary>Units of a window further apart than this are not compared; such a pooling marks every image.</summary>
    private const int MaxReach = 3;

    // Odd factors, so that multiplying loses no bit.
    private const uint Mix = 0x9E3779B1, Spread = 0x85EBCA6B;

    private readonly bool _isLast;
    private readonly bool _marksAll;
    private readonly (Field Field, int StepY, int StepX)[] _ties;
    private readonly uint[] _pixels;

    private EqualFields(Shape input, bool isLast, bool marksAll, (Field Field, int StepY, int StepX)[] ties)
    {
        (_isLast, _marksAll, _ties) = (isLast, marksAll, ties);
        (Channels, Height, Width) = isLast ? (input[3], input[1], input[2]) : (input[1], input[2], input[3]);
        _pixels = new uint[Height * Width];
    }

    private int Channels { get; }

    private int Height { get; }

    private int Width { get; }

    /// <summary>Looks for poolings that can tie.</summary>
    /// <param name="network">The network.</param>
    /// <param name="shapes">Each tensor's shape.</param>
    /// <param name="isTransformed">Whether a node is a convolution that Winograd's transforms compute.</param>
    /// <returns>null if the network has none, or takes no images.</returns>
    public static EqualFields? Of(Network network, Shape[] shapes, Func<Node, bool> isTransformed)
    {
        if (shapes[0].Rank != 4) return null;
        var fields = new Field[shapes.Length];
        fields[0] = new Field(1, 1, 1, 1, AboveTransforms: false);
        bool marksAll = false;
        var ties = new HashSet<(Field, int, int)>();
        foreach (Node node in network.Nodes)
        {
            Field below = Join(node.Layer is Concat, [.. node.Inputs.Select(tensor => fields[tensor])]);
            if (node.Layer is MaxPool pool && below.AboveTransforms)
            {
                if (below.IsScattered || pool.Window is not { KH: <= MaxReach + 1, KW: <= MaxReach + 1 } w) marksAll = true;
                else ties.UnionWith(below.Steps(w));
            }

            fields[node.Output] = node.Layer switch
            {
                Conv conv => below.Through(conv.Window) with
                {
                    AboveTransforms = below.AboveTransforms || isTransformed(node),
                },
                MaxPool { Window: { } window } => below.Through(window),
                AveragePool { Window: { } window } => below.Through(window),
                ConvTranspose or AxisMapping or DepthToSpace => below with { IsScattered = true },
                _ => below,
            };
        }

        return marksAll || ties.Count > 0
            ? new EqualFields(shapes[0], network.LayoutOf(0) == ImageLayout.Nhwc, marksAll, [.. ties])
            : null;
    }

    /// <summary>Marks the images that contain a tie.</summary>
    /// <param name="images">The input; empty if it is given as double.</param>
    /// <param name="doubles">The input in double.</param>
    /// <param name="marks">[N].</param>
    public void Mark(ReadOnlySpan<float> images, ReadOnlySpan<double> doubles, Span<bool> marks)
    {
        int length = Channels * Height * Width;
        for (int n = 0; n < marks.Length; n++)
        {
            if (_marksAll) marks[n] = true;
            else if (doubles.IsEmpty) marks[n] = HasTie(images.Slice(n * length, length));
            else marks[n] = HasTie(doubles.Slice(n * length, length));
        }
    }

    /// <summary>
    /// The field where branches meet. Channels side by side tie one by one, so the smallest field of those above transforms
    /// counts; a sum ties if all its terms do, so the largest counts.
    /// </summary>
    private static Field Join(bool isConcat, Field[] fields)
    {
        bool isAbove = fields.Any(field => field.AboveTransforms);
        bool isScattered = fields.Any(field => field.IsScattered);
        Field[] relevant = [.. fields.Where(field => !isConcat || field.AboveTransforms == isAbove)];
        return isConcat ? relevant.MinBy(field => (long)field.SizeY * field.SizeX) with { IsScattered = isScattered }
            : relevant.MaxBy(field => (long)field.SizeY * field.SizeX) with { AboveTransforms = isAbove, IsScattered = isScattered };
    }

    private bool HasTie<T>(ReadOnlySpan<T> image)
        where T : unmanaged
    {
        Hash(image);
        foreach ((Field field, int stepY, int stepX) in _ties)
            if (HasEqualSquare(field.SizeY, field.SizeX, stepY, stepX)) return true;
        return false;
    }

    /// <summary>One number a pixel; equal pixels have equal numbers, and a pixel of zeros has 0.</summary>
    private void Hash<T>(ReadOnlySpan<T> image)
        where T : unmanaged
    {
        int plane = Height * Width;
        Array.Clear(_pixels);
        for (int c = 0; c < Channels; c++)
        {
            int i = 0;
            if (typeof(T) == typeof(float) && !_isLast)
            {
                ReadOnlySpan<float> values = MemoryMarshal.Cast<T, float>(image).Slice(c * plane, plane);
                for (; i <= plane - Vector<float>.Count; i += Vector<float>.Count)
                {
                    // Adding 0 turns -0 into 0.
                    Vector<uint> bits = Vector.AsVectorUInt32(new Vector<float>(values[i..]) + Vector<float>.Zero);
                    Span<uint> pixels = _pixels.AsSpan(i);
                    (new Vector<uint>(pixels) * Mix ^ bits * Spread).CopyTo(pixels);
                }
            }

            for (; i < plane; i++)
            {
                T value = image[_isLast ? i * Channels + c : c * plane + i];
                ulong bits = typeof(T) == typeof(float)
                    ? BitConverter.SingleToUInt32Bits(Unsafe.BitCast<T, float>(value) + 0f)
                    : BitConverter.DoubleToUInt64Bits(Unsafe.BitCast<T, double>(value) + 0.0);
                _pixels[i] = unchecked(_pixels[i] * Mix ^ (uint)(bits ^ (bits >> 32)) * Spread);
            }
        }
    }

    /// <summary>
    /// Whether a square, its centre inside the image, equals the one at a shift. A grid's points that are unequal to their
    /// shifted ones rule out all squares around them. Of a square's rows at least the half with the centre lie inside the image,
    /// so a
    /// grid of that step inside the image meets every square; points outside are equal on any image.
    /// </summary>
    private bool HasEqualSquare(int sizeY, int sizeX, int stepY, int stepX)
    {
        int gridY = Math.Min(sizeY - sizeY / 2, Height), gridX = Math.Min(sizeX - sizeX / 2, Width);
        for (int y = gridY - 1; y < Height; y += gridY)
        for (int x = gridX - 1; x < Width; x += gridX)
        {
            if (IsEqual(y, x, stepY, stepX) && HasEqualSquareAround(y, x, sizeY, sizeX, stepY, stepX)) return true;
        }

        return false;
    }

    /// <summary>Whether one of the squares that contain a point is equal to its shifted one.</summary>
    private bool HasEqualSquareAround(int y, int x, int sizeY, int sizeX, int stepY, int stepX)
    {
        int firstY = Math.Max(y - sizeY + 1, -(sizeY / 2)), endY = Math.Min(y + sizeY, Height + sizeY / 2);
        int firstX = Math.Max(x - sizeX + 1, -(sizeX / 2)), endX = Math.Min(x + sizeX, Width + sizeX / 2);
        int columns = endX - firstX;
        Span<int> equalAbove = columns <= 1024 ? stackalloc int[columns] : new int[columns];
        equalAbove.Clear();
        for (int row = firstY; row < endY; row++)
        {
            int run = 0;
            for (int column = 0; column < columns; column++)
            {
                equalAbove[column] = IsEqual(row, firstX + column, stepY, stepX) ? equalAbove[column] + 1 : 0;
                run = equalAbove[column] >= sizeY ? run + 1 : 0;
                if (run >= sizeX) return true;
            }
        }

        return false;
    }

    private bool IsEqual(int y, int x, int stepY, int stepX) => Pixel(y, x) == Pixel(y + stepY, x + stepX);

    private uint Pixel(int y, int x) => y >= 0 && y < Height && x >= 0 && x < Width ? _pixels[y * Width + x] : 0;

    /// <summary>
    /// What a unit of a tensor sees of the input: the sides of its receptive field and the pixels between neighbouring units.
    /// </summary>
    private readonly record struct Field(int SizeY, int SizeX, int JumpY, int JumpX, bool AboveTransforms)
    {
        /// <summary>Whether rows and columns were resampled below, so that units do not see squares at equal steps.</summary>
        public bool IsScattered { get; init; }

        public Field Through(in Window w) => this with
        {
            SizeY = Add(SizeY, (w.KH - 1L) * w.DilationH * JumpY), SizeX = Add(SizeX, (w.KW - 1L) * w.DilationW * JumpX),
            JumpY = Add(0, (long)JumpY * w.StrideH), JumpX = Add(0, (long)JumpX * w.StrideW),
        };

        /// <summary>The shifts between the fields of a window's units, each pair once.</summary>
        public IEnumerable<(Field, int, int)> Steps(Window w)
        {
            for (int y = 0; y < w.KH; y++)
            for (int x = 1 - w.KW; x < w.KW; x++)
            {
                if (y > 0 || x > 0) yield return (this, y * w.DilationH * JumpY, x * w.DilationW * JumpX);
            }
        }

        // A field larger than any image says as much as one of 2^20 pixels.
        private static int Add(int size, long more) => (int)Math.Min(size + more, 1 << 20);
    }
}
