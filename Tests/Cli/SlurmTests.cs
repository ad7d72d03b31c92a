using System.Diagnostics;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Shards by schedulers that exist: a Slurm array whose tasks are killed and cancelled, and GNU parallel.</summary>
[NonParallelizable]
[Platform("Linux", Reason = "Slurm and GNU parallel are programs of Linux")]
public sealed class SlurmTests : InTemporaryFolder
{
    private const int Classes = 4, OfAClass = 60, Shards = 8;

    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    private string Jobs => Folder.File("jobs");

    [Test]
    public void A_killed_a_requeued_and_a_cancelled_task_leave_the_bytes_of_one_run()
    {
        using var cluster = new SlurmCluster();
        WriteSet();
        string whole = Folder.File("whole.csv"), all = Folder.File("all.csv");
        Assert.That(NetvizProcess.RunApart([.. Evaluate(), "--output", whole]).ExitCode, Is.Zero);
        NetvizProcess submit = NetvizProcess.RunApart(cluster.Environment,
            ["cluster", "slurm", "--submit", "--shards", $"{Shards}", "--output", Jobs, "--", .. Evaluate(), "--output", all]);
        Assert.That(submit.ExitCode, Is.Zero, submit.Error);
        string job = submit.Out.Split("array job ")[1].Split(',')[0];

        // Both tasks that run first are interrupted as soon as they measured a picture: one is killed, and requeues itself, the other
        // is requeued. The last task is cancelled and submitted again.
        cluster.WaitFor(() => Measured(1) > 0 && Measured(2) > 0, () => $"{Measured(1)} {Measured(2)}", "pictures of shards 1 and 2");
        using (Process first = ProcessOf(1)) first.Kill();
        cluster.Call("scontrol", "requeue", $"{job}_2");
        cluster.Call("scancel", $"{job}_{Shards}");
        cluster.WaitFor(() => LogOf(job, 1).Contains("exit code 137", StringComparison.Ordinal), () => LogOf(job, 1), "end of shard 1");
        int killedAt = Measured(1);
        string again = cluster.Call("sbatch", "--parsable", $"--array={Shards}", Path.Combine(Jobs, "evaluate.sbatch"));

        cluster.WaitFor(() => Enumerable.Range(1, Shards).All(i => File.Exists($"{PartOf(i)}.shard")),
            () => StatesText(cluster, job) + string.Concat(Enumerable.Range(1, Shards).Select(i => Measured(i))), "last shard");
        string merge = cluster.Call("sbatch", "--parsable", Path.Combine(Jobs, "merge.sbatch"));
        string mergeLog = Path.Combine(Jobs, $"netviz-merge.{merge}.log");
        cluster.WaitFor(() => File.Exists(all) && File.Exists(Path.ChangeExtension(all, ".png")),
            () => File.Exists(mergeLog) ? File.ReadAllText(mergeLog) : "", "merged table");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(all), Is.EqualTo(File.ReadAllBytes(whole)));
            Assert.That(File.ReadAllBytes(Path.ChangeExtension(all, ".png")),
                Is.EqualTo(File.ReadAllBytes(Path.ChangeExtension(whole, ".png"))));
            Assert.That(killedAt, Is.InRange(1, Classes * OfAClass / Shards - 1), "killed in the middle");
            Assert.That(LogOf(job, 1), Does.Contain("restart 1").And.Contain($"{killedAt} picture"), "it went on where it was killed");
            Assert.That(LogOf(job, 2), Does.Contain("restart 1").And.Contain("earlier run"));
            Assert.That(LogOf(again, Shards), Does.Contain($"shard {Shards}/{Shards} ends with exit code 0"));
        }
    }

    [Test]
    public void Shards_by_GNU_parallel_leave_the_bytes_of_one_run()
    {
        if (!File.Exists("/usr/bin/parallel")) Assert.Ignore("needs GNU parallel (Debian: parallel)");
        WriteSet();
        string whole = Folder.File("whole.csv"), all = Folder.File("all.csv");
        Assert.That(NetvizProcess.RunApart([.. Evaluate(40), "--output", whole]).ExitCode, Is.Zero);
        string netviz = Path.Combine(AppContext.BaseDirectory, "netviz.dll");
        var start = new ProcessStartInfo("/usr/bin/parallel", ["--will-cite", "-j", "2", "dotnet", netviz, .. Evaluate(40),
            "--quiet", "--shard", "{}/4", "--output", Folder.File("part.{}.csv"), ":::", "1", "2", "3", "4"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["HOME"] = Folder.Path;
        using Process parallel = Process.Start(start)!;
        NetvizProcess run = NetvizProcess.WaitFor(parallel);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        NetvizProcess merge = NetvizProcess.RunApart(["merge", .. Directory.GetFiles(Folder.Path, "part.*.csv"), "--output", all]);
        Assert.That(merge.ExitCode, Is.Zero, merge.Error);
        Assert.That(File.ReadAllBytes(all), Is.EqualTo(File.ReadAllBytes(whole)));
    }

    [Test]
    public void The_scripts_are_written_for_a_shell_and_a_wrong_command_is_refused()
    {
        string folder = Folder.File("it's 100%");
        NetvizProcess run = NetvizProcess.RunApart("cluster", "slurm", "--shards", "3", "--time", "1:00:00", "--sbatch=--account=a", "-o",
            folder, "--", "evaluate", "--data", "a set", "-o", "t.csv", "--plot=p.png");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string array = File.ReadAllText(Path.Combine(folder, "evaluate.sbatch")), merge = File.ReadAllText(Path.Combine(folder, "merge.sbatch"));
        using (Assert.EnterMultipleScope())
        {
            foreach (string line in (string[])["--array=1-3", "--requeue", "--signal=B:USR1@120", "--time=1:00:00", "--account=a"])
                Assert.That(array, Does.Contain($"#SBATCH {line}\n"));
            Assert.That(array, Does.Contain("evaluate --data 'a set' --shard \"$index/$shards\" --output "));
            Assert.That(array, Does.Contain("100%%"), "Slurm replaces what follows a percent sign in the names of logs");
            Assert.That(merge, Does.Contain("shard.3-of-3.csv' --output t.csv --plot p.png\n"));
            foreach (string script in Directory.GetFiles(folder))
            {
                using Process check = Process.Start("bash", ["-n", script]);
                check.WaitForExit();
                Assert.That(check.ExitCode, Is.Zero, script);
            }

            foreach ((string why, string[] words) in (IEnumerable<(string, string[])>)
            [
                ("has no shards", ["train", "--data", "x"]), ("no --output", ["evaluate", "--data", "x"]),
                ("--shard is given", ["evaluate", "--data", "x", "-o", "t.csv", "--shard", "1/2"]),
                ("--data", ["reconstruct", "x.png", "-o", "out"]),
            ])
            {
                NetvizProcess refused = NetvizProcess.RunApart(["cluster", "slurm", "-o", folder, "--", .. words]);
                Assert.That((refused.ExitCode, refused.Error.Contains(why, StringComparison.Ordinal)), Is.EqualTo((2, true)), refused.Error);
            }
        }
    }

    private string PartOf(int i) => Path.Combine(Jobs, $"shard.{i}-of-{Shards}.csv");

    // Pictures in a shard's journal, whose first line is its head.
    private int Measured(int i)
    {
        try
        {
            return Math.Max(0, File.ReadAllText($"{PartOf(i)}.part").Count(character => character == '\n') - 1);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private string LogOf(string job, int task)
    {
        string path = Path.Combine(Jobs, $"netviz-evaluate.{job}_{task}.log");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static string StatesText(SlurmCluster cluster, string job) =>
        string.Join(' ', cluster.StatesOf(job).Select(state => $"{state.Key}={state.Value}"));

    private static Process ProcessOf(int shard)
    {
        foreach (Process process in Process.GetProcessesByName("dotnet"))
        {
            string path = $"/proc/{process.Id}/cmdline";
            if (File.Exists(path) && File.ReadAllText(path).Contains($"--shard\0{shard}/{Shards}\0", StringComparison.Ordinal)) return process;
            process.Dispose();
        }

        throw new InvalidOperationException($"no process of shard {shard}");
    }

    private string[] Evaluate(int pictures = Classes * OfAClass) =>
    [
        "evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt"),
        "--metric", "deletion", "--rule", "guided", "--steps", "24", "--pictures", $"{pictures}", "--batch", "1", "--threads", "1",
    ];

    private void WriteSet()
    {
        for (int k = 0; k < Classes * OfAClass; k++)
        {
            var rgb = new byte[3 * 32 * 32];
            new Random(k).NextBytes(rgb);
            string path = Folder.File("set", $"kind{k % Classes}", $"{k}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            ImageFile.WritePng(new Photo(32, 32, rgb), path);
        }

        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind{c}")));
    }
}
