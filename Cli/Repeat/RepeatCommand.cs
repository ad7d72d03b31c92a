using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Repeat;

/// <summary><c>netviz repeat</c>: makes a result again from its .json, and compares the bytes.</summary>
internal static class RepeatCommand
{
    private static readonly Argument<string> Result = new("RESULT")
    {
        Description = "A .json that a command wrote.",
    };

    private static readonly Option<string?> OutputFolder = new("--output", "-o")
    {
        Description = "The folder that keeps what is made again. Default: a temporary one, which is deleted.",
        HelpName = "DIR",
    };

    public static Command Create() => CommonOptions.CreatePlain("repeat",
        "Makes a result again, as its .json says, and says file by file whether the bytes are the same. The exit code is 1 where "
        + "one differs. It stops with exit code 2 where the model, a picture or another file is not the one that the result was "
        + "made from. The .json may be a stranger's: nothing is downloaded, nothing read that it has no hash of, and nothing "
        + "written elsewhere.",
        [Result, OutputFolder], Run);

    private static int Run(ParseResult parsed)
    {
        string path = parsed.GetValue(Result)!;
        RepeatableResult result = RepeatableResult.Read(path);
        string? given = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder));
        if (given is not null && Path.GetFullPath(given) == Path.GetDirectoryName(Path.GetFullPath(path)))
            throw new NetVizException($"--output '{given}' is the folder of {path}, whose files would be replaced", "name another folder");
        string folder = given ?? Directory.CreateTempSubdirectory("netviz-repeat-").FullName;
        try
        {
            (string[] words, string stem) = RepeatedCommand.Of(result, path, folder);
            ParseResult again = Program.Parse(words);
            if (again.Errors.Count > 0)
                throw new NetVizException($"{path} cannot be repeated: {again.Errors[0].Message.TrimEnd('.')}");
            int code = Silently(() => again.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
            // 1 is the answer of a proof that fails; its files are there all the same.
            if (code is not (0 or 1)) return code;
            RepeatedResult found = result.CompareWith(folder, stem);
            if (parsed.GetValue(CommonOptions.Json))
                Output.PrintJson(new { found.Agrees, found.Files, found.Notes, CommandLine = result.Provenance.CommandLine, Output = given });
            else if (!parsed.GetValue(CommonOptions.Quiet) || !found.Agrees) Print(found, result.Provenance, given);
            return found.Agrees ? 0 : 1;
        }
        finally
        {
            if (given is null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static int Silently(Func<int> run)
    {
        TextWriter before = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            return run();
        }
        finally
        {
            Console.SetOut(before);
        }
    }

    private static void Print(RepeatedResult found, ResultProvenance made, string? folder)
    {
        Output.Line($"netviz {string.Join(' ', made.CommandLine!)}");
        foreach (RepeatedFile file in found.Files) Output.Line($"  {file.State,-8} {file.File}");
        foreach (string note in found.Notes) Output.Line(note);
        int same = found.Files.Count(file => file.State == "same");
        Output.Line(found.Agrees ? $"all {Counted.Of(found.Files.Count, "file")}: the same bytes"
            : $"{same} of {Counted.Of(found.Files.Count, "file")} are the same");
        if (folder is not null) Output.Line($"wrote the new files to {folder}{Path.DirectorySeparatorChar}");
    }
}
