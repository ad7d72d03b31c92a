using NetViz.Analysis.Proofs;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>Section 4 of the paper for this image: the proof layer by layer, and the score told by its own gradient.</summary>
internal static class SectionFour
{
    public static ReportSection Section { get; } = new("section-4",
        network => [.. Proof.ActivationsFor(network).Union(TaylorLedger.Keeps(network))], Write);

    private static void Write(HtmlPage page, ReportedImage reported)
    {
        OneImage image = reported.Image;
        page.Proof(Proof.Of(image.Record, image.Seed, BackwardRule.Gradient), level: 3, folded: true);
        TaylorLedger ledger = TaylorLedger.Of(image.Record, [image.Class.Index])[0];
        page.Heading("The score told by its gradient", 3);
        page.Paragraph(ledger.Curved.Count == 0
            ? "A network of linear layers, rectifiers and max-poolings is linear around the image: the score is the gradient "
                + "times the image, plus what the biases of each layer contribute."
            : $"Around {string.Join(", ", ledger.Curved)} the network is curved: the sum need not be the score.");
        page.Details(ledger.Terms.Count == 0 ? "The one term, which is the sum"
            : $"The {ledger.Terms.Count + 1} terms, and their sum", _ => page.Table(["term", ">value"],
        [
            ["gradient times image", NumberText.Fixed(ledger.ImageTerm, "0.00000")],
            .. ledger.Terms.Select(term => (IReadOnlyList<string>)
                [$"{term.Layer}, {term.Constant}", NumberText.Fixed(term.Value, "0.00000")]),
            ["sum", NumberText.Fixed(ledger.Sum, "0.00000")],
            ["score", NumberText.Fixed(ledger.Score, "0.00000")],
        ]));
    }
}
