using System.CommandLine;
using System.Numerics.Tensors;
using NetViz.Analysis.LinearRegions;
using NetViz.Cli.Common;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;

namespace NetViz.Cli.LinearRegions;

/// <summary>
/// <c>netviz linear-region</c>: how far from an image the linear picture of the score holds, along a line, to both sides.
/// </summary>
internal static class LinearRegionCommand
{
    private static readonly Option<string> Along = new("--along")
    {
        Description = "The line: the signal of a rule (gradient, deconvnet, guided or a composite), a .npy file of the input's "
            + "shape, or toward:IMAGE for the straight way to another picture.",
        HelpName = "RULE|FILE.npy|toward:IMAGE",
        DefaultValueFactory = _ => "gradient",
    };

    private static readonly Option<string?> OutputFolder = new("--output", "-o")
    {
        Description = "A folder for the direction (x.direction.npy, norm 1) and the result (x.radius.json).",
        HelpName = "DIR",
    };

    public static Command Create(string name = "linear-region") => CommonOptions.Create(name,
        "Shows how far the linear picture of a class score holds: the smallest step from the image along a line, to both sides, "
        + "at which a rectifier's bit or a max-pooling's switch flips. Found in closed form from one tangent sent up the "
        + "network, in double on the reference back-end whatever --device says, and confirmed by forward passes just below and "
        + "just above. A VGG-16 at 224x224 takes some 18 minutes of processor time, spread over the cores.",
        [OneImage.Argument, OneImage.ClassName, Along, RuleOptions.RuleFile, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string? folder = Output.CheckFolder(parsed.GetValue(OutputFolder));
        using LoadedModel model = LoadedModel.Open(parsed);
        using OneImage image = OneImage.Open(parsed, model);
        string stem = image.File.Stem;
        Output.CheckResults(folder, $"{stem}.direction.npy", $"{stem}.radius.json");
        RadiusDirection direction = RadiusDirection.Of(parsed, parsed.GetValue(Along)!, image);
        Shape shape = image.Record.InputShape;
        var pixels = new float[shape.Count];
        image.Input.FlattenTo(pixels);
        double[] values = Array.ConvertAll(pixels, value => (double)value);
        int threads = parsed.GetValue(CommonOptions.Threads);
        LinearRegionResult result = JobProgress.Run("forward passes in double", 1, quiet, progress => direction.Rule is BackwardRule rule
            ? LinearRegion.Find(model.Network, shape, values, image.Class.Index, rule, threads, progress.Report)
            : LinearRegion.Find(model.Network, shape, values, image.Class.Index, direction.Values, threads, progress.Report));
        RadiusReport report = Report(image, direction, result);

        if (folder is not null)
        {
            Tensor<float> unit = Tensor.Create(Array.ConvertAll(result.Direction, value => (float)value), image.Input.Lengths);
            Npy.Write(Path.Combine(folder, $"{image.File.Stem}.direction.npy"), unit);
            Output.WriteJson(Path.Combine(folder, $"{image.File.Stem}.radius.json"), report);
        }

        if (json) Output.PrintJson(report);
        else if (!quiet) new RadiusText(image, report).Print();
        return result.Holds ? 0 : 1;
    }

    private static RadiusReport Report(OneImage image, RadiusDirection direction, LinearRegionResult r)
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
            image.Model.Model.Path, image.Model.Model.Sha256, shape.Lengths.ToArray(), Device.ReferenceDouble.Name,
            Output.Version) { RuleNote = image.Model.RuleNote };
    }
}
