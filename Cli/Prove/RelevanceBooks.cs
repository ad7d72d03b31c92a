using System.CommandLine;
using System.Globalization;
using NetViz.Analysis.Relevance;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Rules;
using Spectre.Console;

namespace NetViz.Cli.Prove;

/// <summary><c>netviz prove --rule lrp.NAME</c>: the books of relevance, layer by layer.</summary>
internal static class RelevanceBooks
{
    /// <summary>Proves and prints; returns the exit code, 1 where books do not balance.</summary>
    public static int Run(ParseResult parsed, LoadedModel model, BackwardRule rule, string? folder)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        using OneImage image = OneImage.Open(parsed, model);
        RelevanceReport found = JobProgress.Run("proving", 1, quiet || json, progress => RelevanceProof.Of(image.Record, image.Seed,
            rule, (layer, done) =>
            {
                progress.Report(done);
                progress.Note(layer);
            }));
        var report = new
        {
            Image = image.File.Path, ImageSha256 = Convert.ToHexStringLower(image.File.Sha256()),
            ClassIndex = image.Class.Index, ClassName = image.Class.Name, image.Class.Score, Model = model.Model.Path,
            ModelSha256 = model.Model.Sha256, Device = model.Prepared.Kernels.Name, Output.Version, found.Holds, Proof = found,
        };
        if (folder is not null) Output.WriteJson(Path.Combine(folder, "relevance.json"), report);
        if (json) Output.PrintJson(report);
        else if (!quiet || !found.Holds) Print(image, model, found);
        return found.Holds ? 0 : 1;
    }

    private static void Print(OneImage image, LoadedModel model, RelevanceReport found)
    {
        Console.WriteLine(image.ToString());
        Console.WriteLine(Printable.Line($"{Path.GetFileName(model.Model.Path)} on {model.Prepared.Kernels.Name}; relevance comes down by "
            + $"{found.Rule}"));
        Table table = Output.Table("<layer", "<rule", "R above", "R below", "bias took", "epsilon took", "gap", "bound");
        foreach (RelevanceRow row in found.Rows)
        {
            string[] cells =
            [
                row.Layer, row.Rule, Number(row.Above), Number(row.Below), Number(row.Bias), Number(row.Stabiliser),
                row.Gap.ToString("0.0e0", CultureInfo.InvariantCulture), row.Bound.ToString("0.0e0", CultureInfo.InvariantCulture),
            ];
            cells = [.. cells.Select(cell => Markup.Escape(Printable.Line(cell)))];
            table.AddRow(row.Holds ? cells : [.. cells.Select(cell => $"[red]{cell}[/]")]);
        }

        Output.Console.Write(table);
        int failing = found.Rows.Count(row => !row.Holds);
        Console.WriteLine(failing == 0
            ? $"The books of {Counted.Of(found.Rows.Count, "layer")} balance: of {Number(found.Start)} at the start "
                + $"{Number(found.AtImage)} came to the image, biases took {Number(found.Bias)}, epsilon {Number(found.Stabiliser)}."
            : $"{failing} of {Counted.Of(found.Rows.Count, "layer")} {Counted.Form(failing, "fails", "fail")}.");
        foreach (RelevanceRow row in found.Rows.Where(row => !row.Holds))
            Console.WriteLine(Printable.Line($"FAILS {row.Layer}: {string.Join("; ", row.Faults!)}"));
    }

    private static string Number(double value) => NumberText.Fixed(value, "0.000000");
}
