using System.CommandLine;
using System.CommandLine.Parsing;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Cluster;

/// <summary><c>netviz cluster</c>: the scripts by which a cluster runs the shards of a command.</summary>
internal static class ClusterCommand
{
    private static readonly string[] Sharded = ["evaluate", "saliency", "reconstruct"];

    private static readonly Argument<string[]> Words = new("COMMAND")
    {
        Description = "The command behind --, with its options: evaluate, saliency or reconstruct, with --output and without "
            + "--shard. Its paths are as in the folder that this command is called in.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<int> Shards = new("--shards")
    {
        Description = "Number of tasks in the array. Each task computes one part of the pictures.",
        HelpName = "N",
        DefaultValueFactory = _ => new SlurmOptions().Shards,
    };

    private static readonly Option<string?> Time = new("--time")
    {
        Description = "Time limit of a task. One that reaches it is requeued and goes on where it stopped.",
        HelpName = "H:MM:SS",
    };

    private static readonly Option<int?> Cpus = new("--cpus")
    {
        Description = "Processor cores of a task.",
        HelpName = "N",
    };

    private static readonly Option<string?> Memory = new("--memory")
    {
        Description = "Memory of a task.",
        HelpName = "SIZE",
    };

    private static readonly Option<string?> Partition = new("--partition")
    {
        Description = "The partition of the cluster.",
        HelpName = "NAME",
    };

    private static readonly Option<int> Notice = new("--notice")
    {
        Description = "Seconds before the time limit at which a task is stopped and requeued.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => new SlurmOptions().Notice,
    };

    private static readonly Option<string[]> Sbatch = new("--sbatch")
    {
        Description = "A further option of sbatch, such as --sbatch=--account=vision. May be repeated.",
        HelpName = "OPTION",
    };

    private static readonly Option<bool> Submit = new("--submit")
    {
        Description = "Submit the array and the merge that depends on it.",
    };

    private static readonly Option<string> Folder = new("--output", "-o")
    {
        Description = "The folder of scripts, logs and the tables of the shards; all nodes must see it.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-slurm",
    };

    public static Command Create() => new("cluster",
        "Writes the scripts that run a command on a cluster. GNU parallel and Kubernetes need none: they start the command with "
            + "--shard.")
    {
        CommonOptions.CreatePlain("slurm",
            "Writes a Slurm array job with a task for each shard of the command behind --, the job that merges them, and the script "
            + "that submits both.",
            [Words, Shards, Time, Cpus, Memory, Partition, Notice, Sbatch, Submit, Folder], Run),
    };

    private static int Run(ParseResult parsed)
    {
        var scripts = new SlurmScripts(CommandOf(parsed.GetValue(Words)!), new SlurmOptions
        {
            Shards = parsed.GetValue(Shards),
            Time = parsed.GetValue(Time),
            Cpus = parsed.GetValue(Cpus),
            Memory = parsed.GetValue(Memory),
            Partition = parsed.GetValue(Partition),
            Notice = parsed.GetValue(Notice),
            Sbatch = parsed.GetValue(Sbatch) ?? [],
        }, parsed.GetValue(Folder)!);
        IReadOnlyList<string> files = scripts.Save();
        string? submitted = parsed.GetValue(Submit) ? scripts.Run() : null;
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new { Scripts = files, Submitted = submitted, ResultFiles.Version });
        }
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            foreach (string file in files) Output.Line(file);
            Output.Line(submitted ?? $"bash {SlurmScripts.Quoted(scripts.SubmitPath)} submits the array and its merge");
        }

        return 0;
    }

    /// <summary>The command behind --, without the options that the scripts set.</summary>
    private static ShardedCommand CommandOf(string[] words)
    {
        if (!Sharded.Contains(words[0]))
        {
            throw new NetVizException($"netviz {words[0]} has no shards", $"behind -- stands one of {string.Join(", ", Sharded)}");
        }

        ParseResult inner = Program.Parse(words);
        if (inner.Errors.Count > 0)
            throw new NetVizException($"netviz {string.Join(' ', words)}: {inner.Errors[0].Message}", $"netviz help {words[0]}");
        if (Given(inner, "--shard") is not null)
            throw new NetVizException("--shard is given; the scripts give each task its own", "leave it out");
        if (words[0] == "reconstruct" && Given(inner, "--data") is null)
            throw new NetVizException("reconstruct has shards over many pictures only", "give --data");
        string output = Given(inner, "--output") ?? throw new NetVizException(
            $"netviz {words[0]} has no --output, which the merge writes", "name the table or folder of the whole run");
        string? plot = Given(inner, "--plot");
        return new ShardedCommand(words[0], Self(), Without(words, ("--output", output), ("-o", output), ("--plot", plot)),
            output, plot);
    }

    private static string? Given(ParseResult parsed, string option) => parsed.CommandResult.Children.OfType<OptionResult>()
        .FirstOrDefault(result => result.Option.Name == option && result.Tokens.Count > 0)?.Tokens[0].Value;

    /// <summary>The words without some options and their values, whether these are words of their own or not.</summary>
    private static List<string> Without(string[] words, params (string Option, string? Value)[] options)
    {
        var kept = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i], next = i + 1 < words.Length ? words[i + 1] : "";
            if (options.Any(option => word == option.Option && next == option.Value)) i++;
            else if (!options.Any(option => option.Value is { } value
                && (word == $"{option.Option}={value}" || word == $"{option.Option}:{value}" || word == option.Option + value)))
                kept.Add(word);
        }

        return kept;
    }

    /// <summary>The words that start this program.</summary>
    private static string[] Self()
    {
        string process = Environment.ProcessPath ?? "dotnet";
        string name = Path.GetFileNameWithoutExtension(process);
        if (name == "netviz") return [process];
        return [name == "dotnet" ? process : "dotnet", Path.Combine(AppContext.BaseDirectory, "netviz.dll")];
    }
}
