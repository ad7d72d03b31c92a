using System.Numerics.Tensors;
using NetViz.Visualisation.Evaluation;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>Top-1 and top-5 accuracy, over all pictures and class by class.</summary>
internal sealed class AccuracyMetric(EvaluatedModel evaluated) : PictureMetric(evaluated)
{
    private const int ShownClasses = 10;

    private readonly Accuracy _accuracy = new(evaluated.Set.Classes.Count, evaluated.Model.Model.ClassCount);

    public override object Result => new
    {
        Top1 = Share.Of(_accuracy.Top1),
        Top5 = _accuracy.Top5 is { } top5 ? Share.Of(top5) : null,
        NonFinite = _accuracy.NonFinite,
        PerClass = _accuracy.ByClass.Select(c => new
        {
            c.Class,
            Evaluated.Set.Classes[c.Class].Id,
            Name = Evaluated.Set.ClassNames[c.Class],
            ModelClass = Evaluated.Classes.ScoreOf(c.Class),
            Pictures = c.Top1.Count,
            Top1 = Share.Of(c.Top1),
            Top5 = c.Top5 is { } five ? Share.Of(five) : null,
            TakenFor = c.TakenFor is { } other ? Evaluated.Model.Model.ClassName(other) : null,
            TakenForTimes = c.TakenFor is null ? (int?)null : c.TakenForTimes,
        }),
    };

    public override string Settings => "";

    // The rank of the class, the first class (-1 where a score is no number), its probability, and the probability of the class.
    public override int ValueCount => 4;

    protected override IReadOnlyList<string> ValueColumns =>
        ["rank", "predicted", "predicted_name", "probability", "probability_of_class"];

    public override IEnumerable<string> Warnings =>
    [
        .. Evaluated.Model.Model.ClassCount > 1 ? (string[])[] : ["the network has one score, which is always the highest"],
        .. _accuracy.NonFinite == 0 ? (string[])[] : [NonFinite],
    ];

    private string NonFinite =>
        $"scores of {_accuracy.NonFinite} pictures are NaN or infinite and count as wrong: weights are no numbers, or "
            + "activations grew beyond float32";

    public override void Describe(ResultText text)
    {
        text.Line($"top-1  {InWords(_accuracy.Top1)}");
        text.Line(_accuracy.Top5 is { } top5 ? $"top-5  {InWords(top5)}"
            : "top-5  means nothing for a network that tells no more than five classes apart");
        IReadOnlyList<Accuracy.OfClass> classes = _accuracy.ByClass;
        int shown = Evaluated.ShowsAll ? classes.Count : Math.Min(ShownClasses, classes.Count);
        TextTable table = text.Table("class", "pictures", "top-1", "top-5", "<most often taken for");
        foreach (Accuracy.OfClass c in classes.Take(shown))
        {
            table.AddRow(
                Evaluated.Set.ClassNames[c.Class], $"{c.Top1.Count}", Invariant($"{c.Top1.Value:P1}"),
                c.Top5 is { } five ? Invariant($"{five.Value:P1}") : "",
                c.TakenFor is { } other
                    ? $"{Evaluated.Model.Model.ClassName(other)} ({c.TakenForTimes})"
                    : "");
        }
        if (shown < classes.Count)
            text.Line($"These are the {shown} classes of {classes.Count} with the lowest top-1; `PerClass` shows all.");
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        Tensor<float> probabilities = batch.Record.Probabilities;
        return [.. batch.Ranks().Select((r, n) => (double[])
            [r.Rank, r.First, r.First < 0 ? double.NaN : probabilities[n, r.First], probabilities[n, batch.Pictures[n].Score]])];
    }

    protected override void Count(MeasuredPicture picture) =>
        _accuracy.Add(picture.Class, (int)picture.Values[0], (int)picture.Values[1]);

    // Probabilities are float32, and are written with the digits of one.
    protected override IEnumerable<object?> RowOf(double[] values)
    {
        int first = (int)values[1];
        return first < 0 ? [(int)values[0] + 1, null, null, null, null]
            : [(int)values[0] + 1, first, Evaluated.Model.Model.ClassName(first), (float)values[2], (float)values[3]];
    }

    private static string InWords(Proportion share) =>
        Invariant($"{share.Value:P2}  ({share.Hits} of {share.Count}; 95 % interval {share.Low:P1} to {share.High:P1})");

    /// <summary>A share as JSON has it, with the ends of Wilson's interval at 95 %.</summary>
    private sealed record Share(int Correct, double Value, double Low, double High)
    {
        public static Share Of(Proportion share) => new(share.Hits, share.Value, share.Low, share.High);
    }
}
