using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// Which pictures of a split are measured: some of those of known classes, spread evenly over them. One with several classes is
/// one for each of them.
/// </summary>
internal sealed class PictureChoice
{
    private readonly ClassMatching _classes;
    private readonly HashSet<(string Name, int Class)> _skipped = [];
    private int _seen;

    /// <param name="set">The set.</param>
    /// <param name="split">The split.</param>
    /// <param name="classes">Which classes are known.</param>
    /// <param name="wanted">How many pictures; null for all.</param>
    public PictureChoice(LabelledSet set, string split, ClassMatching classes, int? wanted)
    {
        _classes = classes;
        Known = set.CountOf(split, IsKnown);
        Unknown = set.CountOf(split) - Known;
        Count = Math.Min(Known, wanted ?? Known);
    }

    /// <summary>Pictures of classes that the network knows.</summary>
    public int Known { get; }

    /// <summary>Pictures of other classes.</summary>
    public int Unknown { get; }

    /// <summary>How many are chosen.</summary>
    public int Count { get; }

    /// <summary>Leaves out pictures that were measured before.</summary>
    public void Skip(IEnumerable<(string Name, int Class)> pictures) => _skipped.UnionWith(pictures);

    /// <summary>Whether a picture is to be measured; asked once for each and each class on it, in the set's order.</summary>
    public bool Takes(string name, int @class)
    {
        if (!IsKnown(@class)) return false;
        // Picture i of the n known ones is one of the m chosen where floor((i + 1) m / n) steps over floor(i m / n).
        long i = _seen++;
        return (i + 1) * Count / Known > i * Count / Known && !_skipped.Contains((name, @class));
    }

    /// <summary>What distinguishes the choice from another.</summary>
    public override string ToString() => $"{Count} of {Known}";

    private bool IsKnown(int @class) => _classes.ScoreOf(@class) >= 0;
}
