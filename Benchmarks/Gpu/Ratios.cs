using NetViz.Kernels;

namespace NetViz.Benchmarks.Gpu;

/// <summary>The one table: NetViz beside PyTorch and beside what the device could do at most.</summary>
internal static class Ratios
{
    private static readonly (string Mode, bool Tf32, string Title)[] Peers =
    [
        ("eager", false, "eager"), ("eager", true, "eager TF32"),
        ("compile", false, "compiled"), ("compile", true, "compiled TF32"),
    ];

    /// <summary>Prints it; the times of PyTorch in milliseconds, and NetViz's time over them.</summary>
    public static void Print(string title, string about, Dictionary<(GpuPrecision Precision, int Batch), PassTimes> ours,
        List<PyTorchTime> theirs, Dictionary<int, double> floors)
    {
        Console.WriteLine($"{title}\nPyTorch: {about}\n");
        var peers = Peers.Where(peer => theirs.Exists(time =>
            time.Error is null && time.Mode == peer.Mode && time.Tf32 == peer.Tf32)).ToList();
        var table = new MarkdownTable(["job", "batch", "NetViz", "ms", "over floor",
            .. peers.SelectMany(peer => (string[])[$"{peer.Title} ms", "ratio"])]);
        foreach (((GpuPrecision precision, int batch), PassTimes mine) in ours)
        {
            double floor = floors[batch];
            Row("forward", mine.Forward, floor, time => time.ForwardMs);
            Row("forward, gradient", mine.Both, 2 * floor, time => time.BothMs);
            Row("the same, host to host", mine.WholeBoth, 2 * floor, time => time.WholeMs);

            void Row(string job, double own, double least, Func<PyTorchTime, double> part)
            {
                List<string> cells = [job, $"{batch}", $"{precision}", $"{own:0.00}", $"{own / least:0.0}"];
                foreach ((string mode, bool tf32, _) in peers)
                {
                    PyTorchTime? peer = theirs.Find(time =>
                        time.Error is null && time.Mode == mode && time.Tf32 == tf32 && time.Batch == batch);
                    cells.AddRange(peer is null ? ["", ""] : [$"{part(peer):0.00}", $"{own / part(peer):0.00}"]);
                }

                table.Add([.. cells]);
            }
        }

        table.Print();
        foreach (PyTorchTime failed in theirs.Where(time => time.Error is not null))
        {
            string tf32 = failed.Tf32 ? "on" : "off";
            Console.WriteLine($"PyTorch {failed.Mode}, TF32 {tf32}, batch {failed.Batch}: {failed.Error}");
        }
    }
}
