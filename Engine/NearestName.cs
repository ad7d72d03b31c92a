namespace NetViz.Engine;

/// <summary>"Did you mean": the known name that is nearest to one that is not known.</summary>
public static class NearestName
{
    /// <summary>A hint that names the nearest; null where none is near.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="known">The known names.</param>
    public static string? Hint(string given, IEnumerable<string> known) =>
        Of(given, known) is { } name ? $"did you mean {name}?" : null;

    /// <summary>The name with the fewest letters to change, at most a third of them; null where none is near.</summary>
    public static string? Of(string given, IEnumerable<string> known)
    {
        (string? name, int distance) = (null, int.MaxValue);
        foreach (string candidate in known)
        {
            int own = candidate.StartsWith(given, StringComparison.OrdinalIgnoreCase) && given.Length >= 3
                ? 0
                : Distance(given.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (own < distance) (name, distance) = (candidate, own);
        }

        return distance <= Math.Max(1, given.Length / 3) ? name : null;
    }

    /// <summary>Damerau and Levenshtein's distance: letters put in, left out, changed, or swapped with their neighbour.</summary>
    public static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(changed, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
