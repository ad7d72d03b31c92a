using NetViz.Analysis.Layers;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis;

/// <summary>
/// The input pixels on which a unit can depend, whatever the weights are: found by walking down the network with sets of
/// elements, through windows with their strides, pads and dilations; where branches meet, the sets are united. It is exact for
/// weights in general position; a weight of 0 can only make a unit depend on less.
/// </summary>
public sealed class ReceptiveField
{
    private readonly bool[] _pixels;

    private ReceptiveField(string layer, int height, int width, bool[] pixels)
    {
        (Layer, Height, Width, _pixels) = (layer, height, width, pixels);
        (Top, Left, Bottom, Right) = (height, width, -1, -1);
        for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
        {
            if (!pixels[y * width + x]) continue;
            Count++;
            (Top, Bottom) = (Math.Min(Top, y), Math.Max(Bottom, y));
            (Left, Right) = (Math.Min(Left, x), Math.Max(Right, x));
        }
    }

    /// <summary>The layer whose unit it is.</summary>
    public string Layer { get; }

    /// <summary>Rows of the input.</summary>
    public int Height { get; }

    /// <summary>Columns of the input.</summary>
    public int Width { get; }

    /// <summary>How many pixels there are; 0 where the unit sees padding alone.</summary>
    public int Count { get; }

    /// <summary>The first row.</summary>
    public int Top { get; }

    /// <summary>The first column.</summary>
    public int Left { get; }

    /// <summary>The last row.</summary>
    public int Bottom { get; }

    /// <summary>The last column.</summary>
    public int Right { get; }

    /// <summary>Whether it is the whole rectangle from its first row and column to its last; dilation can leave holes.</summary>
    public bool IsRectangle => Count == (Bottom - Top + 1) * (Right - Left + 1);

    /// <summary>Whether the unit can depend on a pixel, in any channel.</summary>
    /// <param name="y">Row of the input.</param>
    /// <param name="x">Column of the input.</param>
    public bool this[int y, int x] => _pixels[y * Width + x];

    /// <summary>The field of element c, y, x of a layer's output.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The shape of its input.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="c">Channel.</param>
    /// <param name="y">Row.</param>
    /// <param name="x">Column.</param>
    /// <exception cref="NetVizException">There is no such unit, or the input has no rows and columns.</exception>
    public static ReceptiveField Of(Network network, Shape input, string layer, int c, int y, int x)
    {
        ArgumentNullException.ThrowIfNull(network);
        int tensor = network.Find(layer);
        Shape shape = network.InferShapes(input.WithBatch(1))[tensor];
        bool last = network.LayoutOf(tensor) == ImageLayout.Nhwc;
        if (shape.Rank != 4)
            throw new NetVizException($"layer '{layer}' has the output shape {shape}; a unit c,y,x needs rows and columns");
        (int channels, int height, int width) = last ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3]);
        if (c < 0 || c >= channels || y < 0 || y >= height || x < 0 || x >= width)
            throw new NetVizException($"layer '{layer}' has no unit {c},{y},{x}; its output has the shape {shape}");
        return Of(network, input, layer, last ? (y * width + x) * channels + c : (c * height + y) * width + x);
    }

    /// <summary>The field of one element of a layer's output, numbered in row-major order within an image.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The shape of its input.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="element">The element.</param>
    /// <exception cref="NetVizException">There is no such element, or the input has no rows and columns.</exception>
    public static ReceptiveField Of(Network network, Shape input, string layer, int element)
    {
        ArgumentNullException.ThrowIfNull(network);
        int tensor = network.Find(layer);
        Shape[] shapes = network.InferShapes(input.WithBatch(1));
        if (input.Rank != 4)
            throw new NetVizException($"the network's input {input} has no rows and columns; a receptive field lies on an image");
        if (element < 0 || element >= shapes[tensor].Count)
            throw new NetVizException($"layer '{layer}' has no element {element}; its output has the shape {shapes[tensor]}");
        var sets = new bool[]?[shapes.Length];
        sets[tensor] = new bool[shapes[tensor].Count];
        sets[tensor]![element] = true;
        for (int t = tensor; t > 0; t--)
        {
            if (sets[t] is not { } above) continue;
            Node node = network.Nodes[t - 1];
            bool[][] below = [.. node.Inputs.Select(i => sets[i] ??= new bool[shapes[i].Count])];
            LayerAnalyses.Of(node.Layer).FieldOf(node.Layer, above, shapes[t], below, [.. node.Inputs.Select(i => shapes[i])]);
            sets[t] = null;
        }

        bool isLast = network.LayoutOf(0) == ImageLayout.Nhwc;
        (int channels, int height, int width) = isLast ? (input[3], input[1], input[2]) : (input[1], input[2], input[3]);
        var pixels = new bool[height * width];
        if (sets[0] is { } elements)
        {
            for (int i = 0; i < elements.Length; i++)
                if (elements[i]) pixels[isLast ? i / channels : i % (height * width)] = true;
        }

        return new ReceptiveField(layer, height, width, pixels);
    }
}
