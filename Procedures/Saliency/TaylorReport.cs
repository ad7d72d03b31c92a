using NetViz.Analysis.Traces;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using Spectre.Console;

namespace NetViz.Cli.Saliency;

/// <summary>The Taylor ledger of a score in x.json.</summary>
internal sealed record TaylorReport(double Score, double ImageTerm, IReadOnlyList<TaylorTerm> Terms, double Sum, double Gap,
    double? GapToScore, double? GapToTerms, IReadOnlyList<string> NotPiecewiseLinear)
{
    // Of a score of 0, or of terms that are all 0, a share of the gap is undefined.
    public static TaylorReport? Of(TaylorLedger? ledger) => ledger is null ? null : new TaylorReport(ledger.Score,
        ledger.ImageTerm, ledger.Terms, ledger.Sum, ledger.Gap, Defined(ledger.Score == 0, ledger.GapToScore),
        Defined(ledger.Magnitudes == 0, ledger.GapToTerms), ledger.Curved);

    private static double? Defined(bool isOfZero, double share) => isOfZero ? null : share;

    /// <summary>Prints it for people.</summary>
    /// <param name="className">The class whose score it is.</param>
    /// <param name="rules">The rules that were asked for; the ledger is the gradient's.</param>
    /// <param name="network">The network.</param>
    public void Print(string className, BackwardRule[] rules, Network network)
    {
        Console.WriteLine(Printable.Line($"Taylor ledger of {className}: S = <w, I> + sum over layers of <dS/db, b>, w = dS/dI"));
        Table table = Output.Table("term", "value");
        table.AddRow("<w, I>", NumberText.Fixed(ImageTerm, "0.000000"));
        foreach (TaylorTerm term in Terms)
        {
            table.AddRow(Markup.Escape(Printable.Line($"{term.Layer}, {term.Constant}")),
                NumberText.Fixed(term.Value, "0.000000"));
        }

        table.AddRow("their sum", NumberText.Fixed(Sum, "0.000000"));
        table.AddRow("S, by the forward pass", NumberText.Fixed(Score, "0.000000"));
        Output.Console.Write(table);
        double magnitudes = Math.Abs(ImageTerm) + Terms.Sum(term => Math.Abs(term.Value));
        Console.WriteLine($"gap {NumberText.Fixed(Gap, "G3")}: {ScoreText.Ratio(Math.Abs(Gap), Math.Abs(Score), "G2", "|S|")}, "
            + ScoreText.Ratio(Math.Abs(Gap), magnitudes, "G2", "the sum of the terms' magnitudes"));
        if (NotPiecewiseLinear.Count > 0)
        {
            Console.WriteLine(Printable.Line("The network is not piecewise linear: the identity does not hold, and the gap is no "
                + $"rounding ({string.Join(", ", NotPiecewiseLinear)})"));
        }
        if (!rules.Any(rule => rule.IsGradient(network)))
        {
            Console.WriteLine(Printable.Line("w is the gradient's signal, which was not asked for: under "
                + $"{string.Join(", ", rules.Select(rule => rule.Name))} it is no derivative, and the identity does not hold"));
        }
    }
}
