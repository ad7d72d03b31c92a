using System.Globalization;
using NetViz.Analysis.Proofs;
using NetViz.Engine;

namespace NetViz.Visualisation.Reports;

/// <summary>
/// A <see cref="ProofReport"/> as text: the cells of its table, what they mean, and the section of a page that holds both.
/// Terminal and page show the same.
/// </summary>
public static class ProofSection
{
    /// <summary>The table's headings; columns of numbers begin with &gt;.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["layer", "what it is", ">adjoint gap", ">ulps", ">relative", ">of bound", "verdict"];

    /// <summary>The cells of one layer's row.</summary>
    public static IReadOnlyList<string> Cells(ProofRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        bool parts = row.PartedElements is not null;
        string verdict = !row.Holds ? $"FAILS ({row.Verdict} is stated)"
            : row.SignalNorm == 0 ? "no signal arrives"
            : parts ? string.Create(CultureInfo.InvariantCulture, $"parts: {row.PartedElements:N0} ({PartedShare(row)})")
            : row.Verdict;
        return
        [
            row.Layer, row.Sums == "winograd" ? $"{row.What}, Winograd" : row.What, Small(row.AdjointGap),
            row.LargestUlps is double ulps ? ulps.ToString(ulps < 10 ? "0.#" : "0", CultureInfo.InvariantCulture) : "",
            Small(row.RelativeDifference),
            row.ShareOfBound is double share ? Percent(share) : "",
            verdict,
        ];
    }

    /// <summary>What the columns mean, a sentence each.</summary>
    public static IReadOnlyList<string> Legend(ProofReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var legend = new List<string>
        {
            $"The rule {report.Trajectory} brings a signal r down to each layer's output. From there it goes one layer down "
            + "twice: by the engine's backward pass, and by a literal DeconvNet in double that shares no code with it (unpool at "
            + "the switches, rectify, convolve with flipped filters).",
            "adjoint gap: |<Ax, y> - <x, A'y>| / (|Ax| |y|) for random x and y, A the layer's linear part at this image and A' "
            + "the engine's gradient.",
            "ulps: the largest difference of gradient and DeconvNet, in units in the last place of a float32 as large as the "
            + "signal's largest value; relative: their distance over the larger of their norms.",
        };
        bool byTerms = report.Rows.Any(row => row.Bound.StartsWith('K') && row.ShareOfBound is not null);
        string[] inNorm = [.. report.Rows.Where(row => !row.Bound.StartsWith('K') && row.ShareOfBound is not null)
            .Select(row => row.Sums is null ? "at LRN" : "where Winograd's transforms compute a convolution").Distinct()];
        if (byTerms || inNorm.Length > 0)
        {
            string bounds = (byTerms ? "K 2^-23 sum |w||r| for an element that is a sum of K terms" : "")
                + (byTerms && inNorm.Length > 0 ? ", and " : "")
                + (inNorm.Length > 0 ? $"1e-5 in norm {string.Join(" and ", inNorm)}" : "");
            legend.Add($"of bound: how much was reached of what rounding may do: {bounds}. Rows without it must be equal.");
        }

        if (report.Rows.Any(row => row.Verdict == ProofVerdict.Parts))
        {
            bool normalises = report.Rows.Any(row => row.What == "LRN");
            string lrn = normalises ? "; DeconvNet passes LRN over, the gradient differentiates it" : "";
            legend.Add("parts: at how many elements they differ. DeconvNet gives f(r) and the gradient r f'(x), each exactly; a "
                + $"ReLU parts them where one of x > 0 and r > 0 holds without the other{lrn}.");
        }

        return legend;
    }

    /// <summary>What was found at the layers at which a statement fails, a line each.</summary>
    public static IEnumerable<string> Faults(ProofReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Rows.SelectMany(row => (row.Faults ?? []).Select(fault => $"{row.Layer}: {fault}"));
    }

    /// <summary>Adds the proof to a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="report">The proof.</param>
    /// <param name="level">The heading's level.</param>
    /// <param name="folded">Whether the table is to be opened by the reader; where a statement fails it is open.</param>
    public static HtmlPage Proof(this HtmlPage page, ProofReport report, int level = 2, bool folded = false)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(report);
        page.Heading("Where gradient and DeconvNet are the same, and where they part", level);
        page.Paragraph(report.Conclusion);
        if (!report.Holds) page.List(Faults(report));
        void Table(HtmlPage to) =>
            to.Table(Columns, report.Rows.Select(Cells), i => !report.Rows[i].Holds).List(Legend(report));
        if (folded && report.Holds) return page.Details($"The {Counted.Of(report.Rows.Count, "layer")}, and what was "
            + "measured", Table);
        Table(page);
        return page;
    }

    private static string Small(double value) =>
        value == 0 ? "0" : value.ToString(value < 0.01 ? "0.0e-0" : "0.000", CultureInfo.InvariantCulture);

    private static string PartedShare(ProofRow row) => Percent(row.PartedElements!.Value / (double)Math.Max(1, row.Elements));

    private static string Percent(double share) =>
        share == 0 ? "0" : share < 0.0005 ? "< 0.1 %" : $"{(100 * share).ToString("0.0", CultureInfo.InvariantCulture)} %";
}
