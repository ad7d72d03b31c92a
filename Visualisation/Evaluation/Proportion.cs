namespace NetViz.Visualisation.Evaluation;

/// <summary>A share that was counted, with how far chance may have moved it.</summary>
/// <param name="Hits">How often it was so.</param>
/// <param name="Count">Of how many.</param>
public readonly record struct Proportion(int Hits, int Count)
{
    // The normal distribution has 95 % within this many deviations.
    private const double Z = 1.959963984540054;

    /// <summary>Hits / Count; NaN of nothing.</summary>
    public double Value => (double)Hits / Count;

    /// <summary>The lower end of Wilson's interval at 95 %.</summary>
    public double Low => Math.Max(0, Centre - Reach);

    /// <summary>The upper end of Wilson's interval at 95 %.</summary>
    public double High => Math.Min(1, Centre + Reach);

    // Wilson, Probable inference (1927): with p = Hits / Count and n = Count, the interval is
    // (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n).
    private double Centre => (Value + Z * Z / (2.0 * Count)) / (1 + Z * Z / Count);

    private double Reach =>
        Z * Math.Sqrt(Value * (1 - Value) / Count + Z * Z / (4.0 * Count * Count)) / (1 + Z * Z / Count);
}
