using System.Numerics;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// Sums magnitudes of floating-point numbers without rounding, so that two sums can be asked whether they are equal: every
/// |v| is a whole mantissa m &lt; 2^53 times a power of two, and mantissas of one power add up as whole numbers.
/// </summary>
public sealed class ExactSum
{
    // |v| = m 2^(k - 1074): k is 0 for the smallest magnitudes and 2045 for the largest. 2^75 mantissas fit into each sum.
    private readonly UInt128[] _mantissas = new UInt128[2046];
    private int _lowest = int.MaxValue;
    private int _highest = -1;

    /// <summary>Adds the magnitude of a number.</summary>
    /// <exception cref="ArgumentException">It is NaN or infinite.</exception>
    public void Add(double v)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(v) & long.MaxValue;
        if (bits == 0) return;
        int exponent = (int)(bits >> 52);
        ulong mantissa = bits & ((1UL << 52) - 1);
        if (exponent == 2047) throw new ArgumentException($"{v} has no magnitude that could be summed.", nameof(v));
        // IEEE 754: the leading 1 is not stored, but for subnormal numbers, which have none and the exponent of the next ones.
        if (exponent > 0) (mantissa, exponent) = (mantissa | 1UL << 52, exponent - 1);
        _mantissas[exponent] += mantissa;
        _lowest = Math.Min(_lowest, exponent);
        _highest = Math.Max(_highest, exponent);
    }

    /// <summary>The sum; the next one begins at 0.</summary>
    public ExactMass Take()
    {
        BigInteger units = BigInteger.Zero;
        for (int k = _lowest; k <= _highest; k++)
        {
            if (_mantissas[k] != UInt128.Zero) units += (BigInteger)_mantissas[k] << k;
            _mantissas[k] = UInt128.Zero;
        }

        (_lowest, _highest) = (int.MaxValue, -1);
        return new ExactMass(units);
    }
}

/// <summary>A sum of magnitudes, exact: equal masses are equal in every bit, however they were added up.</summary>
/// <param name="Units">The sum in units of 2^-1074, the smallest magnitude that a double has.</param>
public readonly record struct ExactMass(BigInteger Units)
{
    /// <summary>The sum as a double, rounded once.</summary>
    public double Value
    {
        get
        {
            // 64 leading bits, the last of them also standing for all that follow, so that rounding to 53 bits sees them.
            int drop = (int)Math.Max(0, (long)Units.GetBitLength() - 64);
            BigInteger leading = Units >> drop;
            if (leading << drop != Units) leading |= BigInteger.One;
            return Math.ScaleB((double)(ulong)leading, drop - 1074);
        }
    }

    /// <summary>Whether nothing was summed but zeros.</summary>
    public bool IsZero => Units.IsZero;

    /// <summary>The sum of both.</summary>
    public static ExactMass operator +(ExactMass left, ExactMass right) => new(left.Units + right.Units);

    /// <summary>The sum of both.</summary>
    public static ExactMass Add(ExactMass left, ExactMass right) => left + right;

    /// <inheritdoc/>
    public override string ToString() => $"{Value}";
}
