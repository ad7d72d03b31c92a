using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>How long both directions take, whole and layer by layer.</summary>
public sealed class BenchResult
{
    internal const double SecondsPerJob = 3;

    private readonly Explainer _model;
    private readonly List<double> _loads = [];

    internal BenchResult(Explainer model, int batch, Measured measured, double peak, IReadOnlyList<LayerTime> layers,
        long operations)
    {
        (_model, Batch, Measured, PeakGflops, Layers, Operations) = (model, batch, measured, peak, layers, operations);
        _loads.Add(model.LoadMilliseconds);
    }

    /// <summary>Images at once.</summary>
    public int Batch { get; }

    /// <summary>The machine's multiply-add peak in GFLOP/s, measured in the same run.</summary>
    public double PeakGflops { get; }

    /// <summary>Milliseconds of loading.</summary>
    public Spread Load => Spread.Of(_loads);

    /// <summary>Milliseconds of a forward pass.</summary>
    public Spread Forward => Spread.Of(Measured.Forward);

    /// <summary>Milliseconds of a backward pass to the image.</summary>
    public Spread Backward => Spread.Of(Measured.Backward);

    /// <summary>Milliseconds of both.</summary>
    public Spread Total => Spread.Of(Measured.Total);

    internal Measured Measured { get; }

    internal IReadOnlyList<LayerTime> Layers { get; }

    internal long Operations { get; }

    internal IReadOnlyList<double> Loads => _loads;

    /// <summary>Adds the milliseconds of further loads.</summary>
    internal BenchResult WithLoads(IEnumerable<double> milliseconds)
    {
        _loads.InsertRange(0, milliseconds);
        return this;
    }

    /// <summary>The result as <c>netviz bench --json</c> prints it.</summary>
    public string ToJson() => ResultFiles.Json(Report);

    internal object Report
    {
        get
        {
            IKernels kernels = _model.Prepared.Kernels;
            return new
            {
                Model = _model.Model.Path,
                Device = kernels.Name,
                Batch,
                kernels.Threads,
                LoadMs = Load,
                ForwardMs = Forward,
                BackwardMs = Backward,
                TotalMs = Total,
                PeakGflops,
                ForwardGflops = Operations / Forward.Median / 1e6,
                BackwardGflops = Operations / Backward.Median / 1e6,
                kernels.Description,
                Compilation = _model.Compiled,
                DeviceMemoryBytes = (kernels as ICompilingKernels)?.AllocatedBytes,
                Runs = Measured.Forward.Count,
                Layers,
                ResultFiles.Version,
            };
        }
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// Measures forward and backward pass, per layer and whole, with GFLOP/s and the share of the machine's multiply-add peak.
    /// </summary>
    /// <param name="batch">Images at once.</param>
    /// <param name="progress">Receives the elapsed seconds.</param>
    /// <param name="token">Cancels it between passes.</param>
    /// <exception cref="NetVizException">The batch does not fit.</exception>
    public BenchResult Bench(int batch = 1, IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        if (batch < 1) throw new NetVizException($"`Batch` {batch}; at least 1 is supported");
        Shape shape = Model.InputShape(batch);
        Memory.Require($"`Batch` {batch}: the input", shape);
        Measured measured = new ProcedureRun(progress, token).Do($"measuring {Printable.Line(Network.Name)}",
            2 * BenchResult.SecondsPerJob, bar => Measure(shape, bar));
        double peak = Math.Max(Prepared.Kernels.MeasurePeak(), measured.PeakBefore);
        Shape[] shapes = Network.InferShapes(shape);
        LayerTime[] layers = [.. Network.Nodes.Select(node => TimeOf(node, shapes, measured, peak))];
        long operations = Network.Nodes.Sum(node => node.Layer.Operations([.. node.Inputs.Select(t => shapes[t])]));
        return new BenchResult(this, batch, measured, peak, layers, operations);
    }

    private Measured Measure(Shape shape, JobProgress progress)
    {
        double peak = Prepared.Kernels.MeasurePeak();
        var values = new float[shape.Count];
        var random = new Random(1);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() * 2 - 1);
        Tensor<float> images = Numbers.Create(values, [.. shape.Lengths.ToArray().Select(length => (nint)length)]);

        var measured = new Measured(peak, Network.Nodes.Length);
        // To time a layer is to wait for it, and to run it by itself: convolutions are otherwise computed with what follows them,
        // and a GPU works on while the host prepares the next layer. So whole passes are measured in runs of their own.
        long start = Stopwatch.GetTimestamp();
        Repeat(BenchResult.SecondsPerJob, byLayer: false);
        Repeat(2 * BenchResult.SecondsPerJob, byLayer: true);
        return measured;

        void Repeat(double until, bool byLayer)
        {
            // The first two runs warm up: kernels are compiled, memory is found.
            for (int run = -2; run < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < until; run++)
            {
                Prepared.LayerRan = !byLayer || run < 0 ? null : (node, backward, ticks) =>
                    (backward ? measured.LayerBackward : measured.LayerForward)[node.Index]
                        .Add(ticks * 1000.0 / Stopwatch.Frequency);
                long began = Stopwatch.GetTimestamp();
                using ForwardRecord record = Prepared.Forward(images);
                double forward = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                record.Backward(Seed.Class(0), BackwardRule.Gradient);
                double total = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                if (!byLayer && run >= 0) measured.Add(forward, total);
                progress.Report(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            Prepared.LayerRan = null;
        }
    }

    private static LayerTime TimeOf(Node node, Shape[] shapes, Measured measured, double peak)
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
}

/// <summary>The times of one layer, in milliseconds, with rates in GFLOP/s and their share of the peak.</summary>
internal sealed record LayerTime(string Name, string Operator, double ForwardMs, double? BackwardMs, double? ForwardGflops,
    double? BackwardGflops, double? ForwardShare, double? BackwardShare);

/// <summary>The times of all runs, in milliseconds.</summary>
internal sealed class Measured(double peak, int layers)
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

/// <summary>Median and spread of some runs.</summary>
public sealed record Spread(double Median, double Min, double Max)
{
    internal static Spread Of(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
