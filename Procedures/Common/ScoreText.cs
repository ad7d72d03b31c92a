using NetViz.Engine;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>Scores and probabilities as people read them.</summary>
internal static class ScoreText
{
    /// <summary>
    /// Why a network of one score has no probabilities: the softmax of one number is 1, whatever the number.
    /// </summary>
    public const string OneScore = "the network has one score, and no probabilities";

    /// <summary>For example <c>score 12.300, probability 77.8 %</c>; of a network's only score, that it has none.</summary>
    /// <param name="score">The score.</param>
    /// <param name="probability">The softmax over all classes; null where there is one score only.</param>
    /// <param name="format">How the score is written.</param>
    public static string Of(double score, double? probability, string format = "0.000") =>
        $"score {NumberText.Fixed(score, format)}"
        + (probability is { } p ? Invariant($", probability {p:P1}") : " (the network's only one: no probability)");

    /// <summary>A probability in per cent; a dash if there is none.</summary>
    public static string Percent(double? probability) => probability is { } p ? Invariant($"{p:P1}") : "-";

    /// <summary>A ratio in a format, or in words that there is none: of 0, no share is defined.</summary>
    /// <param name="part">The part, not negative.</param>
    /// <param name="whole">The whole, not negative.</param>
    /// <param name="format">How the ratio is written.</param>
    /// <param name="ofWhat">What the whole is, for example <c>|S|</c>.</param>
    public static string Ratio(double part, double whole, string format, string ofWhat) => whole == 0
        ? $"undefined as a share of {ofWhat}, which is 0"
        : $"{(part / whole).ToString(format, System.Globalization.CultureInfo.InvariantCulture)} of {ofWhat}";

    /// <summary>A ratio; null where the whole is 0.</summary>
    public static double? Ratio(double part, double whole) => whole == 0 ? null : part / whole;
}
