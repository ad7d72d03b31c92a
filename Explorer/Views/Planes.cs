using NetViz.Engine.Imaging;
using NetViz.Kernels;

namespace NetViz.Explorer.Views;

/// <summary>How a tensor of one image is shown: as maps [C, H, W], or, without rows and columns, as one row of numbers.</summary>
internal readonly record struct Planes(int Channels, int Height, int Width, bool IsVector, bool IsLast)
{
    /// <summary>Returns how a tensor is shown.</summary>
    public static Planes Of(Shape shape, ImageLayout layout) => shape.Rank == 4 && shape[0] == 1
        ? layout == ImageLayout.Nhwc
            ? new Planes(shape[3], shape[1], shape[2], false, true)
            : new Planes(shape[1], shape[2], shape[3], false, false)
        : new Planes(1, 1, checked((int)shape.Count), true, false);

    /// <summary>Returns some channels, [channels, H, W].</summary>
    public float[] Take(IReadOnlyList<int> channels, Func<int, double> at)
    {
        int plane = Height * Width;
        var taken = new float[channels.Count * plane];
        for (int k = 0; k < channels.Count; k++)
        {
            int c = channels[k];
            for (int i = 0; i < plane; i++) taken[k * plane + i] = (float)at(IsLast ? i * Channels + c : c * plane + i);
        }

        return taken;
    }

    /// <summary>Returns the channels with the largest sums of absolute values, largest first, at most the given number.</summary>
    public int[] Strongest(int count, Func<int, double> at)
    {
        int plane = Height * Width;
        var sums = new double[Channels];
        for (int c = 0; c < Channels; c++)
            for (int i = 0; i < plane; i++) sums[c] += Math.Abs(at(IsLast ? i * Channels + c : c * plane + i));
        return [.. Enumerable.Range(0, Channels).OrderByDescending(c => sums[c]).ThenBy(c => c).Take(count)];
    }
}
