using System.Diagnostics;

namespace NetViz.Procedures;

/// <summary>
/// How long the backward passes took by rule, those of all classes together, and the first of each other kind of map, in
/// milliseconds, without the compilation of a GPU's kernels.
/// </summary>
/// <param name="model">The model, whose device may compile.</param>
internal sealed class MapTimes(Explainer model)
{
    public Dictionary<string, double> Milliseconds { get; } = [];

    public T Measure<T>(string what, Func<T> work)
    {
        (T result, double milliseconds) = Timed(model, work);
        Milliseconds.TryAdd(what, milliseconds);
        return result;
    }

    /// <summary>Does work and tells how long it took, less what was compiled meanwhile.</summary>
    public static (T Result, double Milliseconds) Timed<T>(Explainer model, Func<T> work)
    {
        double compiledBefore = model.Compiled?.Milliseconds ?? 0;
        long start = Stopwatch.GetTimestamp();
        T result = work();
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return (result, milliseconds - ((model.Compiled?.Milliseconds ?? 0) - compiledBefore));
    }
}
