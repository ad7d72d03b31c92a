using NetViz.Engine.Execution;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// How often the right class has the highest score (top-1), or one of the five highest (top-5). Of equal scores the one of the
/// lower index counts as higher. Where a score is NaN or infinite, the picture counts as wrong.
/// </summary>
public sealed class Accuracy
{
    private const int Five = 5;

    private readonly int _scores;
    private readonly int[] _counts;
    private readonly int[] _first;
    private readonly int[] _firstFive;
    private readonly Dictionary<int, int>[] _mistaken;

    /// <summary>Begins at nothing.</summary>
    /// <param name="classes">How many classes the pictures have.</param>
    /// <param name="scores">How many classes the network tells apart.</param>
    public Accuracy(int classes, int scores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scores, 1);
        _scores = scores;
        (_counts, _first, _firstFive) = (new int[classes], new int[classes], new int[classes]);
        _mistaken = [.. Enumerable.Range(0, classes).Select(_ => new Dictionary<int, int>())];
    }

    /// <summary>How often the right class came first.</summary>
    public Proportion Top1 => new(_first.Sum(), _counts.Sum());

    /// <summary>
    /// How often the right class was among the first five; null where the network tells no more than five apart.
    /// </summary>
    public Proportion? Top5 => _scores > Five ? new(_firstFive.Sum(), _counts.Sum()) : null;

    /// <summary>Pictures of which a score was NaN or infinite.</summary>
    public int NonFinite { get; private set; }

    /// <summary>The classes of which there were pictures, those most often mistaken first.</summary>
    public IReadOnlyList<OfClass> ByClass =>
    [
        .. Enumerable.Range(0, _counts.Length).Where(c => _counts[c] > 0)
            .Select(c =>
            {
                (int? other, int times) = _mistaken[c].OrderByDescending(m => m.Value).ThenBy(m => m.Key)
                    .Select(m => ((int?)m.Key, m.Value)).FirstOrDefault();
                return new OfClass(c, new Proportion(_first[c], _counts[c]),
                    _scores > Five ? new Proportion(_firstFive[c], _counts[c]) : null, other, times);
            })
            .OrderBy(c => c.Top1.Value).ThenBy(c => c.Class)
    ];

    /// <summary>Judges a picture.</summary>
    /// <param name="right">The index of the score of its class.</param>
    /// <param name="scores">The scores, one for each class that the network tells apart.</param>
    /// <returns>How many classes came before the right one, and which came first: where a score is no number, all of them and
    /// -1.</returns>
    public static (int Rank, int First) Judge(int right, ReadOnlySpan<float> scores)
    {
        int first = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i])) return (scores.Length, -1);
            if (scores[i] > scores[first]) first = i;
        }

        return (ClassRank.Of(scores, right), first);
    }

    /// <summary>Counts a picture.</summary>
    /// <param name="class">Its class.</param>
    /// <param name="rank">From <see cref="Judge"/>.</param>
    /// <param name="first">From <see cref="Judge"/>.</param>
    public void Add(int @class, int rank, int first)
    {
        _counts[@class]++;
        if (first < 0)
        {
            NonFinite++;
            return;
        }

        if (rank == 0) _first[@class]++;
        else _mistaken[@class][first] = _mistaken[@class].GetValueOrDefault(first) + 1;
        if (rank < Five) _firstFive[@class]++;
    }

    /// <summary>The accuracy of one class.</summary>
    /// <param name="Class">The class.</param>
    /// <param name="Top1">How often it came first on its pictures.</param>
    /// <param name="Top5">How often it was among the first five; null where the network tells no more than five apart.</param>
    /// <param name="TakenFor">The index of the score that most often came first instead; null where none did.</param>
    /// <param name="TakenForTimes">How often.</param>
    public sealed record OfClass(int Class, Proportion Top1, Proportion? Top5, int? TakenFor, int TakenForTimes);
}
