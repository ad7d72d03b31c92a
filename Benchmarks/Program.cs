using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
#if !GPU_BUNDLE
using NetViz.Benchmarks.Cpu;
#endif
using NetViz.Benchmarks.Gpu;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Weights.Generation;

namespace NetViz.Benchmarks;

/// <summary>
/// <c>peers</c> measures whole networks on the processor against ONNX Runtime, <c>layers</c> VGG's convolutions one by one,
/// <c>relevance FILE</c> relevance rules over the gradient,
/// <c>cold FILE</c> a whole run from the start of the process, <c>jobs</c> folders of photographs against PyTorch; <c>vgg FILE [depth]</c> writes a VGG with random weights;
/// <c>training</c> trains against PyTorch; <c>gpu</c> measures VGG-16 on a GPU and <c>peaks</c> what it reaches at most; anything
/// else goes to BenchmarkDotNet (<c>--list flat</c>, <c>--filter *Conv*</c>).
/// </summary>
public static class Program
{
    /// <summary>Runs it.</summary>
    public static int Main(string[] args)
    {
        try
        {
            if (args is ["training", .. var options]) return TrainingBenchmark.Run(options);
            if (args is ["gpu", .. var measured]) return GpuBenchmark.Run(measured);
#if !GPU_BUNDLE
            if (args is ["peers", .. var compared]) return PeersBenchmark.Run(compared);
            if (args is ["relevance", string relevant, .. var rules]) return RelevanceBenchmark.Run(relevant, rules);
            if (args is ["layers", .. var layers]) return LayersBenchmark.Run(layers);
            if (args is ["cold", .. var started]) return ColdBenchmark.Run(started);
            if (args is ["jobs", .. var jobs]) return JobsBenchmark.Run(jobs);
            if (args is [ColdPeer.Entry, string model, string threads])
                return ColdPeer.Run(model, int.Parse(threads, CultureInfo.InvariantCulture));
#endif
            if (args is ["peaks", .. var device]) return GpuBenchmark.RunPeaks(device);
            if (args is ["vgg", string path, .. var rest])
            {
                int depth = rest.Length == 0 ? 16
                    : rest is [string text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given
                    : throw new NetVizException($"vgg: {string.Join(' ', rest)}", "after the file comes the depth: 11, 13, 16 or 19");
                VggGenerator.Write(path, new VggOptions { Depth = depth });
                Console.WriteLine($"{path}: VGG-{depth} with random weights, {new FileInfo(path).Length / 1e6:0.0} MB");
                return 0;
            }
        }
        catch (NetVizException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        catch (DeviceException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        // In this process: no project is generated, and peers run under the same conditions.
        // A job of the command line, as of --job short, takes the place of the one here.
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance);
        bool hasJob = args.Any(arg => arg is "--job" or "-j" || arg.StartsWith("--job=", StringComparison.Ordinal));
        if (!hasJob)
            config.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithMinIterationCount(5).WithMaxIterationCount(20));
        else if (!args.Contains("--inProcess")) args = [.. args, "--inProcess"];
        config = config
            .AddColumn(StatisticColumn.Median, StatisticColumn.Min)
            .HideColumns(Column.Error, Column.StdDev, Column.RatioSD);
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        return 0;
    }
}
