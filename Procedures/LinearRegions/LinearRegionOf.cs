using System.Numerics.Tensors;
using NetViz.Analysis.LinearRegions;
using NetViz.Engine;
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

    internal LinearRegionOutcome(OneImage image, RadiusReport report, LinearRegionResult result)
    {
        (File, Result, Report) = (image.File, result, report);
        (_lengths, Title) = (image.Input.Lengths.ToArray(), image.ToString());
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

    /// <summary>Writes the direction (norm 1) and the result.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ResultFiles.CheckFolder(folder);
        Tensor<float> unit = Tensor.Create(Array.ConvertAll(Result.Direction, value => (float)value), _lengths);
        string direction = $"{File.Stem}.direction.npy", json = $"{File.Stem}.radius.json";
        Npy.Write(Path.Combine(folder, direction), unit);
        ResultFiles.WriteJson(Path.Combine(folder, json), Report);
        return [direction, json];
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
        return new LinearRegionOutcome(one, ReportOf(one, direction, result), result);
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
