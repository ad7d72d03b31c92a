using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// The 3x3 convolutions of VGG-16 on the processor, one by one, up and down, by Winograd's transforms and directly: the rate
/// that the plain sum's operations would have, over the multiply-add peak of the same run, and how far results are from
/// float64. Winograd does a quarter of the multiplications and can pass the peak.
/// </summary>
internal static class LayersBenchmark
{
    private const double DirectAim = 0.85, WinogradErrorAim = 3e-6, DirectErrorAim = 1e-6;

    private static readonly string[] Shapes =
        ["64x64x224", "64x128x112", "128x128x112", "128x256x56", "256x256x56", "256x512x28", "512x512x28", "512x512x14"];

    private static readonly ConvAlgorithm[] Algorithms = [ConvAlgorithm.Winograd, ConvAlgorithm.Direct];

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// --threads N, --rounds N, --batch N, --layers CxOxSIDE,..., --algorithm winograd or direct (auto: both).
    /// </param>
    public static int Run(string[] arguments)
    {
        var options = new Options("layers", arguments, "--threads", "--rounds", "--batch", "--layers", "--algorithm");
        int threads = options.Whole("--threads", Environment.ProcessorCount), rounds = options.Whole("--rounds", 5),
            batch = options.Whole("--batch", 1);
        ConvAlgorithm only = options.Choice("--algorithm", ConvAlgorithm.Auto);
        string[] layers = options.Text("--layers")?.Split(',') ?? Shapes;
        foreach (string layer in layers) Layer3x3.Require(layer);
        using var kernels = new CpuKernels(threads);
        double peak = kernels.MeasurePeak();
        var rows = new List<Row>();
        foreach (string layer in layers)
        {
            Console.Error.WriteLine($"{layer} ...");
            var turns = new Turns();
            Layer3x3[] measured = [.. from algorithm in Algorithms
                where only == ConvAlgorithm.Auto || only == algorithm
                select new Layer3x3(layer, batch, threads, algorithm)];
            foreach (Layer3x3 each in measured)
            {
                foreach (bool down in (ReadOnlySpan<bool>)[false, true])
                    rows.Add(new Row(layer, each.Algorithm, down, each.Operations, each.Error(down), turns.Add(each.Pass(down))));
            }

            turns.Run(rounds);
            foreach (Layer3x3 each in measured) each.Dispose();
            peak = Math.Max(peak, kernels.MeasurePeak());
        }

        Print(rows, peak, threads, batch, rounds);
        return 0;
    }

    private static void Print(List<Row> rows, double peak, int threads, int batch, int rounds)
    {
        using var kernels = new CpuKernels(threads);
        Console.WriteLine($"{kernels.Description}; batch {batch}; multiply-add peak {peak:0} GFLOP/s, the largest of those "
            + $"measured before, between and after; medians over {rounds} rounds in turns; error: relative rms against float64 "
            + $"at {Layer3x3.Sampled} places");
        Console.WriteLine();
        var table = new MarkdownTable("layer", "algorithm", "ms", "min", "GFLOP/s", "of peak", "aim", "error", "aim");
        foreach (Row row in rows)
        {
            bool winograd = row.Algorithm == ConvAlgorithm.Winograd;
            double rate = row.Operations / row.Times.Median / 1e6;
            table.Add($"{row.Layer} {(row.Down ? "down" : "up")}", winograd ? "winograd" : "direct",
                Text(row.Times.Median, "0.00"),
                Text(row.Times.Min, "0.00"), Text(rate, "0"), Text(rate / peak, "0.00"),
                Text(winograd ? WinogradAim(row.Layer) : DirectAim, "0.00"), Text(row.Error, "0.0e+0"),
                Text(winograd ? WinogradErrorAim : DirectErrorAim, "0e+0"));
        }

        table.Print();
    }

    /// <summary>
    /// Of the instruction set in use; at 14x14 tiles reach past the plane, and each weight serves sixteen tiles only.
    /// </summary>
    private static double? WinogradAim(string layer) =>
        Vector512.IsHardwareAccelerated ? layer.EndsWith("x14", StringComparison.Ordinal) ? 1.6 : 2.5
        : Fma.IsSupported ? 2.0 : null;

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private sealed record Row(string Layer, ConvAlgorithm Algorithm, bool Down, double Operations, double Error, Times Times);
}
