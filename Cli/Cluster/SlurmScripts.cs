using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Procedures;

namespace NetViz.Cli.Cluster;

/// <summary>What <see cref="SlurmScripts"/> writes.</summary>
internal sealed record SlurmOptions
{
    /// <summary>Gets the number of tasks in the array. Each task computes one shard.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>The time limit of a task, as Slurm writes it, such as 2:00:00; null for the cluster's.</summary>
    public string? Time { get; init; }

    /// <summary>Processor cores of a task; null for the cluster's default.</summary>
    public int? Cpus { get; init; }

    /// <summary>The memory of a task, as Slurm writes it, such as 4G; null for the cluster's default.</summary>
    public string? Memory { get; init; }

    /// <summary>The partition; null for the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>Further options of sbatch, each a line of the array's script.</summary>
    public IReadOnlyList<string> Sbatch { get; init; } = [];

    /// <summary>Seconds before the time limit at which a task is stopped and requeued.</summary>
    public int Notice { get; init; } = 120;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="NetVizException">A number is out of range, or a text would break the script.</exception>
    public void Check()
    {
        if (Shards is < 1 or > 10_000) throw new NetVizException($"`{nameof(Shards)}` {Shards}; 1 to 10000 are supported");
        if (Cpus is < 1) throw new NetVizException($"`{nameof(Cpus)}` {Cpus}; at least 1 is supported");
        if (Notice is < 1 or > 65535) throw new NetVizException($"`{nameof(Notice)}` {Notice}; 1 to 65535 seconds are supported");
        foreach ((string name, string? text) in (IEnumerable<(string, string?)>)
            [(nameof(Time), Time), (nameof(Memory), Memory), (nameof(Partition), Partition), .. Sbatch.Select(s => (nameof(Sbatch), s))])
        {
            if (text is not null && (text.Length == 0 || text.Any(char.IsControl)))
                throw new NetVizException($"`{name}` '{text}' is no value of sbatch");
        }
    }
}

/// <summary>A command of netviz in words, whose shards are run by a scheduler.</summary>
/// <param name="Name">evaluate, saliency or reconstruct.</param>
/// <param name="Program">The words that start netviz.</param>
/// <param name="Arguments">The command with its options, without --output, --plot and --shard.</param>
/// <param name="Output">The table or folder of the whole run.</param>
/// <param name="Plot">The plot of the whole run; null for none that is named.</param>
internal sealed record ShardedCommand(string Name, IReadOnlyList<string> Program, IReadOnlyList<string> Arguments, string Output,
    string? Plot);

/// <summary>
/// The scripts by which a Slurm cluster runs the shards of a command: an array job, the merge that depends on it, and the script
/// that submits both.
/// </summary>
internal sealed class SlurmScripts
{
    /// <summary>The line by which a script is known again.</summary>
    internal const string Mark = "# Written by netviz cluster.";

    private const int Restarts = 3;

    private readonly ShardedCommand _command;
    private readonly SlurmOptions _options;
    private readonly string _folder;

