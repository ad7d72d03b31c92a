using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Kernels;

namespace NetViz.Visualisation.Maps;

/// <summary>
/// Occlusion (Zeiler and Fergus 2013, 4.2): the score and the probability of a class as a function of the place of a grey square
/// on the image. Squares lie every <see cref="Stride"/> pixels and are cut at the edges, so that their centres cover all of the
/// image evenly.
/// </summary>
/// <param name="Rows">Places one above the other: ceil(H / stride).</param>
/// <param name="Columns">Places side by side: ceil(W / stride).</param>
/// <param name="Side">Side of the square in input pixels.</param>
/// <param name="Stride">Input pixels from place to place.</param>
/// <param name="Score">S_c of the whole image.</param>
/// <param name="Probability">P_c of the whole image.</param>
/// <param name="Scores">S_c with the square at each place, [Rows, Columns].</param>
/// <param name="Probabilities">P_c with the square at each place, [Rows, Columns].</param>
public sealed record Occlusion(int Rows, int Columns, int Side, int Stride, double Score, double Probability, float[] Scores,
    float[] Probabilities)
{
    /// <summary>
    /// Side of the square as a share of the image's shorter side [ours: the paper gives none; 32 pixels of 224].
    /// </summary>
    public const double DefaultShare = 1.0 / 7;

    /// <summary>Places to a side of the square [ours].</summary>
    public const int PlacesPerSide = 4;

    /// <summary>The customary side for an image, and the stride.</summary>
    public static (int Side, int Stride) DefaultSize(int height, int width)
    {
        int side = Math.Max(1, (int)Math.Round(Math.Min(height, width) * DefaultShare));
        return (side, Math.Max(1, side / PlacesPerSide));
    }

    /// <summary>Slides the square over one image.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="input">One image as the network takes it.</param>
    /// <param name="classIndex">The class.</param>
    /// <param name="grey">What the square is filled with: a number for each channel of the input.</param>
    /// <param name="side">Side of the square in input pixels.</param>
    /// <param name="stride">Input pixels from place to place.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The input is no image, or does not fit the network.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Occlusion Of(PreparedNetwork prepared, Tensor<float> input, int classIndex, IReadOnlyList<float> grey, int side,
        int stride, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(grey);
        (bool last, int channels, int height, int width) = AxesOf(prepared, input);
        if (grey.Count != channels)
            throw new ArgumentException($"{grey.Count} numbers for {channels} channels.", nameof(grey));
        float[] fill = [.. Enumerable.Range(0, channels * height * width)
            .Select(i => grey[last ? i % channels : i / (height * width)])];
        return Filled(prepared, input, classIndex, fill, side, stride, token);
    }

    /// <summary>Slides the square over one image; in it another image is to be seen.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="input">One image as the network takes it.</param>
    /// <param name="classIndex">The class.</param>
    /// <param name="fill">The other image, laid out as the input is.</param>
    /// <param name="side">Side of the square in input pixels.</param>
    /// <param name="stride">Input pixels from place to place.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The input is no image, or does not fit the network; or the square does not fit the
    /// image.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Occlusion Filled(PreparedNetwork prepared, Tensor<float> input, int classIndex, float[] fill, int side,
        int stride, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        (bool last, int channels, int height, int width) = AxesOf(prepared, input);
        if (side > Math.Min(height, width))
        {
            throw new NetVizException($"occlusion's square of {side}x{side} pixels is larger than the image of {width}x{height}",
                $"at most {Math.Min(height, width)} is supported");
        }

        Shape shape = Batches.ShapeOf(input.Lengths);
        if (fill.Length != shape.Count) throw new ArgumentException($"{fill.Length} numbers for {shape}.", nameof(fill));
        var pixels = new float[shape.Count];
        input.FlattenTo(pixels);
        int rows = (height + stride - 1) / stride, columns = (width + stride - 1) / stride;
        // Job 0 is the whole image.
        var (scores, probabilities) = (new double[rows * columns + 1], new float[rows * columns + 1]);
        Batches.Run(prepared, shape, scores.Length, (job, image) =>
        {
            pixels.CopyTo(image);
            if (job == 0) return;
            (int row, int column) = Math.DivRem(job - 1, columns);
            int top = Start(row, side, stride), left = Start(column, side, stride);
            for (int y = Math.Max(0, top); y < Math.Min(height, top + side); y++)
            for (int x = Math.Max(0, left); x < Math.Min(width, left + side); x++)
            for (int c = 0; c < channels; c++)
            {
                int i = last ? (y * width + x) * channels + c : (c * height + y) * width + x;
                image[i] = fill[i];
            }
        }, (record, first) =>
        {
            (Tensor<double> found, Tensor<float> likely) = (record.ScoresInDouble, record.Probabilities);
            for (int k = 0; k < record.InputShape.N; k++)
                (scores[first + k], probabilities[first + k]) = (found[k, classIndex], likely[k, classIndex]);
        }, token);
        return new Occlusion(rows, columns, side, stride, scores[0], probabilities[0],
            Array.ConvertAll(scores[1..], score => (float)score), probabilities[1..]);
    }

    /// <summary>
    /// What the square takes away, laid over the image: S_c(I) - S_c(I with the square centred here), linear between the places;
    /// above 0 where the square hides what speaks for the class.
    /// </summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    public SaliencyMap ScoreDrop(int height, int width) =>
        Lay(Array.ConvertAll(Scores, score => (float)(Score - score)), height, width);

    /// <summary>The same for the probability.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    public SaliencyMap ProbabilityDrop(int height, int width) =>
        Lay(Array.ConvertAll(Probabilities, probability => (float)(Probability - probability)), height, width);

    /// <summary>The first row or column of a square; negative where it is cut.</summary>
    internal static int Start(int place, int side, int stride) => place * stride + (int)Math.Floor((stride - side) / 2.0);

    private static (bool Last, int Channels, int Height, int Width) AxesOf(PreparedNetwork prepared, Tensor<float> input)
    {
        Shape shape = Batches.ShapeOf(input.Lengths);
        if (shape.Rank != 4 || shape.N != 1)
            throw new NetVizException($"occlusion wants one image with rows and columns, not an input {shape}");
        return prepared.Network.LayoutOf(0) == ImageLayout.Nhwc
            ? (true, shape[3], shape[1], shape[2])
            : (false, shape[1], shape[2], shape[3]);
    }

    private SaliencyMap Lay(float[] drops, int height, int width)
    {
        // A place's centre lies in the middle of its cell of stride x stride pixels, but for half a pixel where stride - side
        // is odd.
        double shift = Math.Floor((Stride - Side) / 2.0) - (Stride - Side) / 2.0;
        var placement = new InputPlacement(Columns, Rows, shift, shift, Columns * Stride, Rows * Stride);
        var grid = new SaliencyMap(Columns, Rows, drops, Reduction.Signed);
        return shift == 0 ? grid.ToPhoto(placement, width, height) : Completed(grid.ToPhoto(placement, width, height));
    }

    /// <summary>The last row and column again where half a pixel is missing.</summary>
    private static SaliencyMap Completed(SaliencyMap map)
    {
        float[] values = map.Values.ToArray();
        for (int y = 0; y < map.Height; y++)
        for (int x = 0; x < map.Width; x++)
        {
            int from = Math.Min(y, map.Height - 2) * map.Width + Math.Min(x, map.Width - 2);
            if (float.IsNaN(values[y * map.Width + x]) && from >= 0) values[y * map.Width + x] = values[from];
        }

        return new SaliencyMap(map.Width, map.Height, values, map.Reduction);
    }
}
