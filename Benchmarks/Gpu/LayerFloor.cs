using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// What one pass of a layer, up or down, cannot do without: the operations of its plain sum, and reading and writing each
/// number once. Winograd's transforms do fewer operations and can pass below.
/// </summary>
internal sealed record LayerFloor(double Operations, double Bytes)
{
    /// <summary>Of a node for tensors of these shapes.</summary>
    public static LayerFloor Of(Node node, Shape[] shapes)
    {
        Shape[] inputs = [.. node.Inputs.Select(tensor => shapes[tensor])];
        long output = shapes[node.Output].Count;
        double bytes = sizeof(float) * ((double)inputs.Sum(input => input.Count) + output + node.Layer.ParameterCount);
        if (node.Layer.Keeps.HasFlag(Keep.Bits)) bytes += output / 8.0;
        if (node.Layer.Keeps.HasFlag(Keep.Switches)) bytes += output;
        return new LayerFloor(node.Layer.Operations(inputs), bytes);
    }

    /// <summary>The time in milliseconds at the device's peaks.</summary>
    public double Milliseconds(Peaks peaks) => Math.Max(Compute(peaks), Memory(peaks));

    /// <summary>Which of them binds.</summary>
    public string BoundBy(Peaks peaks) => Compute(peaks) >= Memory(peaks) ? "compute" : "memory";

    private double Compute(Peaks peaks) => Operations / peaks.Gflops / 1e6;

    private double Memory(Peaks peaks) => Bytes / peaks.GigabytesPerSecond / 1e6;
}
