using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Every step-th element from start to end, end excluded; negative ones count from the axis' end. A negative step runs backward.
/// </summary>
/// <param name="start">The first element.</param>
/// <param name="end">Where it ends.</param>
/// <param name="step">The step, not 0.</param>
public sealed class SliceSampling(int start, int end, int step) : AxisSampling
{
    /// <summary>The first element.</summary>
    public int Start => start;

    /// <summary>Where it ends.</summary>
    public int End => end;

    /// <summary>The distance between neighbouring outputs; negative for a reversed axis.</summary>
    public int Step => step;

    /// <inheritdoc/>
    public override int LengthOf(int source)
    {
        (long from, long to) = Bounds(source);
        return (int)Math.Max(0, (to - from + step - Math.Sign(step)) / step);
    }

    /// <summary>The first element, counted from 0.</summary>
    public int FirstOf(int source) => (int)Bounds(source).From;

    /// <inheritdoc/>
    protected override IEnumerable<(int Source, double Weight)> TapsOf(int i, int source, int length) =>
        [(FirstOf(source) + i * step, 1)];

    private (long From, long To) Bounds(int source)
    {
        long from = start < 0 ? (long)start + source : start, to = end < 0 ? (long)end + source : end;
        return step > 0
            ? (Math.Clamp(from, 0, source), Math.Clamp(to, 0, source))
            : (Math.Clamp(from, -1, source - 1), Math.Clamp(to, -1, source - 1));
    }
}

/// <summary>Chosen elements, in any order and as often as they are named.</summary>
/// <param name="indices">Their numbers, negative ones counted from the axis' end.</param>
public sealed class ChosenSampling(ReadOnlyMemory<int> indices) : AxisSampling
{
    /// <summary>Their numbers.</summary>
    public ReadOnlyMemory<int> Indices => indices;

    /// <inheritdoc/>
    public override int LengthOf(int source)
    {
        foreach (int index in indices.Span)
            if (index < -source || index >= source) return 0;
        return indices.Length;
    }

    /// <inheritdoc/>
    protected override IEnumerable<(int Source, double Weight)> TapsOf(int i, int source, int length) =>
        [(indices.Span[i] < 0 ? indices.Span[i] + source : indices.Span[i], 1)];
}
