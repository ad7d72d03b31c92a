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
    private readonly Dictionary<(string Name, int Class), (int Number, int Boxed)> _places = [];
    private readonly (int First, int End) _range;
    private int _seen, _chosen, _boxed;

    // Pictures are chosen on the thread that reads them, while others are measured.
    private readonly Lock _lock = new();

    /// <param name="set">The set.</param>
    /// <param name="split">The split.</param>
    /// <param name="classes">Which classes are known.</param>
    /// <param name="wanted">How many pictures; null for all.</param>
    /// <param name="shard">The part of them that is measured; null for all.</param>
    public PictureChoice(LabelledSet set, string split, ClassMatching classes, int? wanted, Shard? shard = null)
    {
        _classes = classes;
        Known = set.CountOf(split, IsKnown);
        Unknown = set.CountOf(split) - Known;
        Total = Math.Min(Known, wanted ?? Known);
        _range = shard?.RangeOf(Total) ?? (0, Total);
    }

    /// <summary>Pictures of classes that the network knows.</summary>
    public int Known { get; }

    /// <summary>Pictures of other classes.</summary>
    public int Unknown { get; }

    /// <summary>How many are chosen, in all parts together.</summary>
    public int Total { get; }

    /// <summary>How many of them are measured here.</summary>
    public int Count => _range.End - _range.First;

    /// <summary>The numbers of the pictures that are measured here, from 0, and the one behind the last.</summary>
    public (int First, int End) Range => _range;

    /// <summary>Whether no picture that is still to come is measured here.</summary>
    public bool IsDone
    {
        get
        {
            lock (_lock) return _chosen >= _range.End;
        }
    }

    /// <summary>Leaves out pictures that were measured before.</summary>
    public void Skip(IEnumerable<(string Name, int Class)> pictures) => _skipped.UnionWith(pictures);

    /// <summary>Whether a picture is to be measured; asked once for each and each class on it, in the set's order.</summary>
    public bool Takes(string name, int @class, bool hasBoxes)
    {
        if (!IsKnown(@class)) return false;
        // Picture i of the n known ones is one of the m chosen where floor((i + 1) m / n) steps over floor(i m / n).
        long i = _seen++;
        if ((i + 1) * Total / Known == i * Total / Known) return false;
        lock (_lock)
        {
            int number = _chosen++, boxed = _boxed;
            if (hasBoxes) _boxed++;
            if (number < _range.First || number >= _range.End || _skipped.Contains((name, @class))) return false;
            _places[(name, @class)] = (number, boxed);
            return true;
        }
    }

    /// <summary>A picture's number among the chosen ones, and how many of those before it have boxes.</summary>
    public (int Number, int Boxed) PlaceOf(string name, int @class)
    {
        lock (_lock) return _places[(name, @class)];
    }

    /// <summary>What distinguishes the choice from another.</summary>
    public override string ToString() =>
        Count == Total ? $"{Total} of {Known}" : $"{Total} of {Known}, {_range.First} to {_range.End}";

    private bool IsKnown(int @class) => _classes.ScoreOf(@class) >= 0;
}
