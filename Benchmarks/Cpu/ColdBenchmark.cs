using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using NetViz.Engine;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// From nothing to a result, a process each time: <c>netviz saliency</c> from its start to the pictures on the disk, against ONNX
/// Runtime's load of the same file and one forward pass, in turns; with the file in the system's cache and without.
/// </summary>
internal static class ColdBenchmark
{
    private const double Aim = 0.8, MemoryAim = 1.6e9;

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// The model, then --rounds N, --threads N, --netviz FILE (netviz.dll), --photo FILE, --preprocess NAME, --rule NAME (alone,
    /// instead of all three).
    /// </param>
    public static int Run(string[] arguments)
    {
        if (arguments is not [string model, .. var rest])
            throw new NetVizException("cold needs a model", "'vgg FILE' writes a VGG-16 with random weights");
        var options = new Options("cold", rest, "--rounds", "--threads", "--netviz", "--photo", "--preprocess", "--rule");
        int rounds = options.Whole("--rounds", 5), threads = options.Whole("--threads", Environment.ProcessorCount);
        string netviz = Existing(options.Text("--netviz") ?? Path.Combine("Cli", "bin", "Release", "net10.0", "netviz.dll"),
            "--netviz names netviz.dll, which 'dotnet build -c Release Cli' makes");
        string photo = Existing(options.Text("--photo") ?? Path.Combine("..", "shared", "data", "photos", "chelsea.png"),
            "--photo names a photograph");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netviz-cold-");
        try
        {
            string[] ours = [netviz, "saliency", "--model", Existing(model, "'vgg FILE' writes a VGG-16 with random weights"),
                "--device", "cpu", "--threads", $"{threads}", "--preprocess", options.Text("--preprocess") ?? "caffe-vgg",
                "--output", folder.FullName, photo];
            string[] peer = [typeof(ColdBenchmark).Assembly.Location, ColdPeer.Entry, model, $"{threads}"];
            (string Name, string[] Arguments)[] jobs = options.Text("--rule") is { } rule
                ? [($"saliency, {rule}", [.. ours, "--rule", rule])]
                : [("saliency, gradient", [.. ours, "--rule", "gradient"]), ("saliency, three rules", ours)];

            var table = new MarkdownTable("job", "ours", "min", "peer: load + forward", "min", "its process", "ratio", "aim",
                "peak memory", "peer's", "aim");
            foreach (bool cached in (ReadOnlySpan<bool>)[true, false])
            {
                var theirs = new List<ChildRun>();
                List<ChildRun>[] mine = [.. jobs.Select(_ => new List<ChildRun>())];
                for (int round = cached ? -1 : 0; round < rounds; round++)
                {
                    for (int job = -1; job < jobs.Length; job++)
                    {
                        if (!cached) PageCache.Forget(model);
                        var run = ChildRun.Of(job < 0 ? peer : jobs[job].Arguments);
                        // Round -1 brings the file in, and the programs' own.
                        if (round >= 0) (job < 0 ? theirs : mine[job]).Add(run);
                    }
                }

                double[] inside = [.. theirs.Select(run => double.Parse(run.Output, CultureInfo.InvariantCulture))];
                for (int job = 0; job < jobs.Length; job++)
                {
                    double[] walls = [.. mine[job].Select(run => run.Milliseconds)];
                    table.Add($"{jobs[job].Name}; file {(cached ? "cached" : "on the disk")}", Text(Median.Of(walls)),
                        Text(walls.Min()), Text(Median.Of(inside)), Text(inside.Min()),
                        Text(Median.Of(theirs.Select(run => run.Milliseconds))),
                        (Median.Of(walls) / Median.Of(inside)).ToString("0.00", CultureInfo.InvariantCulture),
                        Aim.ToString("0.00", CultureInfo.InvariantCulture), Bytes(mine[job].Max(run => run.PeakBytes)),
                        Bytes(theirs.Max(run => run.PeakBytes)), Bytes(MemoryAim));
                }
            }

            Console.WriteLine($"{Path.GetFileName(model)}, {new FileInfo(model).Length / 1e6:0} MB; ONNX Runtime "
                + $"{OrtEnv.Instance().GetVersionString()}, all optimisations; {threads} threads; milliseconds, medians over "
                + $"{rounds} rounds in turns, and the shortest; ours from the start of the process to its end, the peer from "
                + "opening the file to the scores, its process beside");
            Console.WriteLine();
            table.Print();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static string Existing(string path, string hint) =>
        File.Exists(path) ? path : throw new NetVizException($"there is no file {path}", hint);

    private static string Text(double milliseconds) => milliseconds.ToString("0", CultureInfo.InvariantCulture);

    private static string Bytes(double bytes) => $"{(bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture)} GB";
}
