using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Visualisation.Maps;

namespace NetViz.Procedures;

/// <summary>The maps that <see cref="Explainer.Saliency"/> computes.</summary>
public enum MapKind
{
    /// <summary>The signal at the image under each rule; of the gradient the map of arXiv 1312.6034, section 3.</summary>
    Signal,

    /// <summary>The mean signal over noisy copies (Smilkov et al. 2017), under each rule.</summary>
    SmoothGrad,

    /// <summary>The image times the signal, under each rule.</summary>
    InputXGradient,

    /// <summary>Integrated gradients (Sundararajan et al. 2017).</summary>
    IntegratedGradients,

    /// <summary>What a square takes from score and probability, as a function of its place (Zeiler and Fergus 2013).</summary>
    Occlusion,

    /// <summary>Activations of a layer weighted by the mean of their gradients (Selvaraju et al. 2017).</summary>
    GradCam,

    /// <summary>Activations of a layer times their gradients (Draelos and Carin 2020).</summary>
    HiResCam,

    /// <summary>Activations of a layer times the positive part of their gradients (Jiang et al. 2021).</summary>
    LayerCam,

    /// <summary>Grad-CAM, enlarged, times the guided signal.</summary>
    GuidedGradCam,

    /// <summary>DeepLIFT, rescale rule (Shrikumar et al. 2017).</summary>
    DeepLift,

    /// <summary>The mean of integrated gradients over baselines (Erion et al. 2021).</summary>
    ExpectedGradients,

    /// <summary>The input and the biases times their gradients (Srinivas and Fleuret 2019).</summary>
    FullGrad,
}

/// <summary>The names of maps.</summary>
internal static class MapNames
{
    /// <summary>Every map by its name.</summary>
    public static IReadOnlyDictionary<string, MapKind> All { get; } =
        new Dictionary<string, MapKind>(StringComparer.OrdinalIgnoreCase)
        {
            ["signal"] = MapKind.Signal,
            ["smoothgrad"] = MapKind.SmoothGrad,
            ["input-x-gradient"] = MapKind.InputXGradient,
            ["integrated-gradients"] = MapKind.IntegratedGradients,
            ["occlusion"] = MapKind.Occlusion,
            ["grad-cam"] = MapKind.GradCam,
            ["hires-cam"] = MapKind.HiResCam,
            ["layer-cam"] = MapKind.LayerCam,
            ["guided-grad-cam"] = MapKind.GuidedGradCam,
            ["deep-lift"] = MapKind.DeepLift,
            ["expected-gradients"] = MapKind.ExpectedGradients,
            ["full-grad"] = MapKind.FullGrad,
        };

    /// <summary>Whether a map weighs a layer's activations.</summary>
    public static bool IsCam(MapKind kind) =>
        kind is MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam or MapKind.GuidedGradCam;

    /// <summary>
    /// Whether a map's pictures are drawn from the map itself, whose signal has other rows and columns or channels.
    /// </summary>
    public static bool IsDrawnFromMap(MapKind kind) =>
        kind is MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam or MapKind.FullGrad;

    /// <summary>Whether a map begins at a baseline.</summary>
    public static bool HasBaseline(MapKind kind) =>
        kind is MapKind.IntegratedGradients or MapKind.DeepLift or MapKind.ExpectedGradients;

    /// <summary>A map's name.</summary>
    public static string Of(MapKind kind) => All.First(name => name.Value == kind).Key;

    /// <summary>The map of a name.</summary>
    /// <exception cref="NetVizException">There is none.</exception>
    public static MapKind Find(string name) => All.TryGetValue(name, out MapKind kind) ? kind
        : throw new NetVizException($"`Map` '{name}' is unknown", $"there are {string.Join(", ", All.Keys)}");
}

/// <summary>Which maps are computed, and their constants.</summary>
public sealed record MapSettings
{
    /// <summary>The maps, in the order in which they are shown.</summary>
    public IReadOnlyList<MapKind> Kinds { get; init; } = [MapKind.Signal];

    /// <summary>Whether each map is the mean over ten crops, as the paper classifies.</summary>
    public bool TenCrops { get; init; }

    /// <summary>Columns to resize to before the ten crops are cut; null for the model's preprocessing.</summary>
    public int? CropsFrom { get; init; }

    /// <summary>Noisy copies of SmoothGrad, 1 to 100000.</summary>
    public int Samples { get; init; } = SmoothGrad.DefaultSamples;

    /// <summary>Deviation of SmoothGrad's noise as a share of the input's range, 0 to 10.</summary>
    public double Noise { get; init; } = SmoothGrad.DefaultNoise;

    /// <summary>The seed of SmoothGrad's noise.</summary>
    public ulong NoiseSeed { get; init; } = 1;

