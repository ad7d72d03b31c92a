using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Where a backward pass starts and with what signal: the derivative of the scalar f that is looked at with respect to a
/// layer's output. The signal is the same for each image of the batch unless it is given image by image.
/// </summary>
public abstract class Seed
{
    /// <summary>f = S_c, the class score before the softmax (1312.6034): 1 at class c.</summary>
    /// <param name="index">The class, from 0; one that the network lacks is refused at the pass.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static Seed Class(int index) => new ClassSeed([NotNegative(index)], posterior: false);

    /// <summary>The same with a class for each image.</summary>
    public static Seed Classes(IReadOnlyList<int> indices) => new ClassSeed(Given(indices), posterior: false, imageByImage: true);

    /// <summary>
    /// f = P_c, the softmax of the scores at class c: dP_c/dS_i = P_c (1(i = c) - P_i). In a network that ends in a sigmoid P_c
    /// is the
    /// sigmoid of S_c: dP_c/dS_c = P_c (1 - P_c).
    /// </summary>
    /// <param name="index">The class, from 0; one that the network lacks is refused at the pass.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static Seed Posterior(int index) => new ClassSeed([NotNegative(index)], posterior: true);

    /// <summary>The same with a class for each image.</summary>
    public static Seed Posteriors(IReadOnlyList<int> indices) => new ClassSeed(Given(indices), posterior: true, imageByImage: true);

    /// <summary>f = one element of a layer's output [N, C, H, W]: 1 at (c, y, x).</summary>
    public static Seed Neuron(string layer, int c, int y, int x) => new RegionSeed(Given(layer), (shape, layout, signal) =>
    {
        RequireRank(layer, shape, 4);
        (int channels, int height, int width) = layout == ImageLayout.Nchw
            ? (shape[1], shape[2], shape[3])
            : (shape[3], shape[1], shape[2]);
        Require(layer, shape, c < channels && y < height && x < width, $"neuron {c},{y},{x}", c, y, x);
        signal[layout == ImageLayout.Nchw ? (c * height + y) * width + x : (y * width + x) * channels + c] = 1;
    });

    /// <summary>f = one element of a layer's output, numbered in row-major order within one image.</summary>
    public static Seed Neuron(string layer, int index) => new RegionSeed(Given(layer), (shape, _, signal) =>
    {
        Require(layer, shape, index < signal.Length, $"neuron {index}", index);
        signal[index] = 1;
    });

    /// <summary>f = the sum of a channel of a layer's output: 1 all over the channel.</summary>
    public static Seed Channel(string layer, int channel) => new RegionSeed(Given(layer), (shape, layout, signal) =>
    {
        bool last = shape.Rank == 4 && layout == ImageLayout.Nhwc;
        Require(layer, shape, shape.Rank >= 2 && channel < (last ? shape[3] : shape.C), $"channel {channel}", channel);
        int plane = (int)shape.Product(2, shape.Rank);
        if (!last) signal.Slice(channel * plane, plane).Fill(1);
        else for (int i = channel; i < signal.Length; i += shape[3]) signal[i] = 1;
    });

    /// <summary>f = the sum of a layer's whole output: 1 everywhere.</summary>
    public static Seed Layer(string layer) => new RegionSeed(Given(layer), (_, _, signal) => signal.Fill(1));

    /// <summary>Any signal at a layer's output.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="signal">Row-major, of the output's shape, or of one image's and then the same for all.</param>
    public static Seed Signal(string layer, ReadOnlyMemory<float> signal) => new SignalSeed(Given(layer), signal);

    /// <summary>The tensor at which the pass starts.</summary>
    public abstract int TensorIn(Network network);

    /// <summary>Writes the signal for every image.</summary>
    public abstract void Write(ForwardRecord record, Shape shape, Span<double> signal);

    private static int NotNegative(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return index;
    }

    private static int[] Given(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return [.. indices];
    }

    private static string Given(string layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        return layer;
    }

