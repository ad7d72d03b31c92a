using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks.Cpu;

/// <summary>The table of jobs and peers, with the peak measured between the networks; the largest counts.</summary>
internal sealed class PeersTable(CpuKernels kernels)
{
    private readonly List<Row> _rows = [];
    private readonly List<string> _notes = [];
    private double _peak = kernels.MeasurePeak();
    private string _network = "";
    private double _operations;

    /// <summary>Starts the rows of the next network.</summary>
    /// <param name="network">What its rows are called.</param>
    /// <param name="peer">The peer, for the text.</param>
    /// <param name="operations">Operations of one of its passes.</param>
    public void Begin(string network, OnnxRuntimePeer peer, double operations)
    {
        (_network, _operations) = (network, operations);
        _notes.Add($"{network}: {operations / 1e9:0.00} GFLOP a pass; ONNX Runtime's threads "
            + (peer.Spins ? "spin while it runs" : "do not spin"));
    }

    /// <summary>Adds a row, whose times may come later.</summary>
    /// <param name="job">The job.</param>
    /// <param name="passes">Passes of the network that it consists of.</param>
    /// <param name="ours">Its times here.</param>
    /// <param name="peer">The peer's.</param>
    /// <param name="aim">What the ratio shall be at most; null for no aim.</param>
    public void Add(string job, int passes, Times ours, Times peer, double? aim) =>
        _rows.Add(new Row($"{_network}: {job}", _operations * passes, ours, peer, aim));

    /// <summary>Measures the peak once more.</summary>
    public void MeasurePeak() => _peak = Math.Max(_peak, kernels.MeasurePeak());

    /// <summary>Prints medians and ratios.</summary>
    public void Print(int rounds)
    {
        MeasurePeak();
        Console.WriteLine($"{kernels.Description}; multiply-add peak {_peak:0} GFLOP/s, the largest of those measured before, "
            + "between "
            + $"and after; ONNX Runtime {OrtEnv.Instance().GetVersionString()}, all optimisations, {kernels.Threads} threads; "
            + $"milliseconds, medians over {rounds} rounds in turns, and the shortest");
        foreach (string note in _notes) Console.WriteLine(note);
        Console.WriteLine();
        var table = new MarkdownTable("job", "ours", "min", "peer", "min", "ratio", "aim", "of peak");
        foreach (Row row in _rows)
        {
            table.Add(row.Job, Text(row.Ours.Median), Text(row.Ours.Min), Text(row.Peer.Median), Text(row.Peer.Min),
                (row.Ours.Median / row.Peer.Median).ToString("0.00", CultureInfo.InvariantCulture),
                row.Aim?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",
                $"{row.Operations / row.Ours.Median / 1e6 / _peak:P0}");
        }

        table.Print();
    }

    private static string Text(double milliseconds) =>
        milliseconds.ToString(milliseconds < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    private sealed record Row(string Job, double Operations, Times Ours, Times Peer, double? Aim);
}
