using System.Numerics.Tensors;
using NetViz.Visualisation.Evaluation;
using Spectre.Console;

namespace NetViz.Cli.Metrics;

/// <summary>Top-1 and top-5 accuracy, over all pictures and class by class.</summary>
internal sealed class AccuracyMetric(EvaluatedModel evaluated) : IMetric
{
    private const int ShownClasses = 10;

    private readonly Accuracy _accuracy = new(evaluated.Set.Classes.Count, evaluated.Model.Model.ClassCount);
    private readonly List<object?[]> _rows = [];

    public object Result => new
    {
        Top1 = Share.Of(_accuracy.Top1),
        Top5 = _accuracy.Top5 is { } top5 ? Share.Of(top5) : null,
        NonFinite = _accuracy.NonFinite,
        PerClass = _accuracy.ByClass.Select(c => new
        {
            c.Class,
            evaluated.Set.Classes[c.Class].Id,
            Name = evaluated.Set.ClassNames[c.Class],
            ModelClass = evaluated.Classes.ScoreOf(c.Class),
            Pictures = c.Top1.Count,
            Top1 = Share.Of(c.Top1),
            Top5 = c.Top5 is { } five ? Share.Of(five) : null,
            TakenFor = c.TakenFor is { } other ? evaluated.Model.Model.ClassName(other) : null,
            TakenForTimes = c.TakenFor is null ? (int?)null : c.TakenForTimes,
        }),
    };

    public IReadOnlyList<string> Columns =>
    [
        "file", "class", "class_name", "model_class", "rank", "predicted", "predicted_name", "probability",
        "probability_of_class",
    ];

    public IEnumerable<IReadOnlyList<object?>> Rows => _rows;

    public IEnumerable<string> Warnings => _accuracy.NonFinite == 0 ? [] :
    [
        $"scores of {_accuracy.NonFinite} pictures are NaN or infinite and count as wrong: weights are no numbers, or "
            + "activations grew beyond float32",
    ];

    public void Add(EvaluatedBatch batch)
    {
        Tensor<float> scores = batch.Record.Scores, probabilities = batch.Record.Probabilities;
        var own = new float[(int)scores.Lengths[1]];
        for (int n = 0; n < batch.Pictures.Count; n++)
        {
            EvaluatedPicture picture = batch.Pictures[n];
            for (int c = 0; c < own.Length; c++) own[c] = scores[n, c];
            (int rank, int first) = _accuracy.Add(picture.Class, picture.Score, own);
            _rows.Add([picture.Name, picture.Class, evaluated.Set.ClassNames[picture.Class], picture.Score, rank + 1,
                first < 0 ? null : first, first < 0 ? null : evaluated.Model.Model.ClassName(first),
                first < 0 ? null : probabilities[n, first], first < 0 ? null : probabilities[n, picture.Score]]);
        }
    }

    public void Print(IAnsiConsole console)
    {
        console.WriteLine($"top-1  {InWords(_accuracy.Top1)}");
        console.WriteLine(_accuracy.Top5 is { } top5 ? $"top-5  {InWords(top5)}"
            : "top-5  means nothing for a network that tells no more than five classes apart");
        IReadOnlyList<Accuracy.OfClass> classes = _accuracy.ByClass;
        int shown = evaluated.ShowsAll ? classes.Count : Math.Min(ShownClasses, classes.Count);
        Table table = Output.Table("class", "pictures", "top-1", "top-5", "<most often taken for");
        foreach (Accuracy.OfClass c in classes.Take(shown))
        {
            table.AddRow(
                Markup.Escape(Printable.Line(evaluated.Set.ClassNames[c.Class])), $"{c.Top1.Count}", $"{c.Top1.Value:P1}",
                c.Top5 is { } five ? $"{five.Value:P1}" : "",
                c.TakenFor is { } other
                    ? Markup.Escape(Printable.Line($"{evaluated.Model.Model.ClassName(other)} ({c.TakenForTimes})"))
                    : "");
        }

        console.Write(table);
        if (shown < classes.Count)
            console.WriteLine($"These are the {shown} classes of {classes.Count} with the lowest top-1; --per-class shows all.");
    }

    private static string InWords(Proportion share) =>
        $"{share.Value:P2}  ({share.Hits} of {share.Count}; 95 % interval {share.Low:P1} to {share.High:P1})";

    /// <summary>A share as JSON has it, with the ends of Wilson's interval at 95 %.</summary>
    private sealed record Share(int Correct, double Value, double Low, double High)
    {
        public static Share Of(Proportion share) => new(share.Hits, share.Value, share.Low, share.High);
    }
}
