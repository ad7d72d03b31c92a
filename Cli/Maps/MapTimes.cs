using System.Diagnostics;

namespace NetViz.Cli.Maps;

/// <summary>How long the first of each kind of backward pass took, in milliseconds.</summary>
internal sealed class MapTimes
{
    public Dictionary<string, double> Milliseconds { get; } = [];

    public T Measure<T>(string what, Func<T> work)
    {
        long start = Stopwatch.GetTimestamp();
        T result = work();
        Milliseconds.TryAdd(what, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return result;
    }
}
