using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>Elements of tensors as people write them: c,y,x in a feature map, one number in a vector.</summary>
internal static class ElementText
{
    /// <summary>
    /// An element's name: channel, row and column, whatever the layout; the batch is left out, where the tensor has it as its
    /// first axis.
    /// </summary>
    /// <param name="index">An index for each axis.</param>
    /// <param name="shape">The tensor's shape, of one image.</param>
    /// <param name="layout">The tensor's layout.</param>
    public static string Of(IReadOnlyList<int> index, Shape shape, ImageLayout layout) => index.Count switch
    {
        0 => "0",
        _ when shape[0] != 1 => string.Join(",", index),
        1 => $"{index[0]}",
        4 when layout == ImageLayout.Nhwc => $"{index[3]},{index[1]},{index[2]}",
        _ => string.Join(",", index.Skip(1)),
    };

    /// <summary>Reads c,y,x, or one index for each axis after the batch, or the row-major number within one image.</summary>
    /// <exception cref="NetVizException">It is none of these, or lies outside.</exception>
    public static long Parse(string text, Shape shape, ImageLayout layout, string layer)
    {
        Shape whole = shape;
        shape = shape.WithImages(1);
        int[] parts = [.. text.Split(',').Select(part => int.TryParse(part, out int number) ? number : -1)];
        if (parts is [var flat] && flat >= 0 && flat < shape.Count) return flat;
        if (parts.Length == shape.Rank - 1)
        {
            int[] index = shape.Rank == 4 && layout == ImageLayout.Nhwc
                ? [0, parts[1], parts[2], parts[0]]
                : [0, .. parts];
            if (index.Select((i, axis) => i >= 0 && i < shape[axis]).All(inside => inside)) return ElementIndex.In(shape, index);
        }

        string wanted = shape.Rank == 4
            ? $"c,y,x with {ElementIndexRanges(shape, layout)}, or a number below {shape.CountPerImage}"
            : $"a number from 0 to {shape.CountPerImage - 1}";
        throw new NetVizException(
            $"`Element` '{text}': the output of '{layer}' has the shape {whole}; {wanted} is an element of it");
    }

    private static string ElementIndexRanges(Shape shape, ImageLayout layout)
    {
        (int c, int h, int w) = layout == ImageLayout.Nhwc ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3]);
        return $"c < {c}, y < {h}, x < {w}";
    }
}
