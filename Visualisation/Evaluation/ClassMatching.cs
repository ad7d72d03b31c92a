using System.Globalization;
using NetViz.Engine;
using NetViz.Visualisation.Datasets;

namespace NetViz.Visualisation.Evaluation;

/// <summary>What tells which score belongs to which class.</summary>
public enum MatchedBy
{
    /// <summary>Names, of which both lists may have several, or WordNet numbers.</summary>
    Name,

    /// <summary>The place in both lists.</summary>
    Position,

    /// <summary>The set's classes are called by the numbers of scores.</summary>
    Number,
}

/// <summary>
/// Which score of a network belongs to which class of a set of pictures. By position, where both list the same classes in the
/// same order, or where one has no names; otherwise by names, of which both may have several (sports car, sport car), and by
/// WordNet numbers. Case does not matter, and hyphens and underscores count as spaces.
/// </summary>
public sealed class ClassMatching
{
    private const int Listed = 10;
    private const int ListedPairs = 3;

    // Lists of one order, in which a few names are spelled in another way [ours].
    private const double SameListShare = 0.9;

    private readonly int[] _scores;

    private ClassMatching(int[] scores, MatchedBy by, IReadOnlyList<LabelledClass> classes, params IReadOnlyList<string> warnings)
    {
        (_scores, By, Warnings) = (scores, by, warnings);
        LeftOut = [.. classes.Where((_, i) => scores[i] < 0)];
    }

    /// <summary>What told which score belongs to which class.</summary>
    public MatchedBy By { get; }

    /// <summary>Whether class i of the set is score i; otherwise names or numbers were compared.</summary>
    public bool ByPosition => By == MatchedBy.Position;

    /// <summary>Classes of the set that the network does not know, or of which it is not clear which they are.</summary>
    public IReadOnlyList<LabelledClass> LeftOut { get; }

    /// <summary>What the user should know of the matching, a line each; mostly empty.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>How many classes of the set the network knows.</summary>
    public int Count => _scores.Length - LeftOut.Count;

    /// <summary>The index of the score of a class of the set; -1 where the network does not know the class.</summary>
    public int ScoreOf(int @class) => _scores[@class];

    /// <summary>Finds out.</summary>
    /// <param name="set">The set.</param>
    /// <param name="model">The network's file, for messages.</param>
    /// <param name="labels">The network's class names; null where they are not known.</param>
    /// <param name="count">How many classes the network tells apart.</param>
    /// <param name="byPosition">Whether class i of the set is score i, whatever the names.</param>
    /// <exception cref="NetVizException">The network knows none of the classes, or cannot tell two of them apart; or the counts
    /// differ where positions are to count.</exception>
    public static ClassMatching Of(LabelledSet set, string model, IReadOnlyList<string>? labels, int count,
        bool byPosition = false)
    {
        ArgumentNullException.ThrowIfNull(set);
        IReadOnlyList<LabelledClass> classes = set.Classes;
        bool sameCount = classes.Count == count;
        if (byPosition)
        {
            return sameCount ? Positions(classes, labels, "as wanted") : throw new NetVizException(
                $"{set.Path} has {classes.Count} classes and {model} has {count}: they cannot be matched by position");
        }

        if (labels is null)
        {
            return ByNumber(classes, labels, count) ?? (sameCount
                ? Positions(classes, labels, "the network's classes have no names")
                : throw new NetVizException(
                    $"{set.Path} has {classes.Count} classes; {model} has {count}, of which no names are known",
                    "give them with `Labels`"));
        }

        (ILookup<string, int> exact, ILookup<string, int> folded) = (Lookup(labels, name => name),
            Lookup(labels, ClassName.Fold));
        int[][] found = [.. classes.Select(c => Found(c, exact, folded))];
        int[] apart = sameCount ? [.. Enumerable.Range(0, count).Where(i => !found[i].Contains(i))] : [];
        bool isSameList = sameCount && apart.Length <= (1 - SameListShare) * count && apart.All(i => found[i].Length == 0);
        if (isSameList)
        {
            return new ClassMatching([.. Enumerable.Range(0, count)], MatchedBy.Position, classes, apart.Length == 0 ? [] :
            [
                $"{count - apart.Length} of {count} classes have one name at one position; "
                    + $"taken by position: {Pairs(classes, labels, apart)}",
            ]);
        }

        int[] scores = [.. found.Select(scores => scores.Length == 1 ? scores[0] : -1)];
        for (int c = 0; c < scores.Length; c++)
        {
            int other = Array.IndexOf(scores, scores[c]);
            if (scores[c] < 0 || other == c) continue;
            throw new NetVizException($"{classes[other].Name} ({classes[other].Id}) and {classes[c].Name} ({classes[c].Id}) of "
                + $"{set.Path} are both '{labels[scores[c]]}' of {model}", "give names that tell them apart with `Labels`");
        }

        string[] ambiguous = [.. classes.Zip(found).Where(pair => pair.Second.Length > 1).Select(pair =>
            $"{pair.First.Name} may be {string.Join(" or ", pair.Second.Take(Listed).Select(i => $"{i} '{labels[i]}'"))}")];
        if (scores.Any(score => score >= 0))
        {
            return new ClassMatching(scores, MatchedBy.Name, classes, ambiguous.Length == 0 ? [] :
                [$"left out, since names do not tell which class is meant: {List(ambiguous, "; ")}"]);
        }

        if (ByNumber(classes, labels, count) is { } numbered) return numbered;
        if (sameCount && classes.All(c => c.Names.All(ClassName.IsWordNetNumber)))
            return Positions(classes, labels, "the set has WordNet numbers and no names");
        throw new NetVizException($"{model} knows none of the {classes.Count} classes of {set.Path} "
            + $"({List(set.ClassNames)}); it has {count} ({List(labels)})"
            + (ambiguous.Length > 0 ? $"; {List(ambiguous, "; ")}" : ""),
            "give its class names with `Labels`, or the set's classes the names that the model has for them: as names of "
            + "folders, or in classes.txt, a line with number, the set's name, the model's name, separated by tabs"
            + (sameCount ? "; or, where both lists have one order, `MatchByPosition`" : ""));
    }

