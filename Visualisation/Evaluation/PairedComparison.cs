namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Two answers to the same questions, compared where one is right and the other wrong (McNemar 1947): what both have right, or both
/// wrong, tells nothing between them.
/// </summary>
/// <param name="OnlyFirst">How often the first alone is right.</param>
/// <param name="OnlySecond">How often the second alone is right.</param>
public readonly record struct PairedComparison(int OnlyFirst, int OnlySecond)
{
    /// <summary>
    /// The probability, were both equally good, of a difference at least so large: twice the sum over k = 0 .. min of C(n, k) / 2^n,
    /// n = OnlyFirst + OnlySecond; 1 at most.
    /// </summary>
    public double P
    {
        get
        {
            int n = OnlyFirst + OnlySecond;
            double term = -n * Math.Log(2), sum = Math.Exp(term);
            for (int k = 1; k <= Math.Min(OnlyFirst, OnlySecond); k++)
            {
                term += Math.Log((double)(n - k + 1) / k);
                sum += Math.Exp(term);
            }

            return Math.Min(1, 2 * sum);
        }
    }

    /// <summary>Takes another question into account.</summary>
    public PairedComparison With(bool first, bool second) =>
        new(OnlyFirst + (first && !second ? 1 : 0), OnlySecond + (second && !first ? 1 : 0));
}
