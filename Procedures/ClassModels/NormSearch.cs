using System.Numerics.Tensors;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;

namespace NetViz.Procedures;

/// <summary>
/// Looks for the lambda at which the ascent ends at a wanted norm ||I||_2 [ours]: the larger lambda, the smaller the image. For a
/// score that is linear in the image the norm goes with 1 / lambda, which gives the first steps; then the interval is halved.
/// </summary>
internal static class NormSearch
{
    /// <summary>Ascents at most.</summary>
    public const int MostTries = 12;

    /// <summary>How near the norm must come, as a share of the wanted one.</summary>
    public const double Tolerance = 0.05;

    private const double LargestFactor = 100;

    /// <summary>Runs ascents until one ends at the norm.</summary>
    /// <param name="settings">The procedure, with the lambda to begin at.</param>
    /// <param name="wanted">The norm.</param>
    /// <param name="ascend">Runs one.</param>
    /// <returns>The one that came nearest, with its lambda.</returns>
    public static (ClassModelOutcome Outcome, ClassModelSettings Settings) Find(ClassModelSettings settings, double wanted,
        Func<ClassModelSettings, ClassModelOutcome> ascend)
    {
        double lambda = settings["lambda"] > 0 ? settings["lambda"] : 1e-3, low = 0, high = double.PositiveInfinity;
        (ClassModelOutcome Outcome, ClassModelSettings Settings, double Distance)? best = null;
        for (int tries = 0; tries < MostTries; tries++)
        {
            ClassModelSettings tried = settings.With("lambda", lambda, Origin.Given);
            ClassModelOutcome outcome = ascend(tried);
            if (outcome.Result is null) return best is { } found ? (found.Outcome, found.Settings) : (outcome, tried);
            double ratio = Math.Max(1e-9, TensorPrimitives.Norm<float>(outcome.Result.Image) / wanted);
            double distance = Math.Abs(Math.Log(ratio));
            if (best is null || distance < best.Value.Distance) best = (outcome, tried, distance);
            if (Math.Abs(ratio - 1) <= Tolerance) break;
            if (ratio > 1) low = lambda;
            else high = lambda;
            lambda = low > 0 && double.IsFinite(high)
                ? Math.Sqrt(low * high)
                : lambda * Math.Clamp(ratio, 1 / LargestFactor, LargestFactor);
            if (lambda is > 1e9 or < 1e-30) break;
        }

        return (best!.Value.Outcome, best.Value.Settings);
    }
}
