using System.CommandLine;
using NetViz.Procedures;

namespace NetViz.Cli.Common;

/// <summary>--shard: one part of a run over many pictures.</summary>
internal static class ShardOption
{
    public static Option<string?> Shard { get; } = new("--shard")
    {
        Description = "Only part I of N of the pictures, I from 1 to N, such as 2/8, as one of N processes on any machines; slurm: "
            + "the part of this task of a Slurm array, whose ids may start anywhere; kubernetes/N: that of this pod of an Indexed "
            + "Job. A part that was cut off goes on where it stopped. netviz merge puts the parts together.",
        HelpName = NetViz.Procedures.Shard.Names,
    };

    /// <summary>What the command line says; null for all pictures.</summary>
    public static Shard? Of(ParseResult parsed) =>
        parsed.GetValue(Shard) is { } text ? NetViz.Procedures.Shard.Parse(text) : null;
}
