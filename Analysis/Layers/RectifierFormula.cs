using System.Globalization;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// The rectifiers and their three rules once more, in double and in words, for proofs: independent of Kernels/ReluRules.cs, which
/// they are compared with.
/// </summary>
internal static class RectifierFormula
{
    /// <summary>f(x).</summary>
    public static double Forward(Rectifier f, double x) => f.Kind switch
    {
        RectifierKind.LeakyRelu => x > 0 ? x : f.Slope * x,
        RectifierKind.Clip => Math.Min(Math.Max(x, f.Low), f.High),
        _ => Math.Max(x, 0),
    };

    /// <summary>f'(x) from the bit.</summary>
    public static double Slope(Rectifier f, bool active) => active ? 1 : f.Kind == RectifierKind.LeakyRelu ? f.Slope : 0;

    /// <summary>The signal below: r f'(x), f(r) or f(r) f'(x).</summary>
    public static double Backward(Rectifier f, ReluRule rule, double r, bool active) => rule switch
    {
        ReluRule.DeconvNet => Forward(f, r),
        ReluRule.Guided => Forward(f, r) * Slope(f, active),
        _ => r * Slope(f, active),
    };

    /// <summary>y = f(x) in words.</summary>
    public static string Of(Rectifier f) => "y = " + Function(f, "x");

    /// <summary>The rule in words.</summary>
    /// <param name="f">The rectifier.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="slope">How the slope is called; its number if null.</param>
    public static string Of(Rectifier f, ReluRule rule, string? slope = null)
    {
        string derivative = f.Kind switch
        {
            RectifierKind.LeakyRelu => string.Create(CultureInfo.InvariantCulture, $"(1 if x > 0, else {slope ?? Slope(f)})"),
            RectifierKind.Clip => string.Create(CultureInfo.InvariantCulture, $"1({f.Low} < x < {f.High})"),
            _ => "1(x > 0)",
        };
        return rule switch
        {
            ReluRule.DeconvNet => $"R_n = {Function(f, "r", slope)}",
            ReluRule.Guided => $"R_n = {Function(f, "r", slope)} {derivative}",
            _ => $"R_n = r {derivative}",
        };
    }

    private static string Slope(Rectifier f) => f.Slope.ToString(CultureInfo.InvariantCulture);

    private static string Function(Rectifier f, string x, string? slope = null) => f.Kind switch
    {
        RectifierKind.LeakyRelu => string.Create(CultureInfo.InvariantCulture, $"({x} if {x} > 0, else {slope ?? Slope(f)} {x})"),
        RectifierKind.Clip => string.Create(CultureInfo.InvariantCulture, $"min(max({x}, {f.Low}), {f.High})"),
        _ => $"max({x}, 0)",
    };
}
