namespace NetViz.Kernels;

/// <summary>
/// A linear map along one axis, as a sparse matrix: element i of the result is the sum of weight times source over its taps.
/// Interpolation, borders that repeat the image, and selections are such maps; so is the transpose of each.
/// </summary>
public sealed class AxisTaps
{
    private readonly int[] _starts, _sources;
    private readonly double[] _weights;
    private readonly float[] _singles;
    private AxisTaps? _transposed;

    /// <summary>Creates the map.</summary>
    /// <param name="sourceLength">The axis' length in the source.</param>
    /// <param name="taps">For each element of the result what it is made of. Taps on one source are added; a weight of 0 is left
    /// out.</param>
    public AxisTaps(int sourceLength, IEnumerable<IEnumerable<(int Source, double Weight)>> taps)
    {
        ArgumentNullException.ThrowIfNull(taps);
        var (starts, sources, weights) = (new List<int> { 0 }, new List<int>(), new List<double>());
        foreach (IEnumerable<(int Source, double Weight)> element in taps)
        {
            foreach (IGrouping<int, double> tap in element.GroupBy(tap => tap.Source, tap => tap.Weight).OrderBy(tap => tap.Key))
            {
                ArgumentOutOfRangeException.ThrowIfNegative(tap.Key, nameof(taps));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tap.Key, sourceLength, nameof(taps));
                if (tap.Sum() is var weight && weight != 0) Add(tap.Key, weight);
            }

            starts.Add(sources.Count);
        }

        (SourceLength, _starts, _sources, _weights) = (sourceLength, [.. starts], [.. sources], [.. weights]);
        _singles = Array.ConvertAll(_weights, weight => (float)weight);

        void Add(int source, double weight)
        {
            sources.Add(source);
            weights.Add(weight);
        }
    }

    private AxisTaps(AxisTaps other)
    {
        (SourceLength, _transposed) = (other.Length, other);
        (_starts, _sources, _weights) = (new int[other.SourceLength + 1], new int[other._sources.Length],
            new double[other._sources.Length]);
        foreach (int source in other._sources) _starts[source + 1]++;
        for (int i = 0; i < other.SourceLength; i++) _starts[i + 1] += _starts[i];
        int[] next = _starts[..^1];
        for (int i = 0; i < other.Length; i++)
        for (int k = other._starts[i]; k < other._starts[i + 1]; k++)
        {
            int at = next[other._sources[k]]++;
            (_sources[at], _weights[at]) = (i, other._weights[k]);
        }

        _singles = Array.ConvertAll(_weights, weight => (float)weight);
    }

    /// <summary>The axis' length in the source.</summary>
    public int SourceLength { get; }

    /// <summary>The axis' length in the result.</summary>
    public int Length => _starts.Length - 1;

    /// <summary>[Length + 1]: the taps of element i are number Starts[i] .. Starts[i + 1] - 1.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>For each tap the element of the source.</summary>
    public ReadOnlySpan<int> Sources => _sources;

    /// <summary>For each tap its weight.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>For each tap its weight in float32.</summary>
    public ReadOnlySpan<float> Singles => _singles;

    /// <summary>The transposed map, by which a signal travels down.</summary>
    public AxisTaps Transposed => _transposed ??= new AxisTaps(this);
}

/// <summary>A family of maps along one axis, one for each length that the axis may have.</summary>
public abstract class AxisSampling
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, AxisTaps> _maps = [];

    /// <summary>Returns the axis' length in the result; below 1 where nothing is left of it.</summary>
    /// <param name="source">Its length in the source.</param>
    public abstract int LengthOf(int source);

    /// <summary>Returns the map for an axis of some length. It is worked out once.</summary>
    /// <param name="source">The axis' length in the source.</param>
    public AxisTaps For(int source)
    {
        if (_maps.TryGetValue(source, out AxisTaps? known)) return known;
        int length = LengthOf(source);
        return _maps.GetOrAdd(source, new AxisTaps(source, Enumerable.Range(0, length).Select(i => TapsOf(i, source, length))));
    }

    /// <summary>Returns what an element of the result is made of.</summary>
    /// <param name="i">The element.</param>
    /// <param name="source">The axis' length in the source.</param>
    /// <param name="length">The axis' length in the result.</param>
    protected abstract IEnumerable<(int Source, double Weight)> TapsOf(int i, int source, int length);
}

/// <summary>A sampling that a back-end uses as it is.</summary>
internal class SampledWeights(AxisSampling sampling) : PreparedWeights
{
    /// <summary>The family of maps.</summary>
    public AxisSampling Sampling => sampling;

    /// <inheritdoc/>
    public override long Bytes => 0;
}
