using NetViz.Visualisation.Evaluation;

namespace NetViz.Visualisation.Localisation;

/// <summary>
/// The localisation error of ILSVRC. A picture is right in the top k where one of the k classes with the highest scores is its
/// class, and the box given with that class overlaps the true box by an IoU of at least 0.5, or any of the true boxes where the
/// picture holds several objects of the class. As a picture is judged for one class here, for each that is on it, only the box of
/// that class can make it right: the boxes of the other classes are never looked at.
/// </summary>
public sealed class LocalisationScore
{
    /// <summary>The IoU from which a box is right [ILSVRC].</summary>
    public const double Overlap = 0.5;

    private const int Five = 5;

    private int _count, _top1, _top5, _labelGiven;
    private double _overlaps;

    /// <summary>Pictures that are right with the first class.</summary>
    public Proportion Top1 => new(_top1, _count);

    /// <summary>Pictures that are right with one of the first five classes.</summary>
    public Proportion Top5 => new(_top5, _count);

    /// <summary>Pictures of which the box is right, the true class being given.</summary>
    public Proportion LabelGiven => new(_labelGiven, _count);

    /// <summary>The mean IoU, the true class being given.</summary>
    public double MeanOverlap => _overlaps / _count;

    /// <summary>Pictures without a box: the map was the same everywhere. They count as wrong.</summary>
    public int WithoutBox { get; private set; }

    /// <summary>Judges a picture.</summary>
    /// <param name="rank">How many classes have a higher score than the right one.</param>
    /// <param name="overlap">The IoU of the box for the right class with the true one, of several with the
    /// <see cref="Datasets.PixelBox.NearestOf"/> it; null where no box was found.</param>
    public void Add(int rank, double? overlap)
    {
        _count++;
        _overlaps += overlap ?? 0;
        if (overlap is null) WithoutBox++;
        if (overlap is null or < Overlap) return;
        _labelGiven++;
        if (rank == 0) _top1++;
        if (rank < Five) _top5++;
    }
}
