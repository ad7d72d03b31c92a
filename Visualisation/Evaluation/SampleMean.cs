using System.Globalization;

namespace NetViz.Visualisation.Evaluation;

/// <summary>A mean over pictures, with how far chance may have moved it.</summary>
/// <param name="Count">Of how many numbers.</param>
/// <param name="Value">Their mean; NaN of none.</param>
/// <param name="Deviation">Their standard deviation, with n - 1 below the sum; NaN of fewer than two.</param>
public readonly record struct SampleMean(int Count, double Value, double Deviation)
{
    // The normal distribution has 95 % within this many deviations.
    private const double Z = 1.959963984540054;

    /// <summary>The lower end of the interval at 95 % by the normal approximation: mean - 1.96 deviation / sqrt(n).</summary>
    public double Low => Value - Reach;

    /// <summary>The upper end of that interval.</summary>
    public double High => Value + Reach;

    private double Reach => Z * Deviation / Math.Sqrt(Count);

    /// <summary>A number as text; what rounds to zero has no sign, and NaN is a dash.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">After the point.</param>
    public static string Rounded(double value, int digits)
    {
        if (double.IsNaN(value)) return "-";

        // The third section is for numbers that the first two would write as zero.
        string format = $"0.{new string('0', digits)}";
        return value.ToString($"{format};-{format};{format}", CultureInfo.InvariantCulture);
    }

    /// <summary>The mean as text.</summary>
    /// <param name="digits">After the point.</param>
    public string Rounded(int digits) => Rounded(Value, digits);

    /// <summary>The interval at 95 % as text; a dash for fewer than two numbers.</summary>
    /// <param name="digits">After the point.</param>
    public string Interval(int digits) =>
        double.IsNaN(Deviation) ? "-" : $"{Rounded(Low, digits)} to {Rounded(High, digits)}";

    /// <summary>The mean of numbers.</summary>
    public static SampleMean Of(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        // Welford 1962: no difference of two large sums.
        int count = 0;
        double mean = 0, squares = 0;
        foreach (double value in values)
        {
            double before = value - mean;
            mean += before / ++count;
            squares += before * (value - mean);
        }

        return new SampleMean(count, count > 0 ? mean : double.NaN, count > 1 ? Math.Sqrt(squares / (count - 1)) : double.NaN);
    }
}
