using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Localisation;

/// <summary>What proves a localisation, and what it went through.</summary>
/// <param name="Width">Pixels in a row of the picture that was segmented.</param>
/// <param name="Height">Its rows.</param>
/// <param name="ForegroundQuantile">The saliency from which pixels taught the foreground's colours.</param>
/// <param name="BackgroundQuantile">The saliency up to which pixels taught the background's colours.</param>
/// <param name="ForegroundSeeds">Pixels that taught the foreground's colours.</param>
/// <param name="BackgroundSeeds">Pixels that taught the background's colours.</param>
/// <param name="ForegroundPixels">Pixels of the mask before all components but one are left out.</param>
/// <param name="Components">Its connected components, by 8 neighbours.</param>
/// <param name="LargestComponent">Pixels of the largest.</param>
/// <param name="Cut">The cut; null where there was none.</param>
/// <param name="ThresholdPeak">The smoothed map's maximum; null where there was no threshold.</param>
public sealed record LocalisationCertificate(int Width, int Height, double ForegroundQuantile, double BackgroundQuantile,
    int ForegroundSeeds, int BackgroundSeeds, int ForegroundPixels, int Components, int LargestComponent, CutCertificate? Cut,
    double? ThresholdPeak)
{
    /// <summary>Why there is no box; null where there is one.</summary>
    public string? Nothing { get; init; }

    /// <summary>Whether flow equals cut; true where there was no cut.</summary>
    public bool Holds => Cut is null || Cut.FlowEqualsCut;

    internal static LocalisationCertificate Of(Localiser localiser, Photo picture)
    {
        (float foreground, float background) = localiser.Quantiles;
        return new LocalisationCertificate(picture.Width, picture.Height, foreground, background,
            localiser.Seeds.Count(SeedKind.Foreground),
            localiser.Seeds.Count(SeedKind.Background), localiser.Labels.Count(true), localiser.Components.Count,
            localiser.Components.LargestArea, localiser.WasCut ? CutCertificate.Of(localiser, picture) : null,
            localiser.Options.Method == LocalisationMethod.Threshold ? localiser.Threshold.Peak : null)
        {
            Nothing = localiser.Nothing,
        };
    }
}

/// <summary>A minimum cut and its proof. Energies are natural logarithms of densities.</summary>
/// <param name="Flow">The maximum flow, in 1 / <see cref="GraphCut.Unit"/> of energy.</param>
/// <param name="Cut">The capacity of the cut, recomputed edge by edge from the labels.</param>
/// <param name="Beta">1 / (2 mean of the squared difference of neighbours' colours).</param>
/// <param name="ColourEnergy">The labels' sum of -log densities.</param>
/// <param name="BorderEnergy">What the border between the labels costs.</param>
/// <param name="EnergyFromFlow">
/// The flow in units of energy, and what no labelling escapes: but for rounding, the sum of the two energies above.
/// </param>
/// <param name="ForegroundIterations">EM steps of the foreground's mixture.</param>
/// <param name="BackgroundIterations">EM steps of the background's mixture.</param>
/// <param name="ForegroundLogLikelihood">The mean log-likelihood of its seeds' colours.</param>
/// <param name="BackgroundLogLikelihood">The mean log-likelihood of its seeds' colours.</param>
public sealed record CutCertificate(long Flow, long Cut, double Beta, double ColourEnergy, double BorderEnergy,
    double EnergyFromFlow, int ForegroundIterations, int BackgroundIterations, double ForegroundLogLikelihood,
    double BackgroundLogLikelihood)
{
    /// <summary>Whether the cut is proved to be a minimum.</summary>
    public bool FlowEqualsCut => Flow == Cut;

    internal static CutCertificate Of(Localiser localiser, Photo picture)
    {
        GraphCut cut = localiser.Cut;
        (double colours, double borders) = cut.EnergyOf(picture.Rgb, localiser.Labels, localiser.Options.Gamma);
        return new CutCertificate(cut.Flow, cut.CutOf(localiser.Labels), cut.Beta, colours, borders,
            cut.Offset + (double)cut.Flow / GraphCut.Unit, cut.Foreground.Iterations, cut.Background.Iterations,
            cut.Foreground.LogLikelihoods[^1], cut.Background.LogLikelihoods[^1]);
    }
}
