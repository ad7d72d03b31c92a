using NetViz.Analysis.Traces;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Saliency;

/// <summary>The Taylor ledger as a table.</summary>
internal static class TaylorText
{
    /// <summary>Prints it for people.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="className">The class whose score it is.</param>
    /// <param name="rules">The rules that were asked for; the ledger is the gradient's.</param>
    /// <param name="network">The network.</param>
    public static void Print(TaylorReport ledger, string className, BackwardRule[] rules, Network network)
    {
        Console.WriteLine(Printable.Line($"Taylor ledger of {className}: S = <w, I> + sum over layers of <dS/db, b>, w = dS/dI"));
        Table table = Output.Table("term", "value");
        table.AddRow("<w, I>", NumberText.Fixed(ledger.ImageTerm, "0.000000"));
        foreach (TaylorTerm term in ledger.Terms)
        {
            table.AddRow(Markup.Escape(Printable.Line($"{term.Layer}, {term.Constant}")),
                NumberText.Fixed(term.Value, "0.000000"));
        }

        table.AddRow("their sum", NumberText.Fixed(ledger.Sum, "0.000000"));
        table.AddRow("S, by the forward pass", NumberText.Fixed(ledger.Score, "0.000000"));
        Output.Console.Write(table);
        double magnitudes = Math.Abs(ledger.ImageTerm) + ledger.Terms.Sum(term => Math.Abs(term.Value));
        Console.WriteLine($"gap {NumberText.Fixed(ledger.Gap, "G3")}: {ScoreText.Ratio(Math.Abs(ledger.Gap), Math.Abs(ledger.Score), "G2", "|S|")}, "
            + ScoreText.Ratio(Math.Abs(ledger.Gap), magnitudes, "G2", "the sum of the terms' magnitudes"));
        if (ledger.NotPiecewiseLinear.Count > 0)
        {
            Console.WriteLine(Printable.Line("The network is not piecewise linear: the identity does not hold, and the gap is no "
                + $"rounding ({string.Join(", ", ledger.NotPiecewiseLinear)})"));
        }
        if (!rules.Any(rule => rule.IsGradient(network)))
        {
            Console.WriteLine(Printable.Line("w is the gradient's signal, which was not asked for: under "
                + $"{string.Join(", ", rules.Select(rule => rule.Name))} it is no derivative, and the identity does not hold"));
        }
    }
}
