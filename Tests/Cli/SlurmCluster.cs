using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// A Slurm cluster of this machine alone: munged, slurmctld and slurmd on loopback, all of their files in a folder of their own.
/// Dispose ends the three by their ids.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    // Without any change in what is waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Programs = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    /// <summary>Starts it; skips the running test where Slurm is not installed.</summary>
    public SlurmCluster()
    {
        if (Programs.FirstOrDefault(program => Find(program) is null) is { } missing)
            Assert.Ignore($"needs Slurm and munge (Debian: slurm-wlm, munge); {missing} is not installed");
        try
        {
            Start();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The environment of commands that speak to it.</summary>
    public Dictionary<string, string> Environment => new() { ["SLURM_CONF"] = _folder.File("slurm.conf") };

    /// <summary>Runs one of Slurm's commands, and returns what it prints.</summary>
    public string Call(string program, params string[] arguments)
    {
        (int code, string output) = TryCall(program, arguments);
        Assert.That(code, Is.Zero, $"{program} {string.Join(' ', arguments)}: {output}");
        return output.Trim();
    }

    /// <summary>The states of a job's tasks, by their ids; a whole array's where it has not begun yet.</summary>
    public Dictionary<string, string> StatesOf(string job) => TryCall("scontrol", "show", "job", "-o", job).Output.Split('\n')
        .Where(line => line.StartsWith("JobId=", StringComparison.Ordinal))
        .GroupBy(line => Field(line, "ArrayTaskId"), line => Field(line, "JobState"))
        .ToDictionary(group => group.Key, group => group.Last());

    /// <summary>Waits until something is so. Fails where nothing changes for a minute.</summary>
    public void WaitFor(Func<bool> isSo, Func<string> seen, string what)
    {
        long start = Stopwatch.GetTimestamp();
        string last = "";
        while (!isSo())
        {
            string now = seen();
            if (now != last) (last, start) = (now, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(start) > Patience) Assert.Fail($"no {what}: {now}\n{Log()}");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited) daemon.Kill();
            daemon.WaitForExit();
            daemon.Dispose();
        }

        _folder.Dispose();
    }

    private void Start()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Slurm runs on Linux");
        Directory.CreateDirectory(_folder.File("state"));
        Directory.CreateDirectory(_folder.File("spool"));
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        string key = _folder.Write("munge.key", RandomNumberGenerator.GetBytes(128)), socket = _folder.File("munge.socket");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Begin("munged", "--force", "--foreground", $"--key-file={key}", $"--socket={socket}", $"--pid-file={_folder.File("munged.pid")}",
            $"--log-file={_folder.File("munged.log")}", $"--seed-file={_folder.File("munged.seed")}", "--num-threads=1");
        WaitFor(() => File.Exists(socket), () => "", "munge");
        string host = Dns.GetHostName().Split('.')[0], user = System.Environment.UserName;
        int[] ports = FreePorts(2);
        // Credentials expire soon, since a requeued task waits until those of its first run have.
        _folder.Write("slurm.conf", $"""
            ClusterName=netviz
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/munge
            CredType=cred/munge
            AuthInfo=socket={socket},cred_expire=5
            SlurmctldPort={ports[0]}
            SlurmdPort={ports[1]}
            StateSaveLocation={_folder.File("state")}
            SlurmdSpoolDir={_folder.File("spool")}
            SlurmctldPidFile={_folder.File("slurmctld.pid")}
            SlurmdPidFile={_folder.File("slurmd.pid")}
            SlurmctldLogFile={_folder.File("slurmctld.log")}
            SlurmdLogFile={_folder.File("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SwitchType=switch/none
            MpiDefault=none
            ReturnToService=2
            SchedulerParameters=sched_interval=1
            MailProg=/bin/true
            KillWait=2
            NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=100 State=UNKNOWN
            PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP

            """);
        Begin("slurmctld", "-D");
        WaitFor(() => TryCall("scontrol", "ping").Code == 0, () => "", "slurmctld");
        Begin("slurmd", "-D");
        WaitFor(() => TryCall("scontrol", "show", "node", "-o").Output.Contains("State=IDLE", StringComparison.Ordinal), () => "", "node");
    }

    private void Begin(string program, params string[] arguments)
    {
        // Daemons print what their logs hold, too.
        var start = new ProcessStartInfo("sh") { UseShellExecute = false };
        foreach (string word in (string[])["-c", "exec \"$@\" >/dev/null 2>&1", "sh", Find(program)!, .. arguments])
            start.ArgumentList.Add(word);
        foreach ((string name, string value) in Environment) start.Environment[name] = value;
        _daemons.Add(Process.Start(start)!);
    }

    private (int Code, string Output) TryCall(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program)!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private string Log() => string.Join('\n', new[] { "slurmctld.log", "slurmd.log", "munged.log" }.Select(name => _folder.File(name))
        .Where(File.Exists).SelectMany(path => File.ReadLines(path).TakeLast(15)));

    private static string Field(string line, string name) => line.Split(' ')
        .FirstOrDefault(word => word.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";

    private static string? Find(string program) => $"{System.Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }
}
