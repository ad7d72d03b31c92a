using System.CommandLine;
using System.Numerics.Tensors;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
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
        CommonOptions.Create("classify", "Shows the classes with the highest scores." + BrokenPictures.Help,
            [CommonOptions.Images, Top, BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        int top = parsed.GetValue(Top);
        if (top < 1) throw new NetVizException($"--top {top}; at least 1 is supported");
        IReadOnlyList<InputFile> files = InputFile.Expand(parsed.GetValue(CommonOptions.Images)!);
        using LoadedModel model = LoadedModel.Open(parsed);

        var results = new List<Classified>();
        var broken = new BrokenPictures(parsed, files.Count);
        int done = 0;
        JobProgress.Run("classifying", files.Count, quiet, progress =>
        {
            foreach (InputFile file in files)
            {
                broken.Try(file, () =>
                {
                    Tensor<float> input = file.IsArray ? model.ReadArray(file) : model.ReadPicture(file).Input;
                    using ForwardRecord record = model.Prepared.Forward(input);
                    model.CheckScores(file, record);
                    for (int n = 0; n < record.InputShape.N; n++)
                    {
                        string image = record.InputShape.N > 1 ? $"{file.Path}[{n}]" : file.Path;
                        results.Add(new Classified(image, Ranking.Top(model, record, n, top)) { Compilation = model.Compiled });
                    }
                });
                progress.Report(++done);
            }

            return true;
        });
        broken.RequireAny(files.Count - broken.Count);

        if (json) Output.PrintJson(results);
        else if (!quiet) Print(results);
        broken.Tell(files.Count - broken.Count);
        return 0;
    }

    private static void Print(List<Classified> results)
    {
        IAnsiConsole console = Output.Console;
        foreach (Classified result in results)
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

    private sealed record Classified(string Image, IReadOnlyList<RankedClass> Top)
    {
        /// <summary>A GPU's kernels compiled so far.</summary>
        public CompiledKernels? Compilation { get; init; }
    }
}

/// <summary>
/// A class with its score before the softmax and its softmax over all classes; null where the network has one score only.
/// </summary>
internal sealed record RankedClass(int Index, string Name, float Score, float? Probability)
{
    /// <summary>Score and probability for people.</summary>
    public string ScoreInWords => ScoreText.Of(Score, Probability);
}

/// <summary>Classes by score.</summary>
internal static class Ranking
{
    /// <summary>The classes of image n with the highest scores; of equal scores the lower index comes first.</summary>
    public static IReadOnlyList<RankedClass> Top(LoadedModel model, ForwardRecord record, int n, int count)
    {
        float[] scores = record.ScoresOf(n);
        return [.. Enumerable.Range(0, scores.Length).OrderByDescending(c => scores[c]).Take(count)
            .Select(c => Of(model, record, n, c))];
    }

    /// <summary>One class of image n.</summary>
    public static RankedClass Of(LoadedModel model, ForwardRecord record, int n, int index) =>
        new(index, model.Model.ClassName(index), record.ScoreOf(n, index),
            model.Model.HasProbabilities ? record.ProbabilityOf(n, index) : null);

    /// <summary>A class with its score and probability, means over all images.</summary>
    public static RankedClass Mean(LoadedModel model, ForwardRecord record, int index)
    {
        RankedClass[] all = [.. Enumerable.Range(0, record.InputShape.N).Select(n => Of(model, record, n, index))];
        return all.Length == 1 ? all[0]
            : all[0] with { Score = all.Average(image => image.Score), Probability = all.Average(image => image.Probability) };
    }

    /// <summary>The class with the highest mean probability over all images, as ten-crop classification has it.</summary>
    public static int TopOfMeans(ForwardRecord record)
    {
        Tensor<float> probabilities = record.Probabilities;
        return Enumerable.Range(0, (int)probabilities.Lengths[1])
            .MaxBy(c => Enumerable.Range(0, record.InputShape.N).Sum(n => (double)probabilities[n, c]));
    }
}
