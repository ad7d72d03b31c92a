using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine.Files;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

namespace NetViz.Cli.Samples;

/// <summary><c>netviz samples</c>: the pictures that come with netviz, as PNG files.</summary>
internal static class SamplesCommand
{
    private static readonly Argument<string[]> Names = new("NAME")
    {
        Description = "Which ones. Default: all. They are "
            + string.Join(", ", SampleScenes.All.Select(scene => scene.Name)) + ".",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "Folder for the PNG files; it is created where it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    private static readonly Option<int> Size = new("--size")
    {
        Description = "Side of the pictures in pixels. They are resampled where it is not the default.",
        HelpName = "PIXELS",
        DefaultValueFactory = _ => SampleScenes.Size,
    };

    private static readonly Option<bool> ListOnly = new("--list")
    {
        Description = "Write nothing; only list the names, their classes, and what is to be seen.",
    };

    public static Command Create() => CommonOptions.CreatePlain("samples",
        "Writes netviz's sample pictures, of classes that its own network knows, as PNG files. They are computed, not "
        + "photographed, and the same that sample:NAME names.",
        [Names, OutputFolder, Size, ListOnly], Run);

    private static int Run(ParseResult parsed)
    {
        bool list = parsed.GetValue(ListOnly), json = parsed.GetValue(CommonOptions.Json);
        bool quiet = parsed.GetValue(CommonOptions.Quiet);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        int size = parsed.GetValue(Size);
        string[] names = parsed.GetValue(Names) ?? [];
        SampleScene[] scenes = names.Length == 0 ? [.. SampleScenes.All] : [.. names.Select(SampleScenes.Find).Distinct()];
        if (!list) ResultFiles.Check(folder, scenes.Select(scene => $"{scene.Name}.png"));
        var written = new List<object>();
        // Lines appear as files do, unless a progress bar stands in their place.
        ConsoleProgress.Of(parsed).Do("writing", list ? 0 : scenes.Length, progress =>
        {
            for (int i = 0; i < scenes.Length; i++)
            {
                SampleScene scene = scenes[i];
                progress.Report(new WorkNoted(scene.Name));
                string? path = list ? null : Path.Combine(folder, $"{scene.Name}.png");
                if (path is not null) ImageFile.WritePng(SampleScenes.Read(scene, size), path, ResultKind.Scene);
                written.Add(new
                {
                    scene.Name,
                    Class = scene.ClassName,
                    scene.WordNetId,
                    scene.Description,
                    Output = path,
                    Size = list ? (int?)null : size,
                });
                progress.Advance(i + 1);
                if (!json && !quiet)
                    Console.WriteLine($"{path ?? scene.Name}: {scene.Description} ({scene.ClassName}, {scene.WordNetId})");
            }

            return true;
        });
        if (json) Output.PrintJson(written);
        return 0;
    }
}
