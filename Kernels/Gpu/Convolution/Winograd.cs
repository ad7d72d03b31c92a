using ILGPU;

namespace NetViz.Kernels.Gpu;

// A 3x3 convolution of stride 1 by F(4x4, 3x3) (Lavin and Gray 2016; points and matrices: Cpu/WinogradTransforms.cs), in both
// directions: transform the tiles, multiply at each of the 36 positions (a batched product, terms x rows times terms x tiles),
// transform back. On the backward pass the source is the signal above, the filters are flipped and their channels exchanged.
public sealed partial class GpuKernels
{
    /// <summary>
    /// Channels, in and out, from which the transforms pay on a card: what they move, about 88 numbers a tile and channel,
    /// against the 108 multiply-adds that they save a tile and pair of channels.
    /// </summary>
    private const int LeastForWinograd = 64;

    /// <summary>Transformed tiles and products of one part of a batch, in floats: 128 MB, whatever the batch.</summary>
    internal long WinogradFloats { get; set; } = 1 << 25;

    /// <summary>Tiles of a part, at least: columns of a product's tile.</summary>
    private const int LeastTiles = 128;

    /// <summary>Whether a convolution goes through Winograd's transforms, in both directions; its shape alone decides.</summary>
    /// <param name="geometry">The convolution.</param>
    public bool UsesWinograd(in ConvGeometry geometry) => UsesWinograd(geometry.Window, geometry.Groups, geometry.C, geometry.O);

    private bool UsesWinograd(in Window w, int groups, int c, int o) =>
        w is { KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1 } && groups == 1 && Form != ProductForm.Naive
        && Options.Algorithm switch
        {
            ConvAlgorithm.Direct => false,
            ConvAlgorithm.Winograd => true,
            _ => Math.Min(c, o) >= LeastForWinograd,
        };

    private void WinogradForward<TTarget>(in ConvGeometry g, ArrayView<float> x, ConvWeights w, in TTarget y)
        where TTarget : struct, ITileTarget
    {
        var source = new TensorSource { X = x, IsAligned = g.W % 4 == 0 && g.Window.PadLeft == 1 ? 1 : 0 };
        Winograd(WinogradPass.Up(g), w.Forward, source, w.HasBias, w.Bias, y);
    }

    private void WinogradBackward<TSource>(in ConvGeometry g, in TSource above, ConvWeights w, ArrayView<float> below)
        where TSource : struct, ITileSource =>
        Winograd(WinogradPass.Down(g), w.Backward, above, hasBias: false, w.Bias, new TensorTarget { Y = below });

    private void Winograd<TSource, TTarget>(WinogradPass pass, in MatrixOperand filters, in TSource source, bool hasBias,
        ArrayView<float> bias, in TTarget target)
        where TSource : struct, ITileSource
        where TTarget : struct, ITileTarget
    {
        int most = MostTiles(pass);
        ArrayView<float> memory = WorkingMemory(FloatsOf(pass));
        for (int first = 0; first < pass.Tiles; first += most)
        {
            pass.Take(first, Math.Min(most, pass.Tiles - first));
            ArrayView<float> transformed = memory.SubView(0, pass.Inputs), products = memory.SubView(pass.Inputs, pass.Outputs);
            Launch((long)pass.From.Channels * pass.Count, new WinogradInputKernel<TSource>
            {
                Tiles = pass.From, PadTop = pass.PadTop, PadLeft = pass.PadLeft, Source = source, Transformed = transformed,
            });
            PlaneProduct product = ProductOf(pass);
            product.Result = product.Bias = products;
            (int terms, int stride) = (pass.From.Channels, pass.From.Stride);
            MultiplyParts parts = PartsOf(terms, product, SumOrder.ByTerms);
            long floats = SliceFloats(parts, product);
            Multiply(parts, filters, MatrixOperand.Of(transformed, terms, stride, terms * stride), product,
                floats > 0 ? memory.SubView(pass.Inputs + pass.Outputs, floats) : default);
            Launch((long)pass.To.Channels * pass.Count, new WinogradOutputKernel<TTarget>
            {
                Tiles = pass.To, HasBias = hasBias ? 1 : 0, Products = products, Bias = bias, Target = target,
            });
        }
    }

    /// <summary>Tiles of a part.</summary>
    private int MostTiles(in WinogradPass pass)
    {
        long floatsOfTile = WinogradTiles.Positions * (long)(pass.From.Channels + pass.To.Channels);
        return (int)Math.Min(int.MaxValue / 2, Math.Max(LeastTiles, WinogradFloats / floatsOfTile / LeastTiles * LeastTiles));
    }

    /// <summary>Floats that it works in: transformed tiles, products and slices of its largest part.</summary>
    private long FloatsOf(WinogradPass pass)
    {
        int most = MostTiles(pass);
        long floats = 0;
        foreach (int count in (ReadOnlySpan<int>)[Math.Min(most, pass.Tiles), pass.Tiles % most])
        {
            if (count == 0) continue;
            pass.Take(0, count);
            PlaneProduct product = ProductOf(pass);
            MultiplyParts parts = PartsOf(pass.From.Channels, product, SumOrder.ByTerms);
            floats = Math.Max(floats, pass.Inputs + pass.Outputs + SliceFloats(parts, product));
        }

        return floats;
    }

    private static PlaneProduct ProductOf(in WinogradPass pass) => new()
    {
        Z = WinogradTiles.Positions, M = pass.To.Channels, N = pass.To.Stride, Plane = new(pass.To.Stride), Alpha = 1f,
    };

    /// <summary>One direction of a convolution: the tiles that are read and those that are written, part by part.</summary>
    private struct WinogradPass
    {
        public WinogradTiles From, To;

        /// <summary>Tiles of the batch and of the part, and the padding of what is read.</summary>
        public int Tiles, Count, PadTop, PadLeft;

        /// <summary>Floats of the part's transformed tiles.</summary>
        public readonly long Inputs => WinogradTiles.Positions * (long)From.Channels * From.Stride;

        /// <summary>Floats of its products.</summary>
        public readonly long Outputs => WinogradTiles.Positions * (long)To.Channels * To.Stride;

        public static WinogradPass Up(in ConvGeometry g) =>
            Of(g.N, new() { Channels = g.C, H = g.H, W = g.W }, new() { Channels = g.O, H = g.OH, W = g.OW }, g.Window.PadTop,
                g.Window.PadLeft);

        public static WinogradPass Down(in ConvGeometry g) =>
            Of(g.N, new() { Channels = g.O, H = g.OH, W = g.OW }, new() { Channels = g.C, H = g.H, W = g.W },
                2 - g.Window.PadTop, 2 - g.Window.PadLeft);

        /// <summary>Goes to a part.</summary>
        public void Take(int first, int count)
        {
            Count = count;
            From.First = To.First = first;
            From.Count = To.Count = new(count);
            From.Stride = To.Stride = (count + 3) / 4 * 4;
        }

        private static WinogradPass Of(int images, WinogradTiles from, WinogradTiles to, int padTop, int padLeft)
        {
            int tilesX = (to.W + 3) / 4, tilesPerImage = tilesX * ((to.H + 3) / 4);
            from.TilesX = to.TilesX = new(tilesX);
            from.TilesPerImage = to.TilesPerImage = new(tilesPerImage);
            return new WinogradPass
            {
                From = from, To = to, Tiles = checked(images * tilesPerImage), PadTop = padTop, PadLeft = padLeft,
            };
        }
    }
}
