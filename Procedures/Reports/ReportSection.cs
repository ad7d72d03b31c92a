using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>
/// A part of a report. A section is one file with an instance of this, and one line in <see cref="All"/>.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Keeps">Layers whose activations it needs.</param>
/// <param name="Write">Adds it to the page.</param>
internal sealed record ReportSection(string Name, Func<Network, string[]> Keeps, Action<HtmlPage, ReportedImage> Write)
{
    /// <summary>All sections in the order of the page.</summary>
    public static IReadOnlyList<ReportSection> All { get; } =
    [
        PredictionSection.Section, RulesSection.Section, TenCropSection.Section, LocalisationSection.Section,
        SectionFour.Section,
    ];
}

/// <summary>One image of a report, and its signals, which the sections share.</summary>
/// <param name="image">The image, run forward.</param>
/// <param name="rules">The rules that the report shows.</param>
internal sealed class ReportedImage(OneImage image, IReadOnlyList<BackwardRule> rules)
{
    private readonly Dictionary<BackwardRule, Tensor<float>> _signals = [];

    /// <summary>The image, run forward.</summary>
    public OneImage Image => image;

    /// <summary>The rules that the report shows.</summary>
    public IReadOnlyList<BackwardRule> Rules => rules;

    /// <summary>The class score's signal at the image under a rule, [1, C, H, W]; computed when it is first asked for.</summary>
    public Tensor<float> Signal(BackwardRule rule)
    {
        if (!_signals.TryGetValue(rule, out Tensor<float>? signal))
            _signals[rule] = signal = image.Record.Backward(image.Seed, rule).ToPlanes(image.Network.LayoutOf(0));
        return signal;
    }
}
