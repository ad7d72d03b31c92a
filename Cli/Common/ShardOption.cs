using System.CommandLine;
using NetViz.Procedures;

namespace NetViz.Cli.Common;

/// <summary>--shard: one part of a run over many pictures.</summary>
internal static class ShardOption
{
    public static Option<string?> Shard { get; } = new("--shard")
    {
        Description = "Process only part I of N of the pictures (I from 1 to N, such as 2/8). slurm: the part comes from the Slurm "
            + "array task's own variables. kubernetes/N: the part is the pod's index in an Indexed Job. An interrupted part "
            + "resumes where it stopped. netviz merge joins the parts.",
        HelpName = NetViz.Procedures.Shard.Names,
    };

    /// <summary>What the command line says; null for all pictures.</summary>
    public static Shard? Of(ParseResult parsed) =>
        parsed.GetValue(Shard) is { } text ? NetViz.Procedures.Shard.Parse(text) : null;
}
