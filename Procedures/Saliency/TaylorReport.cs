using NetViz.Analysis.Traces;

namespace NetViz.Procedures;

/// <summary>The Taylor ledger of a score in x.json.</summary>
internal sealed record TaylorReport(double Score, double ImageTerm, IReadOnlyList<TaylorTerm> Terms, double Sum, double Gap,
    double? GapToScore, double? GapToTerms, IReadOnlyList<string> NotPiecewiseLinear)
{
    // Of a score of 0, or of terms that are all 0, a share of the gap is undefined.
    public static TaylorReport? Of(TaylorLedger? ledger) => ledger is null ? null : new TaylorReport(ledger.Score,
        ledger.ImageTerm, ledger.Terms, ledger.Sum, ledger.Gap, Defined(ledger.Score == 0, ledger.GapToScore),
        Defined(ledger.Magnitudes == 0, ledger.GapToTerms), ledger.Curved);

    private static double? Defined(bool isOfZero, double share) => isOfZero ? null : share;
}
