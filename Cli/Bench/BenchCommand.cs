using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Bench;

/// <summary><c>netviz bench</c>: how long loading and both directions take, whole and layer by layer.</summary>
internal static class BenchCommand
{
    private const int LoadRuns = 3;

    private static readonly Option<int> Batch = new("--batch")
    {
        Description = "Images at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    public static Command Create() => CommonOptions.Create("bench",
        "Measures load, forward and backward, per layer and whole, with GFLOP/s and the share of the machine's multiply-add "
            + "peak, measured in the same run.", [Batch], Run);

    private static int Run(ParseResult parsed)
    {
        int batch = parsed.GetValue(Batch);
        if (batch < 1) throw new NetVizException($"--batch {batch}; at least 1 is supported");

        var loads = new List<double>();
        for (int run = 1; run < LoadRuns; run++)
        {
            using Explainer opened = CommonOptions.Open(parsed);
            loads.Add(opened.LoadMilliseconds);
        }

        using Explainer model = CommonOptions.Open(parsed);
        BenchResult result = model.Bench(batch, ConsoleProgress.Of(parsed)).WithLoads(loads);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet)) Print(model, result);
        return 0;
    }

    private static void Print(Explainer model, BenchResult result)
    {
        (Measured measured, long operations, double peak) = (result.Measured, result.Operations, result.PeakGflops);
        IAnsiConsole console = Output.Console;
        Table table = Output.Table("layer", "<operator", "forward ms", "GFLOP/s", "of peak", "backward ms", "GFLOP/s", "of peak");
        foreach (LayerTime l in result.Layers)
        {
            table.AddRow(Markup.Escape(Printable.Line(l.Name)), l.Operator, $"{l.ForwardMs:0.000}",
                Number(l.ForwardGflops, "0.0"), Number(l.ForwardShare, "P0"),
                Number(l.BackwardMs, "0.000"), Number(l.BackwardGflops, "0.0"), Number(l.BackwardShare, "P0"));
        }

        console.Write(table);
        Table whole = Output.Table("job", "median ms", "min", "max", "GFLOP/s", "of peak");
        foreach ((string job, List<double> times, long work) in (ReadOnlySpan<(string, List<double>, long)>)
            [("load", [.. result.Loads], 0), ("forward", measured.Forward, operations),
                ("backward to the image", measured.Backward, operations), ("both", measured.Total, 2 * operations)])
        {
            Spread s = Spread.Of(times);
            double? rate = work > 0 ? work / s.Median / 1e6 : null;
            whole.AddRow(job, $"{s.Median:0.00}", $"{s.Min:0.00}", $"{s.Max:0.00}", Number(rate, "0.0"),
                Number(rate / peak, "P0"));
        }

        console.Write(whole);
        console.WriteLine("Layers are timed one by one; whole passes apart from that, where what a back-end computes in one is.");
        IKernels kernels = model.Prepared.Kernels;
        string what = $"{Printable.Line(model.Network.Name)}, batch {result.Batch}, {kernels.Name}: {kernels.Description}";
        console.MarkupLineInterpolated($"{what}; {measured.Forward.Count} runs; multiply-add peak {peak:0} GFLOP/s");
        if (model.Compiled is { } compiled && kernels is ICompilingKernels compiling)
        {
            string compilation = $"{Counted.Of(compiled.Kernels, "kernel")} compiled in {compiled.Milliseconds:0} ms, apart "
                + "from these times";
            console.MarkupLineInterpolated($"{compilation}; device memory {ByteText.Of(compiling.AllocatedBytes)}");
        }
    }

    private static string Number(double? value, string format) => value?.ToString(format, null) ?? "";
}
