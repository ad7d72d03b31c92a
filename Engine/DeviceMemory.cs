using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Engine;

/// <summary>What passes ask of a device that has memory of its own, and what is told where it does not suffice.</summary>
internal static class DeviceMemory
{
    /// <summary>The share of the memory that is planned with; the rest is for what kernels work in, and for rounding.</summary>
    private const double Usable = 0.98;

    /// <summary>Refuses an input whose pass in both directions does not fit beside the weights.</summary>
    /// <exception cref="NetVizException">It does not fit; the message tells the batch that would.</exception>
    public static void Require(PreparedNetwork prepared, Shape input, long there)
    {
        double needed = prepared.PreparedBytes + OfPass(prepared, input);
        if (needed <= Usable * there) return;
        throw new NetVizException($"a pass for the input {input} needs {Amount(needed)} on {prepared.Kernels.Description}, "
            + $"of which {Amount(there)} can be had", Advice(prepared, input, there));
    }

    /// <summary>The same from what the device itself refused, in the middle of a pass.</summary>
    public static NetVizException Refused(PreparedNetwork prepared, Shape input, GpuException e)
    {
        string needed = $"the input {input} needs {Amount(prepared.PreparedBytes + OfPass(prepared, input))} in all";
        return new NetVizException($"{e.Message}; {needed}",
            prepared.Kernels.DeviceMemoryBytes is { } there ? Advice(prepared, input, there) : e.Hint, e);
    }

    /// <summary>What the device refused before there was an input.</summary>
    public static NetVizException Refused(GpuException e) => new(e.Message, e.Hint, e);

    private static double OfPass(PreparedNetwork prepared, Shape input) =>
        ResourceDemand.BytesOfPass(prepared.Network, prepared.Kernels.BytesOf, prepared.Network.InferShapes(input));

    /// <summary>Weights take the same for any batch, all else grows with it: weights + N * image must fit.</summary>
    private static string Advice(PreparedNetwork prepared, Shape input, long there)
    {
        double image = OfPass(prepared, input) / input.N, rest = Usable * there - prepared.PreparedBytes;
        int batch = (int)Math.Clamp(Math.Floor(rest / image), 0, input.N - 1);
        return batch > 0
            ? $"weights take {Amount(prepared.PreparedBytes)} and an image {Amount(image)}: a batch of {batch} would fit"
            : $"weights take {Amount(prepared.PreparedBytes)} and an image {Amount(image)}: use --device cpu";
    }

    private static string Amount(double bytes) => bytes >= 1e9 ? $"{bytes / 1e9:0.00} GB" : $"{bytes / 1e6:0.0} MB";
}
