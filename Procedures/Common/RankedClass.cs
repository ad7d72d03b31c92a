using System.Numerics.Tensors;
using NetViz.Engine.Execution;

namespace NetViz.Procedures;

/// <summary>
/// A class with its score before the softmax and its softmax over all classes; null where the network has one score only.
/// </summary>
public sealed record RankedClass(int Index, string Name, float Score, float? Probability)
{
    /// <summary>Score and probability for people.</summary>
    public string ScoreInWords => ScoreText.Of(Score, Probability);
}

/// <summary>Classes by score.</summary>
internal static class Ranking
{
    /// <summary>The classes of image n with the highest scores; of equal scores the lower index comes first.</summary>
    public static IReadOnlyList<RankedClass> Top(Explainer model, ForwardRecord record, int n, int count)
    {
        float[] scores = record.ScoresOf(n);
        return [.. Enumerable.Range(0, scores.Length).OrderByDescending(c => scores[c]).Take(count)
            .Select(c => Of(model, record, n, c))];
    }

    /// <summary>One class of image n.</summary>
    public static RankedClass Of(Explainer model, ForwardRecord record, int n, int index) =>
        new(index, model.Model.ClassName(index), record.ScoreOf(n, index),
            model.Model.HasProbabilities ? record.ProbabilityOf(n, index) : null);

    /// <summary>A class with its score and probability, means over all images.</summary>
    public static RankedClass Mean(Explainer model, ForwardRecord record, int index)
    {
        RankedClass[] all = [.. Enumerable.Range(0, record.InputShape.N).Select(n => Of(model, record, n, index))];
        return all.Length == 1 ? all[0]
            : all[0] with { Score = all.Average(image => image.Score), Probability = all.Average(image => image.Probability) };
    }

    /// <summary>The class with the highest mean probability over all images, as ten-crop classification has it.</summary>
    public static int TopOfMeans(ForwardRecord record)
    {
        Tensor<float> probabilities = record.Probabilities;
        return Enumerable.Range(0, (int)probabilities.Lengths[1])
            .MaxBy(c => Enumerable.Range(0, record.InputShape.N).Sum(n => (double)probabilities[n, c]));
    }
}
