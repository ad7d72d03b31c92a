using System.Globalization;
using NetViz.Analysis.Traces;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Procedures;

namespace NetViz.Cli.Tracing;

/// <summary>A trace on the screen: one block a number, whose lines add up as printed.</summary>
/// <param name="record">What the forward pass left.</param>
/// <param name="backward">Whether signals are traced; else activations.</param>
/// <param name="terms">How many terms to print of each sum.</param>
/// <param name="device">The back-end's name.</param>
internal sealed class TraceText(ForwardRecord record, bool backward, int terms, string device)
{
    private readonly Network _network = record.Prepared.Network;
    private readonly string _quantity = backward ? "R" : "x";

    /// <summary>Prints the steps from the element down to the last term.</summary>
    public void Print(IReadOnlyList<TraceStep> chain)
    {
        foreach (TraceStep step in chain) Print(step);
    }

    private void Print(TraceStep step)
    {
        Line(Invariant($"{_quantity} = {NumberText.Fixed(step.Engine, "g9")}  at {Name(step.Tensor, step.Index)}"));
        foreach (TracePart part in step.Parts)
        {
            string note = part.Note is null ? "" : $"; {part.Note}";
            string count = part.Terms.Count > 1 ? $", {part.Terms.Count:n0} terms" : "";
            string own = step.Parts.Count > 1 ? Invariant($" [{NumberText.Fixed(part.Sum, "g9")} in all]") : "";
            Line($"  {part.Operator} {part.Layer}: {part.Equation}{count}{note}{own}");
        }

        if (IsPassedOn(step))
        {
            if (!step.AddsUp) Failed(step);
        }
        else if (step.Parts.Count > 0)
        {
            Sum(step);
        }

        if (step.End is not null) Line($"  {step.End}");
    }

    /// <summary>One term of weight 1, or a rectifier's, whose note tells all: nothing to add up.</summary>
    private static bool IsPassedOn(TraceStep step) =>
        step.Parts is [{ Constant: null, Terms: [{ Weight: 1 or null }] or [] }]
        || step.Parts is [{ Constant: null, Terms: [{ WeightName: null }] }];

    private void Sum(TraceStep step)
    {
        TraceTerm[] all = [.. step.Terms], shown = [.. all.Take(terms).TakeWhile((term, k) => k == 0 || term.Product != 0)];
        double[] constants = [.. step.Parts.Select(part => part.Constant).OfType<double>()];
        double rest = all.Skip(shown.Length).Sum(term => term.Product);
        double[] numbersShown = [.. shown.Select(term => term.Product), .. constants, rest, step.Sum];
        var digits = new SumDigits(numbersShown.Max(Math.Abs));
        var rows = new List<(string Left, double Units, string Note)>();
        int weights = Width(shown, term => term.WeightName ?? ""), factors = Width(shown, term => Number(term.Weight));
        int places = Width(shown, term => Place(step, term)), values = Width(shown, term => Number(term.Value));
        foreach (TraceTerm term in shown)
        {
            string left = (term.WeightName ?? "").PadRight(weights) + (weights > 0 ? "  " : "")
                + Number(term.Weight).PadLeft(factors)
                + $" * {Place(step, term).PadRight(places)} {Number(term.Value).PadLeft(values)}";
            rows.Add((left, digits.Rounded(term.Product), ""));
        }

        foreach (double constant in constants) rows.Add(("constant (bias)", digits.Rounded(constant), ""));
        // The last digit of the other terms' sum takes up the rounding of the lines above, so that the column adds up.
        double total = digits.Rounded(step.Sum), left0 = total - rows.Sum(row => row.Units);
        int others = all.Length - shown.Length;
        if (others > 0) rows.Add(($"{others:n0} other {Counted.Form(others, "term", "terms")}", left0, ""));
        else if (left0 != 0) rows.Add(("rounding of the digits printed", left0, ""));
        rows.Add(("sum", total, ""));
        rows.Add(($"{device}'s number", digits.Rounded(step.Engine),
            Invariant($"apart by {step.Difference:0.0e-0}, {(step.AddsUp ? "within" : "BEYOND")} {step.Bound:0.0e-0}")));

        if (digits.Unit.Length > 0) Line($"    in units of {digits.Unit}:");
        int width = rows.Max(row => row.Left.Length), numbers = rows.Max(row => digits.PrintRounded(row.Units).Length);
        foreach ((string left, double units, string note) in rows)
            Line($"    {left.PadRight(width)} = {digits.PrintRounded(units).PadLeft(numbers)}  {note}".TrimEnd());
    }

    private static void Failed(TraceStep step) => Line(Invariant(
        $"    the term makes {NumberText.Fixed(step.Sum, "g9")}: apart by {step.Difference:0.0e-0}, BEYOND {step.Bound:0.0e-0}"));

    /// <summary>Where a term's value stands; with the layer where there are several.</summary>
    private string Place(TraceStep step, TraceTerm term)
    {
        string element = Element(term.Index, term.TensorIndex);
        bool several = step.Parts.Count > 1 || step.Parts[0].Terms.Any(other => other.TensorIndex != term.TensorIndex);
        return several ? $"{_quantity}({term.Tensor}; {element})" : $"{_quantity}({element})";
    }

    private string Name(string tensor, IReadOnlyList<int> index) =>
        $"{tensor} ({Element(index, _network.Find(tensor))})";

    private string Element(IReadOnlyList<int> index, int tensor) =>
        ElementText.Of(index, record.ShapeOf(_network.NameOf(tensor)), _network.LayoutOf(tensor));

    private static int Width(TraceTerm[] shown, Func<TraceTerm, string> text) =>
        shown.Length == 0 ? 0 : shown.Max(term => text(term).Length);

    private static string Number(double? value) => value?.ToString("g9", CultureInfo.InvariantCulture) ?? "";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static void Line(string text) => Console.WriteLine(Printable.Line(text));
}
