namespace NetViz.Benchmarks.Cpu;

/// <summary>A job's times in milliseconds.</summary>
internal sealed class Times
{
    private readonly List<double> _turns = [];

    /// <summary>The median over the turns, of each its own median.</summary>
    public double Median => Benchmarks.Median.Of(_turns);

    /// <summary>The shortest of all.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>Takes one turn's times.</summary>
    public void AddTurn(IReadOnlyList<double> times)
    {
        _turns.Add(Benchmarks.Median.Of(times));
        Min = Math.Min(Min, times.Min());
    }
}
