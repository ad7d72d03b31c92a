using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// The scale a map is drawn on: linear from 0 (or from -Limit where the map is signed) to Limit; what lies beyond is drawn as
/// Limit. The limit is a percentile, so that a few single pixels do not leave the rest of the picture dark.
/// </summary>
/// <param name="Limit">The magnitude at the end of the colour map; 0 where every value is 0.</param>
/// <param name="Percentile">The percentile, 0 to 100, of the non-zero magnitudes that the limit is.</param>
/// <param name="IsSigned">Whether the scale reaches as far below zero as above.</param>
public readonly record struct MapScale(float Limit, double Percentile, bool IsSigned)
{
    /// <summary>The percentile of <see cref="Reduction.Sum"/> [secondary].</summary>
    public const double SumPercentile = 99;

    /// <summary>The percentile of the other reductions. The paper does not say how its figures are scaled [ours].</summary>
    public const double DefaultPercentile = 99.5;

    /// <summary>One map's own scale.</summary>
    /// <param name="map">The map to draw.</param>
    /// <param name="percentile">Which percentile of the non-zero magnitudes; null takes the reduction's.</param>
    public static MapScale Of(SaliencyMap map, double? percentile = null) => Shared([map], percentile);

    /// <summary>One scale for several maps: the percentile of all their values together.</summary>
    /// <param name="maps">The maps to draw, of the same reduction.</param>
    /// <param name="percentile">Which percentile of the non-zero magnitudes; null takes the reduction's.</param>
    /// <exception cref="ArgumentException">There is no map, or their reductions differ.</exception>
    public static MapScale Shared(IReadOnlyList<SaliencyMap> maps, double? percentile = null)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count == 0)
            throw new ArgumentException("There is no map to scale.", nameof(maps));
        if (maps.Any(map => map.Reduction != maps[0].Reduction))
            throw new ArgumentException("Maps of different reductions have no scale in common.", nameof(maps));
        var p = percentile ?? (maps[0].Reduction == Reduction.Sum ? SumPercentile : DefaultPercentile);

        var magnitudes = new List<float>(maps.Sum(map => map.Values.Length));
        foreach (var map in maps)
            AddMagnitudes(map.Values, magnitudes);
        return new MapScale(PercentileOf(magnitudes, p), p, maps[0].IsSigned);
    }

    /// <summary>Where a value lies on the scale: 0 to 1, or -1 to 1 where it is signed. NaN stays NaN.</summary>
    /// <param name="value">A value of the map.</param>
    public float Position(float value) =>
        Limit == 0 ? value * 0 : Math.Clamp(value / Limit, IsSigned ? -1 : 0, 1);

    /// <summary>The scale in words, e.g. "0 to 0.00203, the 99.5th percentile".</summary>
    public override string ToString() => Limit == 0 ? "every value is 0" : string.Create(CultureInfo.InvariantCulture,
        $"{(IsSigned ? Invariant($"-{Limit:G3}") : "0")} to {Limit:G3}, the {Percentile}th percentile");

    // Without exact zeros: where one neuron's field covers a hundredth of the image, zeros would be all that a percentile sees.
    internal static void AddMagnitudes(ReadOnlySpan<float> values, List<float> magnitudes)
    {
        foreach (var value in values)
        {
            if (value != 0 && !float.IsNaN(value))
                magnitudes.Add(MathF.Abs(value));
        }
    }

    // Linear between the two nearest ranks, as NumPy's default.
    internal static float PercentileOf(List<float> magnitudes, double percentile)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(percentile, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percentile, 100);
        if (magnitudes.Count == 0)
            return 0;
        var rank = percentile / 100 * (magnitudes.Count - 1);
        var below = (int)rank;
        Span<float> values = CollectionsMarshal.AsSpan(magnitudes);
        Select(values, below);
        float atRank = values[below], next = atRank;
        if (below + 1 < values.Length)
            next = TensorPrimitives.Min<float>(values[(below + 1)..]);
        return (float)(atRank + (rank - below) * ((double)next - atRank));
    }

    // Hoare's selection: afterwards the value of that rank stands there, smaller ones before it and larger ones behind it.
    private static void Select(Span<float> values, int rank)
    {
        var (left, right) = (0, values.Length - 1);
        while (left < right)
        {
            var (a, b, c) = (values[left], values[left + (right - left) / 2], values[right]);
            var pivot = MathF.Max(MathF.Min(a, b), MathF.Min(MathF.Max(a, b), c));
            var (i, j) = (left, right);
            while (i <= j)
            {
                while (values[i] < pivot) i++;
                while (values[j] > pivot) j--;
                if (i > j) break;
                (values[i], values[j]) = (values[j], values[i]);
                i++;
                j--;
            }
            if (rank <= j) right = j;
            else if (rank >= i) left = i;
            else return;
        }
    }
}
