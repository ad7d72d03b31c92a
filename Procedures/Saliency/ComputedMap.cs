using System.Numerics.Tensors;
using NetViz.Engine.Rules;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>One map of all images of an input.</summary>
/// <param name="Kind">Which map.</param>
/// <param name="Rule">The rule of its backward passes; null if there are none.</param>
/// <param name="Signal">The raw signal of all images; null for occlusion.</param>
public sealed record ComputedMap(MapKind Kind, BackwardRule? Rule, Tensor<float>? Signal)
{
    /// <summary>The signal in double, which is written in its place where the device computes in double.</summary>
    public Tensor<double>? Exact { get; init; }

    /// <summary>Whether the map's numbers have a sign that it is drawn with, unless a reduction says otherwise.</summary>
    internal bool IsSigned => Kind is MapKind.DeepLift or MapKind.ExpectedGradients
        || (Kind == MapKind.Signal && Rule!.Relevance is not null);

    /// <summary>What is distinguished within one kind, for example score and probability.</summary>
    public string? Part { get; init; }

    /// <summary>The map itself where it is no signal.</summary>
    public SaliencyMap? Map { get; init; }

    /// <summary>Other arrays that belong to it, by what they are called in file names, [rows, columns].</summary>
    public IReadOnlyDictionary<string, Tensor<float>> Arrays { get; init; } = new Dictionary<string, Tensor<float>>();

    /// <summary>All constants of the map, for the .json.</summary>
    internal object? Constants { get; init; }

    /// <summary>What a reader must know, for example the completeness gap.</summary>
    public string? Note { get; init; }

    /// <summary>Why every value of the signal is 0; null where it is not.</summary>
    internal string? ZeroNote { get; init; }

    /// <summary>Only the gradient itself is meant where rules make no difference.</summary>
    private bool IsRuleShown => Kind is MapKind.Signal or MapKind.SmoothGrad or MapKind.InputXGradient;

    /// <summary>For file names: gradient, smoothgrad.gradient, integrated-gradients, occlusion.score.</summary>
    public string FileName => Kind == MapKind.Signal ? Rule!.FileName()
        : $"{MapNames.Of(Kind)}{(IsRuleShown ? $".{Rule!.FileName()}" : "")}{(Part is null ? "" : $".{Part}")}";

    /// <summary>For sheets and reports.</summary>
    public string Name => Kind switch
    {
        MapKind.Signal => Rule!.Name,
        MapKind.InputXGradient => $"input x {Rule!.Name}",
        _ => MapNames.Of(Kind).Replace('-', ' ') + (IsRuleShown ? $", {Rule!.Name}" : "") + (Part is null
            ? "" : $", {Part}"),
    };

    /// <summary>What the signal is called in formulas.</summary>
    public string Symbol => Kind switch
    {
        MapKind.SmoothGrad => "mean w",
        MapKind.InputXGradient => "I w",
        MapKind.IntegratedGradients => "IG",
        MapKind.DeepLift => "m (I - B)",
        MapKind.ExpectedGradients => "EG",
        MapKind.Signal when Rule!.Relevance is not null => "R",
        _ => "w",
    };

    /// <summary>What the map shows, where it is no signal.</summary>
    public string? Formula => Part switch
    {
        "score" => "S(I) - S(I with the square here)",
        "probability" => "P(I) - P(I with the square here)",
        "signed" => "sum over channels of weighted activations",
        _ => Kind is MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam ? "max(sum over channels of weighted activations, 0)"
            : Kind == MapKind.FullGrad ? "sum over layers of |bias x gradient|, scaled" : null,
    };
}
