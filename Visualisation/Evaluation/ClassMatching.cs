using NetViz.Engine;
using NetViz.Visualisation.Datasets;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Which score of a network belongs to which class of a set of pictures. By position, where both list the same classes in the
/// same order; otherwise by names, of which both may have several (sports car, sport car), and by WordNet numbers.
/// </summary>
public sealed class ClassMatching
{
    private const int Listed = 10;

    private readonly int[] _scores;

    private ClassMatching(int[] scores, bool byPosition, IReadOnlyList<LabelledClass> classes)
    {
        (_scores, ByPosition) = (scores, byPosition);
        LeftOut = [.. classes.Where((_, i) => scores[i] < 0)];
    }

    /// <summary>Whether class i of the set is score i; otherwise names were compared.</summary>
    public bool ByPosition { get; }

    /// <summary>Classes of the set that the network does not know.</summary>
    public IReadOnlyList<LabelledClass> LeftOut { get; }

    /// <summary>How many classes of the set the network knows.</summary>
    public int Count => _scores.Length - LeftOut.Count;

    /// <summary>The index of the score of a class of the set; -1 where the network does not know the class.</summary>
    public int ScoreOf(int @class) => _scores[@class];

    /// <summary>Finds out.</summary>
    /// <param name="set">The set.</param>
    /// <param name="model">The network's file, for messages.</param>
    /// <param name="labels">The network's class names; null where they are not known.</param>
    /// <param name="count">How many classes the network tells apart.</param>
    /// <exception cref="NetVizException">The network knows none of the classes, or cannot tell two of them apart.</exception>
    public static ClassMatching Of(LabelledSet set, string model, IReadOnlyList<string>? labels, int count)
    {
        ArgumentNullException.ThrowIfNull(set);
        IReadOnlyList<LabelledClass> classes = set.Classes;
        bool sameCount = classes.Count == count;
        if (labels is null)
        {
            return sameCount ? Positions(classes) : throw new NetVizException(
                $"{set.Path} has {Counted.Of(classes.Count, "class")}; {model} has {count}, of which no names are known",
                "give them with --labels");
        }

        // Lists of one order, in which a few names are spelled in another way, or occur twice.
        if (sameCount && 2 * classes.Where((c, i) => NamesOf(c).Intersect(NamesOf(labels[i])).Any()).Count() > count)
            return Positions(classes);
        ILookup<string, int> byName = Enumerable.Range(0, count).SelectMany(i => NamesOf(labels[i]).Select(name => (name, i)))
            .ToLookup(n => n.name, n => n.i);
        int[] scores = [.. classes.Select(c =>
            NamesOf(c).Select(name => byName[name]).FirstOrDefault(found => found.Count() == 1)?.First() ?? -1)];
        for (int c = 0; c < scores.Length; c++)
        {
            int other = Array.IndexOf(scores, scores[c]);
            if (scores[c] < 0 || other == c) continue;
            throw new NetVizException($"{classes[other].Name} ({classes[other].Id}) and {classes[c].Name} ({classes[c].Id}) of "
                + $"{set.Path} are both '{labels[scores[c]]}' of {model}", "give names that tell them apart with --labels");
        }

        if (scores.Any(score => score >= 0)) return new ClassMatching(scores, byPosition: false, classes);
        return sameCount ? Positions(classes) : throw new NetVizException(
            $"{model} knows none of the {Counted.Of(classes.Count, "class")} of {set.Path} ({List(set.ClassNames)}); "
            + $"it has {count} ({List(labels)})",
            "give its class names with --labels, or the set's classes the names that the model has for them: as names of "
            + "folders, or in classes.txt, a line with number, the set's name, the model's name, separated by tabs");
    }

    private static ClassMatching Positions(IReadOnlyList<LabelledClass> classes) =>
        new([.. Enumerable.Range(0, classes.Count)], byPosition: true, classes);

    private static IEnumerable<string> NamesOf(LabelledClass c) =>
        ((string[])[c.Id, string.Join(", ", c.Names), .. c.Names]).Select(Plain).Distinct();

    // As lists of ImageNet's classes have them: "n07747607 orange", "orange", "lesser panda, red panda, panda".
    private static IEnumerable<string> NamesOf(string label)
    {
        string plain = Plain(label), first = plain.Split(' ')[0];
        bool isNumber = first is ['n', .. { Length: 8 } digits] && digits.All(char.IsAsciiDigit);
        string names = isNumber ? plain[first.Length..].Trim() : plain;
        string[] all = [isNumber ? first : "", names, .. names.Split(',', StringSplitOptions.TrimEntries)];
        return all.Where(name => name.Length > 0).Distinct();
    }

    private static string Plain(string name) => name.Trim().Replace('_', ' ').ToLowerInvariant();

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Listed)) + (names.Count > Listed ? ", ..." : "");
}