    private static ClassMatching Positions(IReadOnlyList<LabelledClass> classes, IReadOnlyList<string>? labels, string why) =>
        new([.. Enumerable.Range(0, classes.Count)], MatchedBy.Position, classes,
            $"classes are matched by position ({why}): {Pairs(classes, labels, [.. Enumerable.Range(0, classes.Count)])}");

    // Folders 0 .. 9: in the order of their names 10 would stand before 2.
    private static ClassMatching? ByNumber(IReadOnlyList<LabelledClass> classes, IReadOnlyList<string>? labels, int count)
    {
        int[] scores = [.. classes.Select(c =>
            int.TryParse(c.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < count
                ? number
                : -1)];
        if (scores.Contains(-1) || scores.Distinct().Count() < scores.Length) return null;
        string first = string.Join(", ", scores.Take(ListedPairs).Select((score, c) =>
            $"{classes[c].Name} is {score}{(labels is null ? "" : $" '{labels[score]}'")}"));
        return new ClassMatching(scores, MatchedBy.Number, classes,
            $"the set's classes are called by numbers, which are taken for those of scores, counted from 0: {first}"
            + (scores.Length > ListedPairs ? ", ..." : ""));
    }

    private static ILookup<string, int> Lookup(IReadOnlyList<string> labels, Func<string, string> spelling) => labels
        .SelectMany((label, i) => ClassName.AllOf(label).Select(spelling).Distinct().Select(name => (name, i)))
        .ToLookup(n => n.name, n => n.i, StringComparer.Ordinal);

    // The scores that a class's names may mean: of the first name that means one, else of the first that means any.
    private static int[] Found(LabelledClass c, ILookup<string, int> exact, ILookup<string, int> folded)
    {
        string[] names = [c.Id.Trim(), string.Join(", ", c.Names), .. c.Names.Select(name => name.Trim())];
        int[][] found =
        [
            .. names.Select(name => (int[])[.. exact[name]]),
            .. names.Select(name => (int[])[.. folded[ClassName.Fold(name)]]),
        ];
        return found.FirstOrDefault(scores => scores.Length == 1) ?? found.FirstOrDefault(scores => scores.Length > 1) ?? [];
    }

    private static string Pairs(IReadOnlyList<LabelledClass> classes, IReadOnlyList<string>? labels, int[] which) =>
        string.Join(", ", which.Take(ListedPairs).Select(i =>
            $"'{classes[i].Name}' is {i}{(labels is null ? "" : $" '{labels[i]}'")}"))
        + (which.Length > ListedPairs ? ", ..." : "");

    private static string List(IReadOnlyList<string> names, string separator = ", ") =>
        string.Join(separator, names.Take(Listed)) + (names.Count > Listed ? $"{separator}..." : "");
}
