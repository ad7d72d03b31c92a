using System.Globalization;
using System.Text.Json;
using NetViz.Engine;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// Whole jobs over a folder of photographs, a process each: <c>netviz</c> against a script of PyTorch, NumPy and Pillow that does the
/// same work and writes the same files (peers/pytorch_jobs.py), in turns. Pictures a second from the start of the process to its end,
/// and processor time, which other work on the machine disturbs less.
/// </summary>
internal static class JobsBenchmark
{
    private const double Aim = 5, SameScore = 1e-3;

    private static readonly (string Name, string Peer, string[] Arguments)[] Jobs =
    [
        ("saliency, three rules, all files", "all", ["saliency", .. Rules]),
        ("saliency, three rules, --write npy", "npy", ["saliency", .. Rules, "--write", "npy"]),
        ("classify", "classify", ["classify"]),
    ];

    private static string[] Rules => ["--rule", "gradient", "--rule", "deconvnet", "--rule", "guided"];

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// --pictures N, --rounds N, --threads N, --folder FOLDER (of photographs), --model FILE (SqueezeNet 1.0), --netviz FILE
    /// (netviz.dll), --python FILE.
    /// </param>
    public static int Run(string[] arguments)
    {
        var options = new Options("jobs", arguments, "--pictures", "--rounds", "--threads", "--folder", "--model", "--netviz", "--python");
        int count = options.Whole("--pictures", 100), rounds = options.Whole("--rounds", 3),
            threads = options.Whole("--threads", Environment.ProcessorCount);
        string shared = Path.Combine("..", "shared", "data"), python = options.Text("--python") ?? "python3";
        string model = Existing(options.Text("--model") ?? Path.Combine(shared, "models", "squeezenet1.0.onnx"),
            "--model names SqueezeNet 1.0");
        string netviz = Existing(options.Text("--netviz") ?? Path.Combine("Cli", "bin", "Release", "net10.0", "netviz.dll"),
            "--netviz names netviz.dll, which 'dotnet build -c Release Cli' makes");
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "pytorch_jobs.py");
        DirectoryInfo work = Directory.CreateTempSubdirectory("netviz-jobs-");
        try
        {
            string pictures = Copied(options.Text("--folder") ?? Path.Combine(shared, "imagenet"), count, work);
            string first = Path.GetFileNameWithoutExtension(Directory.GetFiles(pictures).Order(StringComparer.Ordinal).First());
            var table = new MarkdownTable("job", "NetViz, pictures/s", "PyTorch, pictures/s", "ratio", "aim", "processor time, ms/picture",
                "PyTorch's", "ratio", "cores busy", "PyTorch's");
            foreach ((string name, string what, string[] job) in Jobs)
            {
                Console.Error.WriteLine($"{name} ...");
                var (ours, theirs) = (new List<ChildRun>(), new List<ChildRun>());
                // Round -1 brings files into the system's cache.
                for (int round = -1; round < rounds; round++)
                {
                    string mine = Path.Combine(work.FullName, $"netviz-{what}"), its = Path.Combine(work.FullName, $"pytorch-{what}");
                    string[] output = what == "classify" ? [] : ["--output", mine];
                    var run = ChildRun.Of([netviz, .. job, pictures, "--model", model, "--device", "cpu", "--threads", $"{threads}",
                        "--quiet", .. output]);
                    var peer = ChildRun.Of(python, [script, model, pictures, its, $"{threads}", what]);
                    if (what == "all" && round < 0) Compare(Path.Combine(mine, $"{first}.json"), peer.Output);
                    if (round < 0) continue;
                    ours.Add(run);
                    theirs.Add(peer);
                }

                double rate = Rate(ours), peers = Rate(theirs), time = Processor(ours), theirTime = Processor(theirs);
                table.Add(name, Text(rate, "0.0"), Text(peers, "0.0"), Text(rate / peers, "0.0"), what == "all" ? Text(Aim, "0") : "",
                    Text(time, "0"), Text(theirTime, "0"), Text(theirTime / time, "0.0"), Text(Busy(ours), "0.0"), Text(Busy(theirs), "0.0"));
            }

            Console.WriteLine($"{count} photographs, {Path.GetFileName(model)}, {threads} threads; medians over {rounds} rounds in turns, "
                + "from the start of the process to its end");
            Console.WriteLine();
            table.Print();
        }
        finally
        {
            work.Delete(recursive: true);
        }

        return 0;

        double Rate(List<ChildRun> runs) => count / Median.Of(runs.Select(run => run.Milliseconds)) * 1e3;

        double Processor(List<ChildRun> runs) => Median.Of(runs.Select(run => run.ProcessorMilliseconds)) / count;

        static double Busy(List<ChildRun> runs) => Median.Of(runs.Select(run => run.ProcessorMilliseconds / run.Milliseconds));
    }

    /// <summary>Copies photographs into a folder, again under other names where there are too few.</summary>
    private static string Copied(string folder, int count, DirectoryInfo work)
    {
        string[] files = Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0) throw new NetVizException($"there are no photographs in {folder}", "--folder names some");
        string to = work.CreateSubdirectory("pictures").FullName;
        for (int i = 0; i < count; i++)
            File.Copy(files[i % files.Length], Path.Combine(to, $"{i:0000}-{Path.GetFileName(files[i % files.Length])}"));
        return to;
    }

    /// <summary>Both must find the same class with the same score, or they do not do the same work.</summary>
    private static void Compare(string report, string told)
    {
        using var ours = JsonDocument.Parse(File.ReadAllBytes(report));
        string[] theirs = told.Trim().Split(' ');
        double score = ours.RootElement.GetProperty("score").GetDouble();
        if (ours.RootElement.GetProperty("class_index").GetInt32() == int.Parse(theirs[0], CultureInfo.InvariantCulture)
            && Math.Abs(score - double.Parse(theirs[1], CultureInfo.InvariantCulture)) <= SameScore * Math.Abs(score)) return;
        throw new NetVizException($"the first picture's class and score differ: {told.Trim()} in PyTorch, {score} here");
    }

    private static string Existing(string path, string hint) =>
        File.Exists(path) ? path : throw new NetVizException($"there is no file {path}", hint);

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
