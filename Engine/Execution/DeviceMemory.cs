using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Engine.Execution;

/// <summary>The memory that passes need on a device with its own memory, and the error if it does not suffice.</summary>
internal static class DeviceMemory
{
    /// <summary>Refuses an input whose pass in both directions does not fit beside the weights.</summary>
    /// <exception cref="NetVizException">It does not fit; the message tells the batch that would.</exception>
    public static void Require(PreparedNetwork prepared, Shape input, long there)
    {
        long needed = PassMemory.Of(prepared, input).TotalBytes;
        if (needed <= there) return;
        throw new NetVizException($"a pass for the input {input} needs {Amount(needed)} on {prepared.Kernels.Description}, "
            + $"of which {Amount(there)} can be had", Advice(prepared, input, there));
    }

    /// <summary>The same from what the device itself refused, in the middle of a pass.</summary>
    public static NetVizException Refused(PreparedNetwork prepared, Shape input, DeviceException e)
    {
        string needed = $"the input {input} needs {Amount(PassMemory.Of(prepared, input).TotalBytes)} in all";
        return new NetVizException($"{e.Message}; {needed}",
            prepared.Kernels.DeviceMemoryBytes is { } there ? Advice(prepared, input, there) : e.Hint, e);
    }

    /// <summary>What the device refused before there was an input.</summary>
    public static NetVizException Refused(DeviceException e) => new(e.Message, e.Hint, e);

    /// <summary>
    /// The largest batch below this one that fits. Memory grows with the batch, though not evenly: kernels work in as much from
    /// some batch on.
    /// </summary>
    private static string Advice(PreparedNetwork prepared, Shape input, long there)
    {
        (int fits, int exceeds) = (0, input.N);
        while (exceeds - fits > 1)
        {
            int batch = fits + (exceeds - fits) / 2;
            if (PassMemory.Of(prepared, input.WithBatch(batch)).TotalBytes <= there) fits = batch;
            else exceeds = batch;
        }

        PassMemory all = PassMemory.Of(prepared, input);
        double image = (double)(all.TotalBytes - all.WeightBytes) / input.N;
        string needs = $"weights take {Amount(all.WeightBytes)} and an image {Amount(image)}";
        return fits > 0 ? $"{needs}: a batch of {fits} would fit" : $"{needs}: use `Device` cpu";
    }

    private static string Amount(double bytes) => bytes >= 1e9 ? Invariant($"{bytes / 1e9:0.00} GB") : Invariant($"{bytes / 1e6:0.0} MB");
}
