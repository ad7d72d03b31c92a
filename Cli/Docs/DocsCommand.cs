using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation;

namespace NetViz.Cli.Docs;

/// <summary>
/// <c>netviz docs</c>: makes a chapter whose listings, numbers and pictures netviz computes itself, so that they cannot go
/// stale.
/// </summary>
internal static class DocsCommand
{
    private static readonly Argument<string> Source = new("SOURCE")
    {
        Description = "Markdown with blocks ```netviz that hold a command line each, and numbers {{NAME.path:format}} from the "
            + "JSON that they write or print; docs/section-4.source.md is one. Files that its commands need, such as labelled "
            + "pictures, are taken from the working folder.",
    };

    private static readonly Option<string> OutputFile = new("--output", "-o")
    {
        Description = "The Markdown file to write; pictures that it shows go where it names them.",
        HelpName = "FILE.md",
        Required = true,
    };

    public static Command Create() => CommonOptions.CreatePlain("docs",
        "Runs the commands in a Markdown file and puts what they print, compute and draw in their place: a lesson whose numbers "
        + "are those of this program.",
        [Source, OutputFile], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string output = Output.CheckFile("--output", Path.GetFullPath(parsed.GetValue(OutputFile)!));
        Chapter chapter = Chapter.Read(parsed.GetValue(Source)!);
        string working = Directory.GetCurrentDirectory();
        IReadOnlyList<string> needed = chapter.Needed(working);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netviz-docs-");
        try
        {
            foreach (string file in needed)
            {
                string copy = Path.Combine(folder.FullName, file);
                File.Copy(Path.Combine(working, file), copy);
                // So that a file that may only be read can be deleted again on Windows.
                File.SetAttributes(copy, FileAttributes.Normal);
            }

            int done = 0;
            string text = Progress.Run("running commands", chapter.Count, quiet || json, progress => chapter.Fill(command =>
            {
                progress.Note(command);
                string printed = RunNetviz(command, folder.FullName);
                progress.Report(++done);
                return printed;
            }, folder.FullName));
            string target = Path.GetDirectoryName(output)!;
            var pictures = new List<string>();
            foreach (string picture in chapter.Pictures)
            {
                string made = Path.Combine(folder.FullName, picture), kept = Path.Combine(target, picture);
                if (File.Exists(made)) AtomicFile.Write(kept, UntrustedFile.ReadBytes(made, FileKind.Picture));
                else if (!File.Exists(kept)) throw new NetVizException($"no command wrote the picture '{picture}'");
                pictures.Add(kept);
            }

            AtomicFile.Write(output, Encoding.UTF8.GetBytes(text));
            if (json) Output.PrintJson(new { Output = output, Pictures = pictures, Commands = chapter.Count });
            else if (!quiet) Console.WriteLine(Printable.Line($"{output}: {chapter.Count} commands, {pictures.Count} pictures"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs this program in a process of its own, as a reader would.</summary>
    private static string RunNetviz(string command, string folder)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        if (isHost) start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (string argument in CommandLineParser.SplitCommandLine(command)) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new NetVizException($"netviz {command}: exit code {process.ExitCode}: {Printable.Line(error.Result.Trim())}");
        return output.ReplaceLineEndings("\n");
    }
}
