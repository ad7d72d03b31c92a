using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>With what a border is filled that repeats the image.</summary>
public enum PadMode
{
    /// <summary>The image mirrored about its first and last elements, which are not repeated.</summary>
    Reflect,

    /// <summary>The first or last element.</summary>
    Edge,

    /// <summary>The image again, as if it lay on a ring.</summary>
    Wrap,
}

/// <summary>A border along one axis that repeats the image; negative pads crop.</summary>
/// <param name="mode">With what it is filled.</param>
/// <param name="before">Elements added before the axis.</param>
/// <param name="after">Elements added after it.</param>
public sealed class PadSampling(PadMode mode, int before, int after) : AxisSampling
{
    /// <summary>With what the border is filled.</summary>
    public PadMode Mode => mode;

    /// <summary>Elements added before the axis.</summary>
    public int Before => before;

    /// <summary>Elements added after it.</summary>
    public int After => after;

    /// <inheritdoc/>
    public override int LengthOf(int source) => (int)Math.Clamp((long)source + before + after, 0, int.MaxValue);

    /// <inheritdoc/>
    protected override IEnumerable<(int Source, double Weight)> TapsOf(int i, int source, int length) =>
        [(SourceOf((long)i - before, source), 1)];

    private int SourceOf(long i, int source)
    {
        if (mode == PadMode.Edge || source == 1) return (int)Math.Clamp(i, 0, source - 1);
        long period = mode == PadMode.Wrap ? source : 2L * (source - 1), at = (i % period + period) % period;
        return (int)(at < source ? at : period - at);
    }
}
