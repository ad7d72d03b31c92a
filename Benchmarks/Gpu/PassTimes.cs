using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;

namespace NetViz.Benchmarks.Gpu;

/// <summary>Medians of a network's passes in milliseconds.</summary>
/// <param name="Forward">The forward pass on the device, from the first layer's start to the last one's end.</param>
/// <param name="Both">That, and the backward pass from a class score to the image on the device.</param>
/// <param name="WholeForward">From the pictures in the host's memory to the scores there.</param>
/// <param name="WholeBoth">From the pictures in the host's memory to the gradient there.</param>
/// <param name="Layers">Times of each node's forward and backward pass, synchronized after each.</param>
internal sealed record PassTimes(double Forward, double Both, double WholeForward, double WholeBoth,
    (double Up, double Down)[] Layers)
{
    private const int WarmUp = 2, Fewest = 5;

    /// <summary>Measures each of the three, whole, on the device and layer by layer, for some seconds.</summary>
    public static PassTimes Measure(PreparedNetwork prepared, Tensor<float> images, double seconds)
    {
        int nodes = prepared.Network.Nodes.Length;
        var (forward, both) = (new List<double>(), new List<double>());
        var (wholeForward, wholeBoth) = (new List<double>(), new List<double>());
        Repeat(seconds, () =>
        {
            long start = Stopwatch.GetTimestamp();
            using ForwardRecord record = prepared.Forward(images);
            wholeForward.Add(Milliseconds(Stopwatch.GetTimestamp() - start));
            record.Backward(Seed.Class(0), BackwardRule.Gradient);
            wholeBoth.Add(Milliseconds(Stopwatch.GetTimestamp() - start));
        });

        // Waited for at the ends alone: after the first and the last layer up, and after the last one down.
        long first = 0, end = 0;
        prepared.LayerIsTold = (node, backward) => node.Index == 0 || (!backward && node.Index == nodes - 1);
        prepared.LayerRan = (node, backward, ticks) =>
        {
            end = Stopwatch.GetTimestamp();
            if (node.Index == 0 && !backward) first = end - ticks;
        };
        Repeat(seconds, () =>
        {
            using ForwardRecord record = prepared.Forward(images);
            forward.Add(Milliseconds(end - first));
            long start = Stopwatch.GetTimestamp();
            record.Backward(Seed.Class(0), BackwardRule.Gradient);
            both.Add(forward[^1] + Milliseconds(end - start));
        });

        List<double>[] up = [.. Enumerable.Range(0, nodes).Select(_ => new List<double>())];
        List<double>[] down = [.. Enumerable.Range(0, nodes).Select(_ => new List<double>())];
        prepared.LayerIsTold = null;
        prepared.LayerRan = (node, backward, ticks) => (backward ? down : up)[node.Index].Add(Milliseconds(ticks));
        Repeat(seconds, () =>
        {
            using ForwardRecord record = prepared.Forward(images);
            record.Backward(Seed.Class(0), BackwardRule.Gradient);
        });
        prepared.LayerRan = null;
        return new PassTimes(Settled(forward), Settled(both), Settled(wholeForward), Settled(wholeBoth),
            [.. up.Zip(down, (u, d) => (Settled(u), Settled(d)))]);
    }

    private static void Repeat(double seconds, Action pass)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < WarmUp + Fewest || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; run++) pass();
    }

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;

    /// <summary>The median after the runs that warmed up; NaN for a layer that was not visited.</summary>
    private static double Settled(List<double> times) => Median.Of(times.Skip(WarmUp));
}
