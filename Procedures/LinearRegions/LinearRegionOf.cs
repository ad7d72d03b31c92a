using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Analysis.LinearRegions;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>The line along which <see cref="Explainer.LinearRegion"/> walks.</summary>
public sealed record LinearRegionOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>A rule whose signal is the line, a .npy file of the input's shape, or toward:IMAGE.</summary>
    public string Along { get; init; } = BackwardRule.Gradient.Name;
}

/// <summary>How far the linear picture of a score holds.</summary>
public sealed class LinearRegionOutcome
{
    private readonly nint[] _lengths;

    private readonly ResultProvenance _provenance;
    private readonly Photo? _photo;
    private readonly InputPlacement? _placement;
    private readonly ChannelOrder _order;
    private readonly ImageLayout _layout;

    internal LinearRegionOutcome(OneImage image, LinearRegionOptions options, RadiusReport report, LinearRegionResult result)
    {
        (File, Result, Report) = (image.File, result, report);
        (_lengths, Title) = (image.Input.Lengths.ToArray(), image.ToString());
        _provenance = image.Model.ProvenanceOf(options, image.File.Stem, image.File);
        (_photo, _placement, _order, _layout) = (image.Photo, image.Placement, image.Model.Model.Preprocessing?.Order ?? ChannelOrder.Rgb,
            image.Network.Input.Layout);
        Elements = [.. report.Sides.Select(side => side.FirstFlip is { } flip
            ? ElementText.Of(flip.Index, image.Record.ShapeOf(flip.Layer),
                image.Network.LayoutOf(image.Network.Find(flip.Layer)))
            : null)];
    }

    /// <summary>The image.</summary>
    public InputFile File { get; }

    /// <summary>Distances, flips and the check by forward passes.</summary>
    public LinearRegionResult Result { get; }

    internal RadiusReport Report { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>For each side the element that flips first, for people.</summary>
    internal IReadOnlyList<string?> Elements { get; }

    /// <summary>Writes the direction (norm 1), as an array and drawn over the picture, and the result.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        Tensor<float> unit = Tensor.Create(Array.ConvertAll(Result.Direction, value => (float)value), _lengths);
        writer.Array($"{File.Stem}.direction.npy", unit);
        if (_photo is not null && _placement is InputPlacement placement && unit.Rank == 4 && unit.ToPlanes(_layout) is var planes
            && SignalGallery.CanDraw(planes.Lengths[1]))
        {
            string radii = string.Join(", ", Report.Sides.Select(side => side.Radius is { } radius
                ? string.Create(CultureInfo.InvariantCulture, $"{side.Direction}: {radius:G3}") : $"{side.Direction}: no flip"));
            writer.Sheet($"{File.Stem}.radius", SignalGallery.Draw($"{File.Name}: {Report.ClassName}",
                $"the line along which the score is linear, in input units up to {radii}", _photo, placement, _order,
                [new GalleryRow("the picture", "", [new GalleryPanel($"along {Report.Along}", planes, "norm 1, grey is 0")], _photo)],
                panelSize: 320));
        }

        writer.Json($"{File.Stem}.radius.json", Report, _provenance);
        return writer.Names;
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// How far the linear picture of a class score holds: the smallest step from the image along a line, to both sides, at which
    /// a rectifier's bit or a max-pooling's switch flips. In double on the reference back-end, whatever the device.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and line; null for the gradient's.</param>
    /// <param name="progress">Receives events of the forward passes.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public LinearRegionOutcome LinearRegion(InputFile image, LinearRegionOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new LinearRegionOptions();
        var run = new ProcedureRun(progress, token);
        using OneImage one = OneImage.Open(image, this, options.Class, null, run);
        RadiusDirection direction = RadiusDirection.Of(options, one);
        Shape shape = one.Record.InputShape;
        var pixels = new float[shape.Count];
        one.Input.FlattenTo(pixels);
        double[] values = Array.ConvertAll(pixels, value => (double)value);
        LinearRegionResult result = run.Do("forward passes in double", 1, bar => direction.Rule is BackwardRule rule
            ? Analysis.LinearRegions.LinearRegion.Find(Network, shape, values, one.Class.Index, rule, _options.Threads, bar.Report)
            : Analysis.LinearRegions.LinearRegion.Find(Network, shape, values, one.Class.Index, direction.Values,
                _options.Threads, bar.Report));
        return new LinearRegionOutcome(one, options, ReportOf(one, direction, result), result);
    }

    private static RadiusReport ReportOf(OneImage image, RadiusDirection direction, LinearRegionResult r)
    {
        Shape shape = image.Record.InputShape;
        GreyLevels? grey = GreyLevels.Of(r.Direction, shape, image.Model.Model.Preprocessing);
        RadiusStageReport Stage(RadiusStage s) => new(s.Name, s.Distance, ScoreText.Ratio(s.Distance, r.ImageNorm),
            direction.IsWay ? s.Distance / r.DirectionNorm : null, grey?.Largest * s.Distance, grey?.Rms * s.Distance,
            s.Predicted, s.Counted, s.LinearScore, s.Score);
        RadiusSideReport[] sides = [.. r.Sides.Select(side => new RadiusSideReport(side.Sign > 0 ? "+v" : "-v", side.Slope,
            double.IsFinite(side.Radius) ? side.Radius : null, side.AtOnce,
            side.First is null ? null : new FlipReport(side.First), [.. side.Stages.Select(Stage)], side.Check,
            [.. side.Layers.Select(l => new RadiusLayerReport(l.Layer, l.Operator, l.Elements, l.AtOnce,
                l.First is null ? null : new FlipReport(l.First), l.Predicted, l.Counted))]))];
        return new RadiusReport(image.File.Path, r.ClassIndex, image.Class.Name, r.Score, direction.Name, r.DirectionNorm,
            r.ImageNorm, r.GradientNorm, r.GradientSlope, r.Bits, r.SwitchCount, r.IsExact, r.Smooth, r.Holds, sides,
            image.Model.Model.Path, image.Model.Model.Sha256, shape.Lengths.ToArray(), NetViz.Engine.Execution.Device.ReferenceDouble.Name,
            ResultFiles.Version) { RuleNote = image.RuleNote };
    }
}
