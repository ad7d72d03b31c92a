using ILGPU;

namespace NetViz.Kernels.Gpu;

// A 3x3 convolution of stride 1 by F(4x4, 3x3) (Lavin and Gray 2016; points and matrices: Cpu/WinogradTransforms.cs), in both
// directions: transform the tiles, multiply at each of the 36 positions (a batched product, terms x rows times terms x tiles),
// transform back. On the way down the source is the signal above, the filters are flipped and their channels exchanged.
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

    private void WinogradForward(in ConvGeometry g, ArrayView<float> x, ConvWeights w, ArrayView<float> y) =>
        Winograd(g.N, w.Forward, new WinogradTiles { Channels = g.C, H = g.H, W = g.W }, g.Window.PadTop, g.Window.PadLeft, x,
            new WinogradTiles { Channels = g.O, H = g.OH, W = g.OW }, w.HasBias, w.Bias, y);

    private void WinogradBackward(in ConvGeometry g, ArrayView<float> above, ConvWeights w, ArrayView<float> below) =>
        Winograd(g.N, w.Backward, new WinogradTiles { Channels = g.O, H = g.OH, W = g.OW }, 2 - g.Window.PadTop,
            2 - g.Window.PadLeft, above, new WinogradTiles { Channels = g.C, H = g.H, W = g.W }, hasBias: false, w.Bias, below);

    private void Winograd(int images, in MatrixOperand filters, WinogradTiles from, int padTop, int padLeft, ArrayView<float> x,
        WinogradTiles to, bool hasBias, ArrayView<float> bias, ArrayView<float> y)
    {
        from.TilesX = to.TilesX = (to.W + 3) / 4;
        from.TilesPerImage = to.TilesPerImage = to.TilesX * ((to.H + 3) / 4);
        int tiles = checked(images * to.TilesPerImage);
        long positions = WinogradTiles.Positions, floatsOfTile = positions * (from.Channels + to.Channels);
        int most = (int)Math.Max(LeastTiles, WinogradFloats / floatsOfTile / LeastTiles * LeastTiles);
        for (int first = 0; first < tiles; first += most)
        {
            from.First = to.First = first;
            from.Count = to.Count = Math.Min(most, tiles - first);
            from.Stride = to.Stride = (to.Count + 3) / 4 * 4;
            ArrayView<float> memory = TileMemory(floatsOfTile * to.Stride);
            long split = positions * from.Channels * from.Stride;
            ArrayView<float> transformed = memory.SubView(0, split), products = memory.SubView(split, memory.Length - split);
            Launch((long)from.Channels * from.Count, new WinogradInputKernel
            {
                Tiles = from, PadTop = padTop, PadLeft = padLeft, X = x, Transformed = transformed,
            });
            Multiply(from.Channels, filters,
                MatrixOperand.Of(transformed, from.Channels, from.Stride, from.Channels * from.Stride),
                new PlaneProduct
                {
                    Result = products, Bias = products, Z = WinogradTiles.Positions, M = to.Channels, N = to.Stride,
                    Plane = new(to.Stride), Alpha = 1f,
                },
                SumOrder.ByTerms);
            Launch((long)to.Channels * to.Count, new WinogradOutputKernel
            {
                Tiles = to, HasBias = hasBias ? 1 : 0, Products = products, Bias = bias, Y = y,
            });
        }
    }
}
