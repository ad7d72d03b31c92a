using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Classify;

/// <summary><c>netviz classify</c>: the classes with the highest scores.</summary>
internal static class ClassifyCommand
{
    private static readonly Option<int> Top = new("--top")
    {
        Description = "How many classes to show.",
        HelpName = "K",
        DefaultValueFactory = _ => 5,
    };

    public static Command Create() =>
        CommonOptions.Create("classify", "Shows the classes with the highest scores." + ImageArguments.Help,
            [CommonOptions.Images, Top, ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        var options = new ClassifyOptions { Top = parsed.GetValue(Top) };
        options.Check();
        IReadOnlyList<InputFile> files = ImageArguments.AllOf(parsed);
        using Explainer model = CommonOptions.Open(parsed);

        var results = new List<ClassifiedImage>();
        var broken = new BrokenPictures(parsed.GetValue(ImageArguments.Strict), files.Count);
        int done = 0;
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        console.Do("classifying", files.Count, _ =>
        {
            foreach (InputFile file in files)
            {
                broken.Try(file, () => results.AddRange(model.Classify(file, options, console)));
                console.Advance(++done);
            }

            return true;
        });
        broken.RequireAny(files.Count - broken.Count);

        if (json) Output.PrintJson(results);
        else if (!quiet)
        {
            Print(results);
            Output.FirstPhotograph(model, files);
        }

        ImageArguments.Tell(broken, files.Count - broken.Count);
        return 0;
    }

    private static void Print(List<ClassifiedImage> results)
    {
        IAnsiConsole console = Output.Console;
        foreach (ClassifiedImage result in results)
        {
            console.MarkupLine($"[bold]{Markup.Escape(Printable.Line(result.Image))}[/]");
            bool hasOne = result.Top[0].Probability is null;
            Table table = Output.Table(hasOne ? ["index", "<class", "score"] : ["index", "<class", "score", "probability"]);
            foreach (RankedClass c in result.Top)
            {
                string[] cells = [$"{c.Index}", Markup.Escape(Printable.Line(c.Name)), NumberText.Fixed(c.Score, "0.000")];
                table.AddRow(hasOne ? cells : [.. cells, $"{c.Probability:P1}"]);
            }

            console.Write(table);
            if (hasOne) console.WriteLine($"({ScoreText.OneScore})");
        }
    }
}
