using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// Where a tensor's element comes from in another array: along each axis, position p of the tensor is position p - shift of the
/// source, which may lie outside. Axes that behave as one are taken as one, so eight suffice.
/// </summary>
internal readonly struct AxisMap
{
    private const int MostAxes = 8;

    private readonly int _rank;
    private readonly Axis _axis0, _axis1, _axis2, _axis3, _axis4, _axis5, _axis6, _axis7;

    private AxisMap(ReadOnlySpan<Axis> innermostFirst)
    {
        _rank = innermostFirst.Length;
        Span<Axis> all = stackalloc Axis[MostAxes];
        innermostFirst.CopyTo(all);
        (_axis0, _axis1, _axis2, _axis3) = (all[0], all[1], all[2], all[3]);
        (_axis4, _axis5, _axis6, _axis7) = (all[4], all[5], all[6], all[7]);
    }

    /// <summary>Makes the map.</summary>
    /// <param name="lengths">The tensor's axes.</param>
    /// <param name="strides">For each of them, elements of the source between neighbours.</param>
    /// <param name="shifts">For each axis, where the source's first position lies; empty for 0.</param>
    /// <param name="sourceLengths">For each axis, the source's positions; empty where all of the tensor's are there.</param>
    /// <exception cref="DeviceException">More than eight axes are left.</exception>
    public static AxisMap Of(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, ReadOnlySpan<int> shifts = default,
        ReadOnlySpan<int> sourceLengths = default)
    {
        var axes = new List<Axis>();
        for (int k = lengths.Length - 1; k >= 0; k--)
        {
            var axis = new Axis(lengths[k], strides[k], shifts.IsEmpty ? 0 : shifts[k],
                sourceLengths.IsEmpty ? lengths[k] : sourceLengths[k]);
            if (axis.IsWhole && axis.Length == 1) continue;
            if (axis.IsWhole && axes.Count > 0 && axes[^1] is { IsWhole: true } inner
                && axis.Stride == inner.Stride * inner.Length)
                axes[^1] = new Axis(inner.Length * axis.Length, inner.Stride, 0, inner.Length * axis.Length);
            else axes.Add(axis);
        }

        if (axes.Count > MostAxes)
            throw new DeviceException($"a tensor of {lengths.Length} axes; on a GPU {MostAxes} are supported", "use `Device` cpu");
        return new AxisMap([.. axes]);
    }

    /// <summary>The source's element for element i of the tensor; -1 where it lies outside.</summary>
    public int SourceOf(int i)
    {
        int at = 0, inside = 1;
        if (_rank > 0) _axis0.Step(ref i, ref at, ref inside);
        if (_rank > 1) _axis1.Step(ref i, ref at, ref inside);
        if (_rank > 2) _axis2.Step(ref i, ref at, ref inside);
        if (_rank > 3) _axis3.Step(ref i, ref at, ref inside);
        if (_rank > 4) _axis4.Step(ref i, ref at, ref inside);
        if (_rank > 5) _axis5.Step(ref i, ref at, ref inside);
        if (_rank > 6) _axis6.Step(ref i, ref at, ref inside);
        if (_rank > 7) _axis7.Step(ref i, ref at, ref inside);
        return inside != 0 ? at : -1;
    }

    internal readonly struct Axis(int length, int stride, int shift, int sourceLength)
    {
        public readonly int Length = length, Stride = stride, Shift = shift, SourceLength = sourceLength;

        public bool IsWhole => Shift == 0 && SourceLength == Length;

        public void Step(ref int i, ref int at, ref int inside)
        {
            int position = i % Length - Shift;
            i /= Length;
            if (position < 0 || position >= SourceLength) inside = 0;
            at += position * Stride;
        }
    }
}

/// <summary>destination = the source's element by the map, or a value if there is none.</summary>
internal struct MapKernel : IThreadKernel
{
    public AxisMap Map;
    public ArrayView<float> Source, Destination;
    public float Outside;

    public readonly void Run(int i)
    {
        int at = Map.SourceOf(i);
        Destination[i] = at < 0 ? Outside : Source[at];
    }
}
