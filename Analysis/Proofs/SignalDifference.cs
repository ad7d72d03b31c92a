using NetViz.Analysis.Layers;
using NetViz.Engine;
using static System.FormattableString;

namespace NetViz.Analysis.Proofs;

/// <summary>How far the engine's signals below a layer lie from the expected ones, over all inputs of the layer.</summary>
internal sealed class SignalDifference
{
    private double _largest;
    private double _scale;
    private double _squares;
    private double _found;
    private double _expected;

    /// <summary>The largest |difference| over its element's bound; infinite where the bound is 0 and they differ.</summary>
    public double ShareOfBound { get; private set; }

    /// <summary>The element at which most of the bound is reached, and what stands there; null while nothing differs.</summary>
    public string? Worst { get; private set; }

    /// <summary>How many elements are not equal.</summary>
    public long Unequal { get; private set; }

    /// <summary>How many elements there are.</summary>
    public long Elements { get; private set; }

    /// <summary>Whether any element was bounded by more than 0.</summary>
    public bool HasBound { get; private set; }

    /// <summary>
    /// The largest |difference| over 2^(floor(log2 m) - 23), m the largest |expected|; see <see cref="ProofRow"/>.
    /// </summary>
    public double Ulps => _largest == 0 ? 0
        : _scale == 0 ? double.PositiveInfinity
        : _largest / Math.ScaleB(1, Math.Max(-149, Math.ILogB(_scale) - 23));

    /// <summary>The difference's Euclidean norm over the larger of both norms; 0 where both are 0.</summary>
    public double Relative => _squares == 0 ? 0 : Math.Sqrt(_squares / Math.Max(_found, _expected));

    /// <summary>Adds a fault if the signal that the engine found is not within the bounds of the expected one.</summary>
    /// <param name="found">The engine's signal.</param>
    /// <param name="expected">The formula's.</param>
    /// <param name="otherwise">The fault.</param>
    /// <param name="faults">The list to add it to.</param>
    public static void Require(double[] found, LiteralSignal expected, string otherwise, List<string> faults)
    {
        if (new SignalDifference().Add(found, expected).Worst is string worst) faults.Add($"{otherwise}: {worst}");
    }

    /// <summary>Takes in one input's signal.</summary>
    public SignalDifference Add(double[] found, LiteralSignal expected)
    {
        Elements += found.Length;
        for (int i = 0; i < found.Length; i++)
        {
            double value = expected.Values[i], difference = Math.Abs(found[i] - value), bound = expected.Bound(i);
            HasBound |= bound > 0;
            _scale = Math.Max(_scale, Math.Abs(value));
            _found += found[i] * found[i];
            _expected += value * value;
            if (IsSame(found[i], value)) continue;
            Unequal++;
            _largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(_largest, difference);
            _squares += difference * difference;
            double share = double.IsNaN(difference) ? double.PositiveInfinity : difference / bound;
            if (Worst is not null && share <= ShareOfBound) continue;
            ShareOfBound = share;
            Worst = $"element {i} is {NumberText.Fixed(found[i], "g9")} where {NumberText.Fixed(value, "g9")} is expected"
                + (bound > 0 ? Invariant($", {difference:e1} apart with a bound of {bound:e1}") : "");
        }

        return this;
    }

    /// <summary>Equal as numbers, or equal to the expected number as float32 rounds it; 0 and -0 are equal.</summary>
    public static bool IsSame(double found, double expected) =>
        found == expected || (float)expected == found || (double.IsNaN(found) && double.IsNaN(expected));
}