    /// <summary>Steps of integrated gradients, 1 to 100000.</summary>
    public int Steps { get; init; } = IntegratedGradients.DefaultSteps;

    /// <summary>Side and stride of occlusion's square in input pixels; null for a seventh of the shorter side.</summary>
    public (int Side, int Stride)? Square { get; init; }

    /// <summary>
    /// Where integrated gradients begin and what DeepLIFT takes differences from: a name of <see cref="ReferenceImage"/> or a
    /// file; null for zero. For expected gradients a folder of pictures.
    /// </summary>
    public string? Baseline { get; init; }

    /// <summary>Where DeepLIFT's max-pools send.</summary>
    public DeepLiftPools LiftPools { get; init; }

    /// <summary>Whether class activation maps keep what speaks against the class.</summary>
    public bool IsCamSigned { get; init; }

    /// <summary>Whether some map looks at a layer's activations.</summary>
    internal bool HasCam => Kinds.Any(MapNames.IsCam);

    /// <summary>
    /// What occlusion's square is filled with: a name of <see cref="ReferenceImage"/> or a file; null for grey.
    /// </summary>
    public string? Fill { get; init; }

    /// <summary>Refuses what contradicts itself.</summary>
    /// <param name="hasRules">Whether rules are named.</param>
    /// <param name="isInner">Whether the signal of an inner layer is wanted.</param>
    /// <param name="hasLedger">Whether the Taylor ledger is wanted.</param>
    /// <exception cref="NetVizException">A number makes no sense, or settings contradict each other.</exception>
    internal void Check(bool hasRules, bool isInner, bool hasLedger)
    {
        if (Baseline is not null && !Kinds.Any(MapNames.HasBaseline)) RequireMap(nameof(Baseline), MapKind.IntegratedGradients);
        if (Fill is not null) RequireMap(nameof(Fill), MapKind.Occlusion);
        if (CropsFrom is not null && !TenCrops) throw new NetVizException("`CropsFrom` belongs to `TenCrops`");
        if (TenCrops && Kinds.Contains(MapKind.Occlusion))
            throw new NetVizException("`TenCrops` and occlusion do not go together", "occlusion looks at the centre crop");
        if (TenCrops && hasLedger)
            throw new NetVizException("`TenCrops` and `Ledger` do not go together: each crop has a score of its own");
        if (IsCamSigned && !Kinds.Any(kind => MapNames.IsCam(kind) && kind != MapKind.GuidedGradCam))
            throw new NetVizException("`Signed` belongs to `Map` grad-cam, hires-cam or layer-cam");
        if (TenCrops && Kinds.FirstOrDefault(kind => kind >= MapKind.GradCam) is var late and >= MapKind.GradCam)
        {
            throw new NetVizException($"`TenCrops` and {MapNames.Of(late)} do not go together",
                $"{MapNames.Of(late)} looks at the centre crop");
        }

        if (Kinds.Contains(MapKind.ExpectedGradients) && !Directory.Exists(Baseline))
        {
            throw new NetVizException(Baseline is null
                ? "`Map` expected-gradients needs `Baseline` DIR, a folder of pictures"
                : $"`Baseline` '{Baseline}' is no folder; `Map` expected-gradients takes its baselines from one");
        }

        if (HasCam && Kinds.Any(kind => !MapNames.IsCam(kind)) && isInner)
            throw new NetVizException("`Layer` names the layer of class activation maps here; other maps go without it");
        if (isInner && !HasCam && (TenCrops || Kinds.Any(kind => kind != MapKind.Signal)))
            throw new NetVizException("`Layer` goes with the map 'signal' of one crop; other maps are of the image");
        if (hasRules && Kinds.All(kind => kind is MapKind.IntegratedGradients or MapKind.Occlusion or >= MapKind.GradCam))
        {
            throw new NetVizException($"`Rules` does not go with the map '{MapNames.Of(Kinds[0])}', which "
                + (Kinds[0] == MapKind.Occlusion ? "has no backward pass" : "is made of gradients alone"),
                "smoothgrad and input-x-gradient know all rules");
        }

        Require(Samples is >= 1 and <= 100_000, nameof(Samples), Samples, "1 to 100000");
        Require(Noise is >= 0 and <= 10, nameof(Noise), Noise, "0 to 10");
        Require(Steps is >= 1 and <= 100_000, nameof(Steps), Steps, "1 to 100000");
    }

    private void RequireMap(string setting, MapKind kind)
    {
        if (!Kinds.Contains(kind)) throw new NetVizException($"`{setting}` belongs to `Map` {MapNames.Of(kind)}");
    }

    private static void Require(bool holds, string setting, IFormattable value, string supported)
    {
        if (!holds)
        {
            throw new NetVizException(
                $"`{setting}` {value.ToString(null, CultureInfo.InvariantCulture)}; {supported} is supported");
        }
    }
}
