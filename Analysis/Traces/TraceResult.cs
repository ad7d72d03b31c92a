using System.Text.Json.Serialization;

namespace NetViz.Analysis.Traces;

/// <summary>One summand of a number: product = weight x value.</summary>
/// <param name="Layer">The layer that carries it.</param>
/// <param name="WeightName">Which weight, for example <c>w[5,17,0,1]</c>; null where the layer has none.</param>
/// <param name="Weight">The factor; null where the layer is no multiplication (a rectifier's f).</param>
/// <param name="Tensor">The layer at whose output the value stands, or the input's name.</param>
/// <param name="Element">Which element of it, row-major.</param>
/// <param name="Index">The same as an index of the axes.</param>
/// <param name="Value">
/// Backward the signal R from above, forward the activation x from below, as the back-end has it.
/// </param>
/// <param name="Product">What is added, in double.</param>
public sealed record TraceTerm(string Layer, string? WeightName, double? Weight, string Tensor, long Element,
    IReadOnlyList<int> Index, double Value, double Product)
{
    /// <summary>The tensor's number in the network: 0 for the input, i + 1 for what node i writes.</summary>
    [JsonIgnore]
    public int TensorIndex { get; init; }
}

/// <summary>What one layer does to the number.</summary>
/// <param name="Layer">Its name.</param>
/// <param name="Operator">Its ONNX operator.</param>
/// <param name="Equation">The equation of the layer, and of the rule where that matters.</param>
/// <param name="Note">The decision that was taken there: bit, switch, window; null if there is none.</param>
/// <param name="Terms">The summands, the largest product first.</param>
/// <param name="Constant">Added to them: a bias, a shift, a padding's value; null if there is none.</param>
public sealed record TracePart(string Layer, string Operator, string Equation, string? Note, IReadOnlyList<TraceTerm> Terms,
    double? Constant)
{
    /// <summary>The sum of products and constant.</summary>
    public double Sum { get; } = Terms.Sum(term => term.Product) + (Constant ?? 0);
}

/// <summary>One number and the sum that makes it.</summary>
/// <param name="Tensor">The layer at whose output it stands, or the input's name.</param>
/// <param name="Element">Which element of it, row-major.</param>
/// <param name="Index">The same as an index of the axes.</param>
/// <param name="Engine">The number as the back-end computed it.</param>
/// <param name="Parts">
/// Backward one for each layer that reads the tensor, forward the one that writes it; none at the chain's last number.
/// </param>
/// <param name="Bound">By how much rounding may part the back-end's number from the sum of the terms.</param>
/// <param name="BoundRule">How the bound was derived.</param>
/// <param name="End">Why the chain ends here; null where it goes on.</param>
public sealed record TraceStep(string Tensor, long Element, IReadOnlyList<int> Index, double Engine,
    IReadOnlyList<TracePart> Parts, double Bound, string BoundRule, string? End)
{
    /// <summary>The sum of all parts, in double; the number itself if there is none.</summary>
    public double Sum { get; } = Parts.Count > 0 ? Parts.Sum(part => part.Sum) : Engine;

    /// <summary>|sum - engine|.</summary>
    public double Difference => Math.Abs(Sum - Engine);

    /// <summary>Whether the terms make the number, within the bound.</summary>
    public bool AddsUp => Difference <= Bound;

    /// <summary>All summands, the largest product first.</summary>
    [JsonIgnore]
    public IEnumerable<TraceTerm> Terms =>
        Parts.Count == 1
            ? Parts[0].Terms
            : Parts.SelectMany(part => part.Terms).OrderByDescending(term => Math.Abs(term.Product));

    /// <summary>The summand that the chain follows: the largest product, or, where all are 0, the largest value.</summary>
    [JsonIgnore]
    public TraceTerm? Largest => Terms.FirstOrDefault() is { Product: not 0 } first
        ? first
        : Terms.Where(term => term.Value != 0).MaxBy(term => Math.Abs(term.Value));
}
