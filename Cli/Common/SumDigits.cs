using System.Globalization;

namespace NetViz.Cli.Common;

/// <summary>
/// A column of numbers that adds up as printed: all with the same number of decimals, nine digits in the largest; where that is
/// far from 1, in units of a power of ten.
/// </summary>
internal sealed class SumDigits
{
    private const int Digits = 9, MostDecimals = 15;
    private readonly int _decimals;
    private readonly int _exponent;

    /// <summary>Chooses the decimals.</summary>
    /// <param name="largest">The largest magnitude in the column.</param>
    public SumDigits(double largest)
    {
        int power = largest > 0 && double.IsFinite(largest) ? (int)Math.Floor(Math.Log10(largest)) : 0;
        _exponent = power is < -(MostDecimals - Digits) or > Digits ? power : 0;
        _decimals = Math.Clamp(Digits - 1 - (power - _exponent), 0, MostDecimals);
    }

    /// <summary>What each number is to be multiplied by; empty for 1.</summary>
    public string Unit => _exponent == 0 ? "" : $"10^{_exponent}";

    /// <summary>A number in units of its last printed digit.</summary>
    public double Rounded(double value) => Math.Round(value * Math.Pow(10, _decimals - _exponent));

    /// <summary>The number as printed.</summary>
    public string Print(double value) => PrintRounded(Rounded(value));

    /// <summary>A number of units of the last printed digit, as printed.</summary>
    public string PrintRounded(double units) =>
        (units == 0 ? 0 : units / Math.Pow(10, _decimals)).ToString($"F{_decimals}", CultureInfo.InvariantCulture);
}
