using System.Globalization;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>What a layer zeroed of the signal and why, in sentences with counts.</summary>
public static class PassageReasons
{
    /// <summary>The sentences, a short one each.</summary>
    public static IReadOnlyList<string> Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (passage.Rectifier is RectifierCases cases)
            return OfRectifier(((RectifierLayer)passage.Node.Layer).Rectifier, passage.Rule, cases);
        if (passage.Pool is UnpoolingCounts pool) return OfPool(passage.Unpooling, pool);
        return passage.Node.Layer switch
        {
            Conv conv => [
                "Linear: nothing is zeroed.",
                $"Each value of R_n is a sum of up to {Count(TermsOf(conv))} products weight x signal"
                    + $"{(conv.Bias.Length > 0 ? "; the bias has no part in it" : "")}."],
            FullyConnected => [
                "Linear: nothing is zeroed.",
                $"Each value of R_n is a sum of {Count(passage.OutputShape[^1])} products weight x signal."],
            Lrn when passage.Rule == ReluRule.DeconvNet => ["Nothing is zeroed: the signal is passed on as it is."],
            Lrn => ["Nothing is zeroed, but channels mix: each output depends on its neighbours."],
            SoftmaxLayer => ["Nothing is zeroed, but all values along its axis mix."],
            AveragePool => ["Linear: nothing is zeroed; what no window covers gets 0."],
            Pad => ["Linear: the border's signal is dropped, a cropped border gets 0."],
            Affine or Sum or Concat => ["Linear: nothing is zeroed."],
            _ => ["Nothing is zeroed."],
        };
    }

    private static string[] OfRectifier(Rectifier f, ReluRule rule, RectifierCases cases)
    {
        string inactive = f.Kind == RectifierKind.Clip ? "x is outside" : "x <= 0", of = $"of {Count(cases.Nonzero)} nonzero r";
        string zeroed = (cases.ZeroedByInput, cases.ZeroedBySignal, cases.ZeroedByBoth) switch
        {
            (0, 0, 0) => $"Zeroed: none {of}.",
            (var byInput, 0, 0) => $"Zeroed: {Count(byInput)} {of}, as {inactive}.",
            (0, var bySignal, 0) => $"Zeroed: {Count(bySignal)} {of}, as {SignalReason(f)}.",
            var (byInput, bySignal, both) => $"Zeroed: {Count(cases.Zeroed)} {of}: {Count(byInput)} as {inactive}, "
                + $"{Count(bySignal)} as {SignalReason(f)}, {Count(both)} for both reasons.",
        };
        if (cases.Changed == 0) return [zeroed];
        string how = f.Kind == RectifierKind.LeakyRelu
            ? rule switch
            {
                ReluRule.Gradient => "multiplied by the slope, as x <= 0",
                ReluRule.DeconvNet => "multiplied by the slope, as r < 0",
                _ => "multiplied by the slope for x <= 0, and for r < 0",
            }
            : "clipped, as r is outside";
        return [zeroed, $"Changed: {Count(cases.Changed)} of these r, {how}."];
    }

    private static string SignalReason(Rectifier f) => f.Kind == RectifierKind.Clip ? "r is clipped to 0" : "r < 0";

    private static string[] OfPool(Unpooling unpooling, UnpoolingCounts pool)
    {
        string windows = $"{Count(pool.WithSignal)} of {Count(pool.Windows)} windows carry a signal"
            + $"{(pool.WithoutSwitch > 0 ? $"; {Count(pool.WithoutSwitch)} lie in the padding" : "")}.";
        string reached = $"It reaches {Count(pool.Reached)} of {Count(pool.Positions)} positions; at the others R_n = 0, "
            + (unpooling == Unpooling.Even ? "as no such window covers them." : "as no such window had its maximum there.");
        string shared = !pool.Overlap ? "Windows do not overlap: no two signals meet."
            : $"Positions where several meet and are added: {Count(pool.Shared)}.";
        return [windows, reached, shared];
    }

    private static long TermsOf(Conv conv) => (long)conv.WeightShape[0] / conv.Groups * conv.Window.Area;

    private static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
