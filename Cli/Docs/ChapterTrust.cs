using System.CommandLine;
using System.CommandLine.Parsing;
using NetViz.Cli.Common;
using NetViz.Engine.Files;

namespace NetViz.Cli.Docs;

/// <summary>
/// What a chapter may run. Its commands work in an empty temporary folder. A command that looks at a network and writes into
/// that folder is run of any chapter; one that takes files from elsewhere, downloads, trains, or changes the cache only of a
/// chapter that is trusted; one that writes out of the folder, or runs a chapter, never.
/// </summary>
internal static class ChapterTrust
{
    private static readonly HashSet<string> Harmless =
    [
        "saliency", "classify", "class-model", "localise", "reconstruct", "activations", "filters", "prove", "compare-rules",
        "decompose", "linear-region", "trace", "step", "unpool", "report", "evaluate", "info", "devices", "bench", "export",
        "samples", .. Program.FormerNames.Keys,
    ];

    /// <summary>Why a command is not run; null where it is.</summary>
    /// <param name="command">The command line, without netviz.</param>
    /// <param name="isTrusted">Whether the chapter is trusted.</param>
    public static (string Problem, string? Hint)? RefusalOf(string command, bool isTrusted)
    {
        ParseResult parsed = Program.Parse([.. CommandLineParser.SplitCommandLine(command)]);
        CommandResult top = parsed.CommandResult;
        // Errors are told by the command itself, which then does nothing.
        if (top.Parent is not CommandResult) return null;
        while (top.Parent is CommandResult { Parent: CommandResult } outer) top = outer;
        string name = top.Command.Name;
        if (name == "docs") return ($"'netviz {command}' is not run: a chapter does not run chapters", null);
        if (name == "explore") return ($"'netviz {command}' is not run: a chapter does not serve a page", null);
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            if (result is not OptionResult { Option: var option } || !CommonOptions.IsOutput(option)) continue;
            if (result.Tokens.FirstOrDefault(token => LeavesFolder(token.Value)) is { } outside)
            {
                return ($"'netviz {command}' is not run: '{outside.Value}' is not in the folder that the chapter's commands "
                    + "work in", "name results without .. and without a folder above them");
            }
        }

        if (isTrusted) return null;
        string? reason = !Harmless.Contains(name) ? $"it runs netviz {name}" : ReasonOf(parsed);
        return reason is null ? null
            : ($"'netviz {command}' is run only of a chapter that is trusted: {reason}", "read the chapter, then give --trust");
    }

    /// <summary>Whether a path leads out of the folder that it is relative to.</summary>
    public static bool LeavesFolder(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(path)) return true;
        string folder = Path.GetFullPath("."), full = Path.GetFullPath(path);
        return full != folder && !FileSet.IsWithin(full, folder);
    }

    private static string? ReasonOf(ParseResult parsed)
    {
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            Option? option = (result as OptionResult)?.Option;
            if (option is not null && CommonOptions.IsOutput(option)) continue;
            foreach (string value in result.Tokens.Select(token => token.Value))
            {
                if (option == CommonOptions.From) return "it names where models come from";
                if (option == CommonOptions.Model && !value.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
                    return $"it may download the model '{value}'";
                if (value.Contains("://", StringComparison.Ordinal) || (value.Length > 0 && LeavesFolder(value)))
                    return $"it takes '{value}' from outside of the folder that it works in";
            }
        }

        return null;
    }
}
