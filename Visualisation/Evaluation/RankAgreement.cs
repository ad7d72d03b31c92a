namespace NetViz.Visualisation.Evaluation;

/// <summary>How much several rankings of the same things agree.</summary>
public static class RankAgreement
{
    /// <summary>
    /// Kendall's coefficient of concordance W (Kendall and Babington Smith 1939), with the correction for ties: with m rankings of
    /// n things, R_i the sum of the ranks of thing i, W = 12 S / (m^2 (n^3 - n) - m T), S = sum over i of (R_i - m (n + 1) / 2)^2,
    /// T = sum over rankings and groups of t equal ranks of t^3 - t.
    /// </summary>
    /// <param name="rankings">Each a rank 1 .. n for each thing, equal ones sharing the mean of theirs.</param>
    /// <returns>0 to 1: 1 where all rankings are the same; NaN of fewer than two rankings or things.</returns>
    public static double KendallsW(IReadOnlyList<double[]> rankings)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        int m = rankings.Count, n = m > 0 ? rankings[0].Length : 0;
        if (m < 2 || n < 2) return double.NaN;
        double squares = 0, ties = 0, mean = m * (n + 1) / 2.0;
        for (int i = 0; i < n; i++)
        {
            double sum = rankings.Sum(ranking => ranking[i]);
            squares += (sum - mean) * (sum - mean);
        }

        foreach (double[] ranking in rankings)
        {
            if (ranking.Length != n) throw new ArgumentException($"A ranking of {ranking.Length} things beside one of {n}.", nameof(rankings));
            foreach (IGrouping<double, double> equal in ranking.GroupBy(rank => rank))
            {
                double t = equal.Count();
                ties += t * t * t - t;
            }
        }

        double most = (double)m * m * ((double)n * n * n - n) - m * ties;
        return most > 0 ? 12 * squares / most : double.NaN;
    }
}
