using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Class model visualisation (1312.6034, section 2): argmax over I of S_c(I) - lambda ||I||_2^2 by back-propagation to the
/// image, the weights fixed. The images of a batch rise side by side, each with its own target, step length and random views.
/// </summary>
public static class ClassModel
{
    /// <summary>Pictures on the way that a result holds [ours].</summary>
    public const int FrameCount = 32;

    /// <summary>e of the total variation, as a part of the way from black to white [ours]: less than a step of 8 bits.</summary>
    public const double Smoothing = 1e-3;

    /// <summary>Runs the ascent.</summary>
    /// <param name="network">The network.</param>
    /// <param name="units">The coordinates of its images.</param>
    /// <param name="target">What each image is to raise.</param>
    /// <param name="settings">The procedure.</param>
    /// <param name="seed">Of the random views and noise: the same seed gives the same images.</param>
    /// <param name="progress">Receives how many steps are done.</param>
    /// <returns>An image for each of the target's.</returns>
    /// <exception cref="NetVizException">The target does not fit the network, does not depend on the image at the start, or
    /// scores become infinite.</exception>
    public static IReadOnlyList<ClassModelResult> Ascend(PreparedNetwork network, InputUnits units, ModelTarget target,
        ClassModelSettings settings, ulong seed, Action<int>? progress = null) =>
        [.. TryAscend(network, units, target, settings, seed, progress)
            .Select(outcome => outcome.Problem is { } problem ? throw problem : outcome.Result!)];

    /// <summary>
    /// Runs the ascent; an image whose target does not depend on it at the start, or becomes infinite, does not hold up the
    /// others.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="units">The coordinates of its images.</param>
    /// <param name="target">What each image is to raise.</param>
    /// <param name="settings">The procedure.</param>
    /// <param name="seed">Of the random views and noise: the same seed gives the same images.</param>
    /// <param name="progress">Receives how many steps are done.</param>
    /// <returns>For each of the target's images the result, or why there is none.</returns>
    /// <exception cref="NetVizException">The target does not fit the network.</exception>
    public static IReadOnlyList<ClassModelOutcome> TryAscend(PreparedNetwork network, InputUnits units, ModelTarget target,
        ClassModelSettings settings, ulong seed, Action<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(settings);
        Climber[] climbers = Climbers(units, target, settings, seed);
        var problems = new NetVizException?[climbers.Length];
        bool fromNoise = settings.Ascent == AscentKind.AdamOnSpectrum;
        for (int step = 0; step < settings.Steps && problems.Contains(null); step++)
        {
            IPixelView?[] views = [.. climbers.Select((climber, n) => problems[n] is null ? climber.NextView(step) : null)];
            float[][] shown = [.. climbers.Select((climber, n) =>
                problems[n] is null ? Climber.Shown(climber.Ascent.Image, views[n]) : climber.Ascent.Standing)];
            using ForwardRecord record = target.Forward(network, units.ToInput(shown));
            // First the backward pass: it refuses what the network does not have.
            float[][] signals = units.FromSignal(record.Backward(target.Seed, BackwardRule.Gradient));
            double[] values = target.Values(record);
            for (int n = 0; n < climbers.Length; n++)
            {
                if (problems[n] is not null) continue;
                if (!double.IsFinite(values[n]))
                {
                    problems[n] = new NetVizException($"the target became {values[n]} at step {step}", "give a smaller `rate`");
                }
                else if (step == 0 && !signals[n].AsSpan().ContainsAnyExcept(0f))
                {
                    problems[n] = new NetVizException("the target does not change with the image where the ascent starts: its "
                        + "gradient is 0", target.AdviceWhereFlat(fromNoise, values[n]));
                }

                if (problems[n] is null) climbers[n].Take(step, values[n], signals[n], views[n]);
            }

            progress?.Invoke(step + 1);
        }

        float[][] standing = [.. climbers.Select(climber => climber.Ascent.Standing)];
        using ForwardRecord end = target.Forward(network, units.ToInput(standing));
        double[] last = target.Values(end);
        return [.. climbers.Select((climber, n) =>
            new ClassModelOutcome(problems[n] is null ? climber.Result(last[n]) : null, problems[n]))];
    }

    private static Climber[] Climbers(InputUnits units, ModelTarget target, ClassModelSettings settings, ulong seed)
    {
        SpectralImage? spectral = settings.Ascent == AscentKind.AdamOnSpectrum ? new SpectralImage(units) : null;
        return [.. target.Keys.Select(key => new Climber(units, settings, key, seed, spectral))];
    }
}