    /// <summary>Composes the scripts.</summary>
    /// <param name="command">The command.</param>
    /// <param name="options">The array's options.</param>
    /// <param name="folder">The folder of scripts, logs and the tables of shards.</param>
    /// <exception cref="NetVizException">An option makes no sense.</exception>
    public SlurmScripts(ShardedCommand command, SlurmOptions options, string folder)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (_command, _options, _folder) = (command, options, Path.GetFullPath(ResultFiles.CheckFolder(folder)));
    }

    /// <summary>The script of the array job.</summary>
    public string ArrayPath => Path.Combine(_folder, $"{_command.Name}.sbatch");

    /// <summary>The script of the merge.</summary>
    public string MergePath => Path.Combine(_folder, "merge.sbatch");

    /// <summary>The script that submits both.</summary>
    public string SubmitPath => Path.Combine(_folder, "submit.sh");

    private bool HasTables => _command.Name == "evaluate";

    /// <summary>The array's script: a task a shard, requeued before the time limit ends it.</summary>
    public string Array
    {
        get
        {
            string output = HasTables ? $"{Quoted(Path.Combine(_folder, "shard."))}\"$index-of-$shards.csv\"" : Quoted(_command.Output);
            return $$"""
                #!/bin/bash
                {{Mark}}
                #SBATCH --job-name=netviz-{{_command.Name}}
                #SBATCH --array=1-{{_options.Shards}}
                #SBATCH --requeue
                #SBATCH --open-mode=append
                #SBATCH --signal=B:USR1@{{_options.Notice}}
                {{Common("%x.%A_%a.log")}}{{Own}}
                set -u
                shards={{_options.Shards}}
                # Of the whole array: counted from its first id, wherever its ids start. Where only some of its tasks are submitted
                # again (sbatch --array=3,7), an id is the number of a shard.
                if [ "${SLURM_ARRAY_TASK_COUNT:-0}" -eq "$shards" ]; then
                  index=$(( (SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN) / ${SLURM_ARRAY_TASK_STEP:-1} + 1 ))
                else
                  index=$SLURM_ARRAY_TASK_ID
                fi
                if [ -n "${SLURM_CPUS_PER_TASK:-}" ]; then export DOTNET_PROCESSOR_COUNT=$SLURM_CPUS_PER_TASK; fi
                echo "$(date -u +%FT%TZ) shard $index/$shards on $(hostname), restart ${SLURM_RESTART_COUNT:-0}"

                # Before the time limit Slurm sends USR1 to this shell: the task ends, and begins again where it stopped.
                again() {
                  trap '' USR1
                  kill -TERM "$child" 2>/dev/null
                  wait "$child"
                  echo "$(date -u +%FT%TZ) shard $index/$shards is requeued before its time limit"
                  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
                  exit 1
                }
                trap again USR1
                {{Words([.. _command.Program, .. _command.Arguments])}} --shard "$index/$shards" --output {{output}} &
                child=$!
                wait "$child"
                code=$?
                echo "$(date -u +%FT%TZ) shard $index/$shards ends with exit code $code"
                # Killed, as by a node without memory: it goes on from its journal, a few times.
                if [ "$code" -eq 137 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt {{Restarts}} ]; then
                  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
                fi
                exit "$code"

                """.ReplaceLineEndings("\n");
        }
    }

    /// <summary>The merge's script.</summary>
    public string Merge
    {
        get
        {
            string[] files = HasTables
                ? [.. Enumerable.Range(1, _options.Shards).Select(i => Path.Combine(_folder, $"shard.{new Shard(i, _options.Shards).FileName}.csv"))]
                : [_command.Output];
            string[] plot = _command.Plot is { } file ? ["--plot", file] : [];
            return $"""
                #!/bin/bash
                {Mark}
                #SBATCH --job-name=netviz-merge
                #SBATCH --requeue
                {Common("%x.%j.log")}
                exec {Words([.. _command.Program, "merge", .. files, "--output", _command.Output, .. plot])}

                """.ReplaceLineEndings("\n");
        }
    }

    /// <summary>The script that submits the array and, dependent on it, the merge.</summary>
    public string Submit => $"""
        #!/bin/bash
        {Mark}
        # After a task failed for good: sbatch --array=NUMBER {Path.GetFileName(ArrayPath)}, then sbatch {Path.GetFileName(MergePath)}.
        set -e
        array=$(sbatch --parsable {Quoted(ArrayPath)})
        array=${"{array%%;*}"}
        merge=$(sbatch --parsable --dependency=afterok:"$array" --kill-on-invalid-dep=yes {Quoted(MergePath)})
        echo "array job $array, merge job ${"{merge%%;*}"}"

        """.ReplaceLineEndings("\n");

    /// <summary>Writes the three scripts.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="NetVizException">One cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save()
    {
        (string Path, string Text)[] scripts = [(ArrayPath, Array), (MergePath, Merge), (SubmitPath, Submit)];
        foreach ((string path, _) in scripts) OutputFile.Check(path, ResultKind.Script);
        foreach ((string path, string text) in scripts) OutputFile.Write(path, ResultKind.Script, Encoding.UTF8.GetBytes(text));
        return [.. scripts.Select(script => script.Path)];
    }

    /// <summary>Submits the scripts that were saved.</summary>
    /// <returns>What sbatch says.</returns>
    /// <exception cref="NetVizException">Slurm is not installed, or refuses the job.</exception>
    public string Run()
    {
        try
        {
            var start = new ProcessStartInfo("bash", [SubmitPath]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string said = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? said : throw new NetVizException(
                $"the job was not submitted: {error.Result.Trim().ReplaceLineEndings("; ")}", $"the scripts are in {_folder}");
        }
        catch (Win32Exception problem)
        {
            throw new NetVizException($"the job was not submitted: bash cannot be started: {problem.Message}",
                $"the scripts are in {_folder}", problem);
        }
    }

    // Slurm reads a percent sign in a file name as the beginning of a replacement.
    private string Common(string log) =>
        $"#SBATCH --chdir={Quoted(Environment.CurrentDirectory)}\n#SBATCH --output={Quoted(Path.Combine(_folder, "").Replace("%", "%%", StringComparison.Ordinal) + "/" + log)}\n";

    private string Own
    {
        get
        {
            var lines = new StringBuilder();
            if (_options.Time is { } time) lines.Append($"#SBATCH --time={time}\n");
            if (_options.Cpus is { } cpus) lines.Append(CultureInfo.InvariantCulture, $"#SBATCH --cpus-per-task={cpus}\n");
            if (_options.Memory is { } memory) lines.Append($"#SBATCH --mem={memory}\n");
            if (_options.Partition is { } partition) lines.Append($"#SBATCH --partition={partition}\n");
            foreach (string option in _options.Sbatch) lines.Append($"#SBATCH {option}\n");
            return lines.ToString();
        }
    }

    private static string Words(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    /// <summary>A word as a shell reads it back.</summary>
    internal static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=+:,@%".Contains(c))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
