using System.Numerics.Tensors;
using NetViz.Engine.Execution;

namespace NetViz.Training;

/// <summary>How well a network tells pictures apart.</summary>
/// <param name="Count">How many pictures.</param>
/// <param name="Loss">The mean of -log p of their classes.</param>
/// <param name="Top1">The part of them, 0 to 1, whose class has the highest score.</param>
/// <param name="Top5">The part of them whose class is among the five highest scores.</param>
public sealed record Evaluation(int Count, double Loss, double Top1, double Top5)
{
    private const int Batch = 100;

    /// <summary>
    /// Runs pictures through a network. Of equal scores the one of the lower class counts as higher; a NaN, its own or
    /// another's, counts against a class.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="preparation">Its plain form makes a picture's numbers.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Evaluation Of(PreparedNetwork network, LabelledImages pictures, Augmentation preparation,
        CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures.Count, 1, nameof(pictures));
        int classes = pictures.ClassNames.Count, top1 = 0, top5 = 0;
        double loss = 0;
        int[] lengths = [.. network.Network.Input.ShapeFor(1).Lengths];
        int count = lengths[1] * lengths[2] * lengths[3];
        var images = new float[Math.Min(Batch, pictures.Count) * count];
        var target = new float[classes];
        for (int start = 0; start < pictures.Count; start += Batch)
        {
            int n = Math.Min(Batch, pictures.Count - start), first = start;
            Parallel.For(0, n, i => preparation.Plain(pictures.Pixels(first + i), pictures.Width, pictures.Height,
                images.AsSpan(i * count, count)));
            using ForwardRecord record = network.Forward(
                new ReadOnlyTensorSpan<float>(images.AsSpan(0, n * count), [n, lengths[1], lengths[2], lengths[3]]), progress: null, token);
            var scores = new float[n * classes];
            record.Scores.FlattenTo(scores);
            for (int i = 0; i < n; i++)
            {
                int own = pictures.Class(start + i);
                ReadOnlySpan<float> row = scores.AsSpan(i * classes, classes);
                SoftmaxCrossEntropy.Target(own, 0, target);
                loss += SoftmaxCrossEntropy.Evaluate(row, target, classes, []).Loss;
                int rank = ClassRank.Of(row, own);
                if (rank < 1) top1++;
                if (rank < 5) top5++;
            }
        }

        return new Evaluation(pictures.Count, loss / pictures.Count, (double)top1 / pictures.Count,
            (double)top5 / pictures.Count);
    }
}
