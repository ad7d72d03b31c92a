using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>The largest relative L2 error of each kind that a suite reached; told where NETVIZ_SHOW_ERRORS is set.</summary>
internal sealed class ReachedErrors
{
    private readonly SortedDictionary<string, (double Error, string Where)> _largest = [];

    public void Add(string kind, double error, string where)
    {
        if (!_largest.TryGetValue(kind, out var largest) || error > largest.Error) _largest[kind] = (error, where);
    }

    public void Tell()
    {
        if (Environment.GetEnvironmentVariable("NETVIZ_SHOW_ERRORS") is null) return;
        foreach (var (kind, (error, where)) in _largest) TestContext.Progress.WriteLine($"{error:0.0e+00}  {kind}  ({where})");
    }
}
