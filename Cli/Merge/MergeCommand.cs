using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Merge;

/// <summary><c>netviz merge</c>: shards of a run, put together to what one run over all pictures would have written.</summary>
internal static class MergeCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "The shards' results, in any order: the tables that evaluate wrote with --shard and --output, or the folders "
            + "of saliency and reconstruct. What a merge needs lies beside a table as FILE.csv.shard.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Result = new("--output", "-o")
    {
        Description = "The table that one run over all pictures would write, with its plot beside it; of saliency and reconstruct "
            + "the folder.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string?> Plot = new("--plot")
    {
        Description = "Draw the result of evaluate. Default: FILE.png beside --output's FILE.csv.",
        HelpName = "FILE.png",
    };

    private static readonly Option<string?> Model = new("--model", "-m")
    {
        Description = "Where the model lies now. Default: where the shards found it. Its SHA-256 must be the same.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Where the pictures lie now. Default: where the shards found them. The list of pictures must be the same.",
        HelpName = "DIR|TAR.GZ",
    };

    public static Command Create() => CommonOptions.CreatePlain("merge",
        "Puts the shards of evaluate, saliency or reconstruct together: the files are those of one run over all pictures, byte for "
        + "byte, but for the times in reports. Shards that overlap, leave a gap, or differ in model, list of pictures, options or "
        + "version are refused.",
        [Files, Result, Plot, Model, Data], Run);

    private static int Run(ParseResult parsed)
    {
        MergeResult result = Shards.Merge(parsed.GetValue(Files)!, new MergeOptions
        {
            Output = parsed.GetValue(Result)!,
            Plot = parsed.GetValue(Plot),
            Model = parsed.GetValue(Model),
            Data = parsed.GetValue(Data),
        }, ConsoleProgress.Of(parsed));
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            if (result.Evaluation is { } evaluation) Output.Print(evaluation.Describe());
            string files = string.Join(", ", result.Files.Take(3)) + (result.Files.Count > 3 ? ", ..." : "");
            Output.Line($"{Counted.Of(result.ShardCount, "shard")} of {result.Command}, {Counted.Of(result.Pictures, "picture")}: {files}");
        }

        ImageArguments.Tell(result.Broken, result.Pictures);
        return 0;
    }
}
