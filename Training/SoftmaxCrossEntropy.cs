using System.Numerics.Tensors;

namespace NetViz.Training;

/// <summary>
/// The loss of a batch of scores s against targets t, each of shape [n, classes], a picture's targets adding up to 1:
/// L = -1/n sum_i sum_k t_ik log p_ik with p = softmax(s). Its signal is dL/ds = (p - t) / n.
/// </summary>
public static class SoftmaxCrossEntropy
{
    /// <summary>
    /// The target of a picture with label smoothing (Szegedy et al., arXiv 1512.00567): e/K for each of the K classes, and 1 - e
    /// more for its own.
    /// </summary>
    /// <param name="own">The picture's class.</param>
    /// <param name="smoothing">e, 0 to less than 1.</param>
    /// <param name="target">[classes]; filled.</param>
    public static void Target(int own, double smoothing, Span<float> target)
    {
        target.Fill((float)(smoothing / target.Length));
        target[own] = (float)(1 - smoothing + smoothing / target.Length);
    }

    /// <summary>Computes the loss and its signal.</summary>
    /// <param name="scores">[n, classes].</param>
    /// <param name="targets">[n, classes].</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="signal">[n, classes]; becomes dL/ds. Empty where only the loss is wanted.</param>
    /// <returns>
    /// The mean loss, and how many pictures have their highest score where their target is highest (the first of equals).
    /// </returns>
    public static (double Loss, int Correct) Evaluate(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int classes,
        Span<float> signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(scores.Length % classes, 0, nameof(scores));
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, scores.Length, nameof(targets));
        if (!signal.IsEmpty) ArgumentOutOfRangeException.ThrowIfNotEqual(signal.Length, scores.Length, nameof(signal));
        int n = scores.Length / classes, correct = 0;
        double loss = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> s = scores.Slice(i * classes, classes), t = targets.Slice(i * classes, classes);
            int best = TensorPrimitives.IndexOfMax(s);
            if (best == TensorPrimitives.IndexOfMax(t)) correct++;
            double max = s[best], sum = 0;
            foreach (float score in s) sum += Math.Exp(score - max);
            double logSum = max + Math.Log(sum);
            for (int k = 0; k < classes; k++)
            {
                loss += t[k] * (logSum - s[k]);
                if (!signal.IsEmpty) signal[i * classes + k] = (float)((Math.Exp(s[k] - logSum) - t[k]) / n);
            }
        }

        return (loss / n, correct);
    }
}
