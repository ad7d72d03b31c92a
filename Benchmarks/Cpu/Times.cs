namespace NetViz.Benchmarks.Cpu;

/// <summary>A job's times in milliseconds.</summary>
internal sealed class Times
{
    private readonly List<double> _turns = [];

    /// <summary>The median over the turns, of each its own median.</summary>
    public double Median => MedianOf(_turns);

    /// <summary>The shortest of all.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>Takes one turn's times.</summary>
    public void AddTurn(IReadOnlyList<double> times)
    {
        _turns.Add(MedianOf(times));
        Min = Math.Min(Min, times.Min());
    }

    /// <summary>The median.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
