namespace NetViz.Analysis.LinearRegions;

/// <summary>How far the linear picture of one score holds from an image along a line, to both sides.</summary>
/// <param name="ClassIndex">The class c.</param>
/// <param name="Score">S_c at the image.</param>
/// <param name="GradientSlope">The gradient's product with the unit direction, &lt;w, v&gt;, from the backward pass.</param>
/// <param name="GradientNorm">||w||.</param>
/// <param name="ImageNorm">||I_0|| in input units.</param>
/// <param name="Direction">v, of norm 1, row-major.</param>
/// <param name="DirectionNorm">The norm of the direction as it was given.</param>
/// <param name="Bits">Rectifier outputs that the score depends on.</param>
/// <param name="SwitchCount">Max-pooling windows that the score depends on.</param>
/// <param name="Smooth">
/// Layers between image and score that are not piecewise linear (LRN, an inner softmax): with any of them the distances are
/// estimates to first order, and no radius is claimed.
/// </param>
/// <param name="Sides">Along +v, then along -v.</param>
public sealed record LinearRegionResult(int ClassIndex, double Score, double GradientSlope, double GradientNorm, double ImageNorm,
    double[] Direction, double DirectionNorm, long Bits, long SwitchCount, IReadOnlyList<string> Smooth,
    IReadOnlyList<RadiusSide> Sides)
{
    /// <summary>Whether the network is piecewise linear between image and score.</summary>
    public bool IsExact => Smooth.Count == 0;

    /// <summary>Whether every statement made was confirmed by forward passes; none is made where it is not exact.</summary>
    public bool Holds => !IsExact || Sides.All(side => side.Check?.Holds ?? true);
}

/// <summary>One side of the line.</summary>
/// <param name="Sign">+1 or -1.</param>
/// <param name="Slope">dS_c/dt on this side, from the tangent.</param>
/// <param name="AtOnce">Elements on a kink or in a tie that flip at any step however small.</param>
/// <param name="First">The first flip beyond; null where none ever comes.</param>
/// <param name="Stages">At the first flip, at 0.1 % and at 1 % of all bits and switches, those that exist.</param>
/// <param name="Layers">The same by layer.</param>
/// <param name="Check">The forward passes just below and just above; null where nothing flips.</param>
public sealed record RadiusSide(int Sign, double Slope, long AtOnce, Flip? First, IReadOnlyList<RadiusStage> Stages,
    IReadOnlyList<RadiusLayer> Layers, RadiusCheck? Check)
{
    /// <summary>The largest step for which no bit and no switch differs from the image's: 0 where some flip at once.</summary>
    public double Radius => AtOnce > 0 ? 0 : First?.Distance ?? double.PositiveInfinity;
}

/// <summary>One distance along the line: what the tangent says, and what a forward pass there finds.</summary>
/// <param name="Name"><c>first</c>, <c>0.1 %</c> or <c>1 %</c>.</param>
/// <param name="Distance">t.</param>
/// <param name="Predicted">Flips by the tangent, which is exact only up to the first.</param>
/// <param name="Counted">Flips counted by a forward pass.</param>
/// <param name="LinearScore">S_c + t dS_c/dt.</param>
/// <param name="Score">S_c there.</param>
public sealed record RadiusStage(string Name, double Distance, long Predicted, long Counted, double LinearScore, double Score);

/// <summary>One rectifier or max-pooling.</summary>
/// <param name="Layer">Its name.</param>
/// <param name="Operator">Its ONNX operator.</param>
/// <param name="Elements">Its bits or switches.</param>
/// <param name="AtOnce">How many flip at any step however small.</param>
/// <param name="First">Its first flip by the tangent; null where none comes.</param>
/// <param name="Predicted">Flips by the tangent at each stage.</param>
/// <param name="Counted">Flips counted at each stage.</param>
public sealed record RadiusLayer(string Layer, string Operator, long Elements, long AtOnce, Flip? First,
    IReadOnlyList<long> Predicted, IReadOnlyList<long> Counted);

/// <summary>Forward passes in double just below and just above the first flip.</summary>
/// <param name="Margin">
/// How far below and above, as a share of the distance: 1e-9, or more where the two numbers that meet are so close that rounding
/// (64 x 2^-53 of the layer's largest input) would decide.
/// </param>
/// <param name="FlipsBelow">Bits and switches that differ just below, those that flip at once apart; 0 is claimed.</param>
/// <param name="LinearScoreBelow">S_c + t dS_c/dt just below.</param>
/// <param name="ScoreBelow">S_c there, which must be the same.</param>
/// <param name="ScoreBound">By how much rounding may part the two: 1e-10 of the largest score's size.</param>
/// <param name="FlipsAbove">Bits and switches that differ just above.</param>
/// <param name="HasFlipped">Whether the predicted element is among them, and as predicted.</param>
/// <param name="SlopeGap">|dS_c/dt - &lt;w, v&gt;|: tangent against backward pass; null where elements flip at once.</param>
/// <param name="SlopeBound">By how much rounding may part those.</param>
public sealed record RadiusCheck(double Margin, long FlipsBelow, double LinearScoreBelow, double ScoreBelow, double ScoreBound,
    long FlipsAbove, bool HasFlipped, double? SlopeGap, double SlopeBound)
{
    /// <summary>|S_c - linear S_c| just below.</summary>
    public double ScoreGap => Math.Abs(ScoreBelow - LinearScoreBelow);

    /// <summary>Whether all of it is as claimed.</summary>
    public bool Holds => FlipsBelow == 0 && HasFlipped && ScoreGap <= ScoreBound && !(SlopeGap > SlopeBound);
}