    private static void RequireRank(string layer, Shape shape, int rank)
    {
        if (shape.Rank != rank)
        {
            throw new NetVizException($"layer '{layer}' has the output shape {shape}; a neuron c,y,x needs one of "
                + $"{Counted.Of(rank, "axis")}",
                "number the neuron by a single index");
        }
    }

    private static void Require(string layer, Shape shape, bool inside, string what, params ReadOnlySpan<int> indices)
    {
        foreach (int index in indices) inside &= index >= 0;
        if (!inside) throw new NetVizException($"layer '{layer}' has no {what}; its output has the shape {shape}");
    }

    private sealed class ClassSeed(int[] indices, bool posterior, bool imageByImage = false) : Seed
    {
        public override int TensorIn(Network network) => network.ScoreTensor;

        public override void Write(ForwardRecord record, Shape shape, Span<double> signal)
        {
            int images = record.InputShape.N;
            if (imageByImage && indices.Length != images)
            {
                throw new NetVizException(
                    $"the seed has {Counted.Of(indices.Length, "class")} for {Counted.Of(images, "image")}; one for each is "
                        + "wanted");
            }
            int classes = signal.Length / images;
            for (int n = 0; n < images; n++)
            {
                int index = indices[imageByImage ? n : 0];
                if (index < 0 || index >= classes)
                {
                    throw new NetVizException(
                        $"class {index} does not exist; the network has {Counted.Of(classes, "class")}, "
                            + $"{(classes == 1 ? "0" : $"0 to {classes - 1}")}");
                }
                Span<double> row = signal.Slice(n * classes, classes);
                if (posterior && record.Prepared.Network.FinalSigmoid is not null)
                {
                    // P_c depends on S_c alone: dP_c/dS_c = P_c (1 - P_c), without the difference from 1.
                    double e = Math.Exp(-Math.Abs(record.ScoreOf(n, index)));
                    row[index] = e / ((1 + e) * (1 + e));
                }
                else if (posterior)
                {
                    // 1 - P_c as the sum of the others: near certainty the difference would lose all its digits.
                    ReadOnlySpan<double> p = record.ProbabilitiesOf(n);
                    double others = 0;
                    for (int i = 0; i < classes; i++)
                    {
                        // P_c depends on the scores that its softmax runs over, and on no others.
                        if (!record.ShareSoftmax(index, i)) continue;
                        row[i] = -p[index] * p[i];
                        if (i != index) others += p[i];
                    }

                    row[index] = p[index] * others;
                }
                else
                {
                    row[index] = 1;
                }
            }
        }
    }

    private delegate void WriteOne(Shape shape, ImageLayout layout, Span<double> signal);

    private sealed class RegionSeed(string layer, WriteOne write) : Seed
    {
        public override int TensorIn(Network network) => network.Find(layer);

        public override void Write(ForwardRecord record, Shape shape, Span<double> signal)
        {
            // Inside a network that mixes images a tensor's first axis is its own.
            Shape images = record.InputShape.N == 1 ? shape.WithImages(1) : shape;
            int count = (int)images.CountPerImage;
            ImageLayout layout = record.Prepared.Network.LayoutOf(TensorIn(record.Prepared.Network));
            for (int n = 0; n < images.N; n++) write(images, layout, signal.Slice(n * count, count));
        }
    }

    private sealed class SignalSeed(string layer, ReadOnlyMemory<float> given) : Seed
    {
        public override int TensorIn(Network network) => network.Find(layer);

        public override void Write(ForwardRecord record, Shape shape, Span<double> signal)
        {
            if (given.Length != shape.Count && given.Length != shape.Count / record.InputShape.N)
            {
                throw new NetVizException(
                    $"the seed has {Counted.Of(given.Length, "number")}; the output of layer '{layer}' has the shape {shape}");
            }
            for (int i = 0; i < signal.Length; i++) signal[i] = given.Span[i % given.Length];
        }
    }
}
