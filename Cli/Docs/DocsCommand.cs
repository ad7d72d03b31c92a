using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text;
using NetViz.Cli.Common;
using NetViz.Cli.Docs.Slides;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Procedures;

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

    private static readonly Option<string> ChapterFile = new("--output", "-o")
    {
        Description = "The Markdown file to write; pictures that it shows go where it names them. With --slides an HTML file.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<bool> Trust = new("--trust")
    {
        Description = "The chapter is trusted: its commands may also take files from elsewhere, download models, train, and "
            + "change the cache. Without it a command that does so is refused, by its line; no chapter writes out of its folder.",
    };

    private static readonly Option<bool> Slides = new("--slides")
    {
        Description = "Write a deck of slides instead: one HTML file with pictures inside, arrow keys, speaker notes (n) and answers "
            + "of exercises (a).",
    };

    // Set for the commands that a chapter runs, so that none runs a chapter by whatever way.
    private const string Variable = "NETVIZ_DOCS";

    public static Command Create() => CommonOptions.CreatePlain("docs",
        "Runs the commands in a Markdown file and puts what they print, compute and draw in their place: a lesson whose numbers "
        + "are those of this program.",
        [Source, ChapterFile, Slides, Trust], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
            throw new NetVizException("netviz docs does not start itself");
        string output = ResultFiles.CheckFile("Output", Path.GetFullPath(parsed.GetValue(ChapterFile)!));
        Chapter chapter = Chapter.Read(parsed.GetValue(Source)!);
        bool slides = parsed.GetValue(Slides);
        if (slides && !Path.GetExtension(output).Equals(".html", StringComparison.OrdinalIgnoreCase))
            throw new NetVizException($"slides are written as .html, and --output names '{Path.GetFileName(output)}'");
        OutputFile.Check(output, slides ? ResultKind.Page : ResultKind.Chapter);
        chapter.RequireAllowed(parsed.GetValue(Trust));
        string working = Directory.GetCurrentDirectory();
        IReadOnlyList<string> needed = chapter.Needed(working);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netviz-docs-");
        try
        {
            foreach (string file in needed)
            {
                string copy = Path.Combine(folder.FullName, file);
                FileGuard.Reads(Path.Combine(working, file));
                File.Copy(Path.Combine(working, file), copy);
                // So that a file that may only be read can be deleted again on Windows.
                File.SetAttributes(copy, FileAttributes.Normal);
            }

            int done = 0;
            string text = new ConsoleProgress(quiet || json).Do("running commands", chapter.Count, progress => chapter.Fill(command =>
            {
                progress.Report(new WorkNoted(command));
                string printed = RunNetviz(command, folder.FullName);
                progress.Advance(++done);
                return printed;
            }, folder.FullName));
            if (slides)
            {
                int count = WriteSlides(text, folder.FullName, Path.GetDirectoryName(Path.GetFullPath(parsed.GetValue(Source)!))!, output);
                if (json) Output.PrintJson(new { Output = output, Slides = count, Commands = chapter.Count });
                else if (!quiet) Output.Line($"{output}: {Counted.Of(chapter.Count, "command")}, {Counted.Of(count, "slide")}");
                return 0;
            }

            string[] pictures = Write(chapter, text, folder.FullName, output);
            if (json) Output.PrintJson(new { Output = output, Pictures = pictures, Commands = chapter.Count });
            else if (!quiet) Console.WriteLine(Printable.Line($"{output}: {Counted.Of(chapter.Count, "command")}, "
                + $"{Counted.Of(pictures.Length, "picture")}"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Writes the chapter and those of its pictures that its commands made; nothing where one must not be written.
    /// </summary>
    private static string[] Write(Chapter chapter, string text, string made, string output)
    {
        string target = Path.GetDirectoryName(output)!;
        string[] local = [.. chapter.Pictures.Where(picture => !picture.Contains("://", StringComparison.Ordinal))];
        (string From, string To)[] pictures = [.. local.Select(picture =>
            (Path.Combine(made, picture), Path.Combine(target, picture)))];
        var written = new List<(string From, string To)>();
        for (int i = 0; i < local.Length; i++)
        {
            (string from, string to) = pictures[i];
            // What is beside the folder is the reader's: it may be shown, and is not written.
            bool isMade = !ChapterTrust.LeavesFolder(local[i]) && FileFacts.Of(from, follow: false).Type == FileType.Regular;
            if (!isMade && !File.Exists(to)) throw new NetVizException($"no command wrote the picture '{local[i]}'");
            if (!isMade) continue;
            string folder = FileSet.Resolved(Path.GetDirectoryName(to)!), inside = FileSet.Resolved(target);
            if (folder != inside && !FileSet.IsWithin(folder, inside))
                throw new NetVizException($"the picture '{local[i]}' would be written to {folder}, outside of {inside}",
                    "a symbolic link leads there");
            OutputFile.Check(to, ResultFiles.KindOf(to));
            written.Add(pictures[i]);
        }

        foreach ((string from, string to) in written) OutputFile.Copy(from, to, ResultFiles.KindOf(to));
        OutputFile.Write(output, ResultKind.Chapter, Encoding.UTF8.GetBytes($"{text}{ResultMark.ChapterLine}\n"));
        return [.. pictures.Select(picture => picture.To)];
    }

    /// <summary>Writes the deck and returns the number of slides.</summary>
    /// <param name="text">The filled chapter.</param>
    /// <param name="made">The folder of what the commands made.</param>
    /// <param name="beside">The folder of the source, whose pictures may be shown, too.</param>
    /// <param name="output">The file.</param>
    private static int WriteSlides(string text, string made, string beside, string output)
    {
        IReadOnlyList<Slide> slides = SlideSplitter.Split(text, picture => DataUri(picture, made, beside));
        if (slides.Count == 0) throw new NetVizException("the chapter is empty, so that it gives no slide");
        OutputFile.Write(output, ResultKind.Page, Encoding.UTF8.GetBytes(SlideDeck.Html(slides)));
        return slides.Count;
    }

    /// <summary>A picture as part of the page; null for one that lies elsewhere or is of no kind that a page shows.</summary>
    private static string? DataUri(string picture, string made, string beside)
    {
        string? type = Path.GetExtension(picture).ToLowerInvariant() switch
        {
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".webp" => "image/webp",
            ".svg" => "image/svg+xml",
            _ => null,
        };
        if (type is null || picture.Contains("://", StringComparison.Ordinal) || ChapterTrust.LeavesFolder(picture)) return null;
        foreach (string folder in (string[])[made, beside])
        {
            string path = Path.Combine(folder, picture);
            if (FileFacts.Of(path, follow: false).Type == FileType.Regular && FileSet.IsWithin(FileSet.Resolved(path), FileSet.Resolved(folder)))
                return $"data:{type};base64,{Convert.ToBase64String(UntrustedFile.ReadBytes(path, FileKind.Picture))}";
        }

        throw new NetVizException($"no command wrote the picture '{picture}'");
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
        start.Environment[Variable] = "1";
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
