using System.Globalization;
using NetViz.Analysis.Relevance;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Prove;

/// <summary>The books of relevance, layer by layer, as <c>netviz prove --rule lrp.NAME</c> prints them.</summary>
internal static class RelevanceBooks
{
    public static void Print(ProveResult result)
    {
        (RelevanceReport found, Explainer model) = (result.Relevance!, result.Model);
        Console.WriteLine(result.Title);
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
