using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>A layer with feature maps.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tensor">The tensor that it writes.</param>
/// <param name="Shape">Its output's shape for one image.</param>
/// <param name="Layout">The order of its axes.</param>
internal sealed record InnerLayer(string Name, int Tensor, Shape Shape, ImageLayout Layout)
{
    public int Channels => Layout == ImageLayout.Nchw ? Shape[1] : Shape[3];

    public int Height => Layout == ImageLayout.Nchw ? Shape[2] : Shape[1];

    public int Width => Layout == ImageLayout.Nchw ? Shape[3] : Shape[2];

    /// <summary>Finds a layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The shape of its input.</param>
    /// <param name="name">The name; null for the last rectifier that has rows and columns.</param>
    /// <exception cref="NetVizException">There is none, or it has no rows and columns.</exception>
    public static InnerLayer Find(Network network, Shape input, string? name)
    {
        Shape[] shapes = network.InferShapes(input.WithBatch(1));
        int tensor = name is not null ? network.Find(name)
            : network.Nodes.LastOrDefault(node => node.Layer is RectifierLayer && shapes[node.Output].Rank == 4
                && shapes[node.Output][0] == 1
                && shapes[node.Output].Product(2, 4) > 1)?.Output
            ?? throw new NetVizException("the network has no rectifier with rows and columns", "name a layer with `Layer`");
        return shapes[tensor].Rank == 4 && shapes[tensor][0] == 1
            ? new InnerLayer(network.NameOf(tensor), tensor, shapes[tensor], network.LayoutOf(tensor))
            : throw new NetVizException($"layer '{name}' has the output shape {shapes[tensor]}; feature maps have rows and "
                + $"columns",
                "choose a layer before the network flattens");
    }

    /// <summary>Checks channels that the user named; without any, some evenly spread over all.</summary>
    /// <param name="named">What the user named.</param>
    /// <param name="most">How many without a name.</param>
    /// <exception cref="NetVizException">One does not exist.</exception>
    public int[] Chosen(IReadOnlyList<int>? named, int most)
    {
        if (named is { Count: > 0 })
        {
            foreach (int c in named)
                if (c < 0 || c >= Channels) throw new NetVizException($"layer '{Name}' has no channel {c}; there are 0 to "
                    + $"{Channels - 1}");
            return [.. named.Distinct()];
        }

        return Spread(Channels, most);
    }

    /// <summary>All numbers below a count, or some evenly spread.</summary>
    public static int[] Spread(int count, int most) => count <= most
        ? [.. Enumerable.Range(0, count)]
        : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * count / most))];

    /// <summary>Reads a unit c,y,x and checks that it exists.</summary>
    /// <exception cref="NetVizException">It is none of this layer.</exception>
    public (int C, int Y, int X) Unit(string option, string text)
    {
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        if (numbers.Length != 3 || numbers.Contains(-1))
            throw new NetVizException($"{option} '{text}'; three numbers are wanted, channel, row and column, such as 17,6,9");
        return numbers[0] < Channels && numbers[1] < Height && numbers[2] < Width
            ? (numbers[0], numbers[1], numbers[2])
            : throw new NetVizException($"layer '{Name}' has no unit {text}; it has {Counted.Of(Channels, "map")} of "
                + $"{Counted.Of(Height, "row")} and "
                + $"{Counted.Of(Width, "column")}");
    }
}
