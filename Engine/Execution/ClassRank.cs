namespace NetViz.Engine.Execution;

/// <summary>The place of a class among the scores of an image.</summary>
public static class ClassRank
{
    /// <summary>
    /// How many classes come before this one: those of a higher score, and of equal scores those of a lower index. A class
    /// whose score is NaN comes after all, and NaN elsewhere comes before it.
    /// </summary>
    /// <param name="scores">[classes].</param>
    /// <param name="own">The class.</param>
    /// <returns>0 for the highest score; the number of classes where its own score is NaN.</returns>
    public static int Of(ReadOnlySpan<float> scores, int own)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)own, (uint)scores.Length, nameof(own));
        float score = scores[own];
        int rank = 0;
        for (int k = 0; k < scores.Length; k++)
        {
            // Negated, so that a comparison with NaN counts against the class, also that of its own NaN with itself.
            if (!(k < own ? score > scores[k] : score >= scores[k])) rank++;
        }

        return rank;
    }
}
