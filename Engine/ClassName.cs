using System.Text;

namespace NetViz.Engine;

/// <summary>Names of classes as people, folders and lists spell them: bell pepper, bell_pepper, Bell-Pepper.</summary>
public static class ClassName
{
    /// <summary>
    /// A name without what spellings differ in: lower case (invariant), and one space for each run of spaces, hyphens and
    /// underscores. A name of nothing else stays as it is. Around a comma between synonyms, spaces do not count.
    /// </summary>
    /// <param name="name">The name.</param>
    public static string Fold(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var folded = new StringBuilder(name.Length);
        bool isParted = false;
        foreach (char letter in name)
        {
            if (IsSeparator(letter))
            {
                isParted = true;
                continue;
            }

            if (folded.Length > 0 && ((isParted && letter != ',') || folded[^1] == ',')) folded.Append(' ');
            folded.Append(char.ToLowerInvariant(letter));
            isParted = false;
        }

        return folded.Length > 0 ? folded.ToString() : name;
    }

    /// <summary>
    /// All names that an entry of a list of classes holds, as lists of ImageNet's classes have them: "n07747607 orange",
    /// "orange", "lesser panda, red panda, panda". The WordNet number, the entry without it, and each of the synonyms.
    /// </summary>
    /// <param name="label">The entry.</param>
    public static IEnumerable<string> AllOf(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        string plain = label.Trim(), first = plain.Split(' ', '\t')[0];
        string names = IsWordNetNumber(first) ? plain[first.Length..].Trim() : plain;
        string[] all = [IsWordNetNumber(first) ? first : "", names, .. names.Split(',', StringSplitOptions.TrimEntries)];
        return all.Where(name => name.Length > 0).Distinct();
    }

    /// <summary>Whether a name is a WordNet number such as n07747607.</summary>
    /// <param name="name">The name.</param>
    public static bool IsWordNetNumber(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name is ['n' or 'N', .. { Length: 8 } digits] && digits.All(char.IsAsciiDigit);
    }

    // The hyphen of the keyboard, Unicode's own and the one that does not break.
    private static bool IsSeparator(char letter) => letter is '-' or '_' or '\u2010' or '\u2011' || char.IsWhiteSpace(letter);
}
