using System.CommandLine;
using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using Spectre.Console;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli.Bench;

/// <summary><c>netviz bench</c>: how long loading and both directions take, whole and layer by layer.</summary>
internal static class BenchCommand
{
    private const int LoadRuns = 3;
    private const double SecondsPerJob = 3;

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
        bool quiet = parsed.GetValue(CommonOptions.Quiet);
        if (batch < 1) throw new NetVizException($"--batch {batch}; at least 1 is supported");

        var loads = new List<double>();
        LoadedModel? opened = null;
        for (int run = 0; run < LoadRuns; run++)
        {
            opened?.Dispose();
            opened = LoadedModel.Open(parsed);
            loads.Add(opened.LoadMilliseconds);
        }

        using LoadedModel model = opened!;
        IKernels kernels = model.Prepared.Kernels;
        Shape shape = model.Model.InputShape(batch);
        model.Memory.Require($"--batch {batch}: the input", shape);
        Measured measured = JobProgress.Run($"measuring {Printable.Line(model.Network.Name)}", 2 * SecondsPerJob, quiet,
            progress => Measure(model, shape, progress));
        double peak = Math.Max(kernels.MeasurePeak(), measured.PeakBefore);

        Shape[] shapes = model.Network.InferShapes(shape);
        LayerTime[] layers = [.. model.Network.Nodes.Select(node => Of(node, shapes, measured, peak))];
        long operations = model.Network.Nodes.Sum(node => node.Layer.Operations([.. node.Inputs.Select(t => shapes[t])]));
        Spread forward = Spread.Of(measured.Forward), backward = Spread.Of(measured.Backward), total = Spread.Of(measured.Total);
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new
            {
                Model = model.Model.Path,
                Device = kernels.Name,
                Batch = batch,
                kernels.Threads,
                LoadMs = Spread.Of(loads),
                ForwardMs = forward,
                BackwardMs = backward,
                TotalMs = total,
                PeakGflops = peak,
                ForwardGflops = operations / forward.Median / 1e6,
                BackwardGflops = operations / backward.Median / 1e6,
                kernels.Description,
                Compilation = model.Compiled,
                DeviceMemoryBytes = (kernels as GpuKernels)?.Accelerator.AllocatedBytes,
                Runs = measured.Forward.Count,
                Layers = layers,
                Output.Version,
            });
        }
        else if (!quiet)
        {
            Print(model, batch, loads, measured, layers, operations, peak);
        }

        return 0;
    }

    private static Measured Measure(LoadedModel model, Shape shape, JobProgress progress)
    {
        double peak = model.Prepared.Kernels.MeasurePeak();
        var values = new float[shape.Count];
        var random = new Random(1);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() * 2 - 1);
        Tensor<float> images = Numbers.Create(values, [.. shape.Lengths.ToArray().Select(length => (nint)length)]);

        var measured = new Measured(peak, model.Network.Nodes.Length);
        // To time a layer is to wait for it, and to run it by itself: convolutions are otherwise computed with what follows them,
        // and a GPU works on while the host prepares the next layer. So whole passes are measured in runs of their own.
        long start = Stopwatch.GetTimestamp();
        Repeat(SecondsPerJob, byLayer: false);
        Repeat(2 * SecondsPerJob, byLayer: true);
        return measured;

        void Repeat(double until, bool byLayer)
        {
            // The first two runs warm up: kernels are compiled, memory is found.
            for (int run = -2; run < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < until; run++)
            {
                model.Prepared.LayerRan = !byLayer || run < 0 ? null : (node, backward, ticks) =>
                    (backward ? measured.LayerBackward : measured.LayerForward)[node.Index]
                        .Add(ticks * 1000.0 / Stopwatch.Frequency);
                long began = Stopwatch.GetTimestamp();
                using ForwardRecord record = model.Prepared.Forward(images);
                double forward = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                record.Backward(Seed.Class(0), BackwardRule.Gradient);
                double total = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                if (!byLayer && run >= 0) measured.Add(forward, total);
                progress.Report(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            model.Prepared.LayerRan = null;
        }
    }

    private static LayerTime Of(Node node, Shape[] shapes, Measured measured, double peak)
    {
        long operations = node.Layer.Operations([.. node.Inputs.Select(t => shapes[t])]);
        double forward = Spread.Of(measured.LayerForward[node.Index]).Median;
        double? backward = measured.LayerBackward[node.Index].Count > 0
            ? Spread.Of(measured.LayerBackward[node.Index]).Median : null;
        double? forwardRate = operations > 0 ? operations / forward / 1e6 : null,
            backwardRate = operations > 0 && backward > 0 ? operations / backward / 1e6 : null;
        return new LayerTime(node.Name, node.Layer.Operator, forward, backward, forwardRate, backwardRate, forwardRate / peak,
            backwardRate / peak);
    }

    private static void Print(LoadedModel model, int batch, List<double> loads, Measured measured, LayerTime[] layers,
        long operations, double peak)
    {
        IAnsiConsole console = Output.Console;
        Table table = Output.Table("layer", "<operator", "forward ms", "GFLOP/s", "of peak", "backward ms", "GFLOP/s", "of peak");
        foreach (LayerTime l in layers)
        {
            table.AddRow(Markup.Escape(Printable.Line(l.Name)), l.Operator, $"{l.ForwardMs:0.000}",
                Number(l.ForwardGflops, "0.0"), Number(l.ForwardShare, "P0"),
                Number(l.BackwardMs, "0.000"), Number(l.BackwardGflops, "0.0"), Number(l.BackwardShare, "P0"));
        }

        console.Write(table);
        Table whole = Output.Table("job", "median ms", "min", "max", "GFLOP/s", "of peak");
        foreach ((string job, List<double> times, long work) in (ReadOnlySpan<(string, List<double>, long)>)
            [("load", loads, 0), ("forward", measured.Forward, operations),
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
        string what = $"{Printable.Line(model.Network.Name)}, batch {batch}, {kernels.Name}: {kernels.Description}";
        console.MarkupLineInterpolated($"{what}; {measured.Forward.Count} runs; multiply-add peak {peak:0} GFLOP/s");
        if (model.Compiled is { } compiled && kernels is GpuKernels gpu)
        {
            string compilation = $"{Counted.Of(compiled.Kernels, "kernel")} compiled in {compiled.Milliseconds:0} ms, apart "
                + "from these times";
            console.MarkupLineInterpolated($"{compilation}; device memory {Output.Bytes(gpu.Accelerator.AllocatedBytes)}");
        }
    }

    private static string Number(double? value, string format) => value?.ToString(format, null) ?? "";

    private sealed record LayerTime(string Name, string Operator, double ForwardMs, double? BackwardMs, double? ForwardGflops,
        double? BackwardGflops, double? ForwardShare, double? BackwardShare);

    private sealed class Measured(double peak, int layers)
    {
        public double PeakBefore { get; } = peak;

        public List<double> Forward { get; } = [];

        public List<double> Backward { get; } = [];

        public List<double> Total { get; } = [];

        public List<double>[] LayerForward { get; } = [.. Enumerable.Range(0, layers).Select(_ => new List<double>())];

        public List<double>[] LayerBackward { get; } = [.. Enumerable.Range(0, layers).Select(_ => new List<double>())];

        public void Add(double forward, double total)
        {
            Forward.Add(forward);
            Backward.Add(total - forward);
            Total.Add(total);
        }
    }
}

/// <summary>Median and spread of some runs.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    public static Spread Of(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
