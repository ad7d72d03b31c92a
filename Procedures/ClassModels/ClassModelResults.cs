using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;
using NetViz.Visualisation.Plots;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>One class model.</summary>
/// <param name="Result">The image, its picture, and the curve of the ascent.</param>
/// <param name="Settings">The procedure, with all constants.</param>
/// <param name="Class">The class; null for a layer.</param>
/// <param name="IsPosterior">Whether the posterior was raised instead of the score.</param>
/// <param name="Before">The layer before the last rectifier, where that was raised; null for the score itself.</param>
/// <param name="Target">What was raised, for people.</param>
public sealed record DrawnClassModel(ClassModelResult Result, ClassModelSettings Settings, int? Class, bool IsPosterior,
    string? Before, string Target)
{
    internal string Stem(string model) => RuleNames.FileName(model) + "."
        + RuleNames.FileName(Target.Replace("posterior of ", "", StringComparison.Ordinal).Replace(' ', '-'))
        + $".{Settings.Preset}{(IsPosterior ? ".posterior" : "")}";
}

/// <summary>Class models, and what could not be drawn.</summary>
public sealed class ClassModelResults
{
    private const int FrameMilliseconds = 120, LastFrameMilliseconds = 2000;

    // From this share of cut samples on the picture is said to show little of the image [ours].
    private const double MuchCutOff = 0.05;

    private readonly Explainer _model;
    private readonly ClassModelOptions _options;
    private readonly InputUnits _units;
    private readonly UnitsReport _unitsReport;
    private readonly int _columns;
    private readonly bool _isRowOfPreset;

    internal ClassModelResults(Explainer model, ClassModelOptions options, (InputUnits Units, UnitsReport Report) units,
        IReadOnlyList<DrawnClassModel> models, IReadOnlyList<string> failures, int columns, bool isRowOfPreset)
    {
        (_model, _options, _columns, _isRowOfPreset) = (model, options, columns, isRowOfPreset);
        (_units, _unitsReport) = units;
        (Models, Failures) = (models, failures);
    }

    /// <summary>What was drawn.</summary>
    public IReadOnlyList<DrawnClassModel> Models { get; }

    /// <summary>What could not be drawn, and why, a sentence each.</summary>
    public IReadOnlyList<string> Failures { get; }

    private string Name => Path.GetFileNameWithoutExtension(_model.Model.Path);

    /// <summary>
    /// Writes what <c>netviz class-model</c> writes: for each model the picture, the animation of the ascent, its curve and a
    /// .json, and a sheet of all. All files are made here: an error in an ascent leaves nothing behind.
    /// </summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null) =>
        [.. Write(folder, look).SelectMany(report => report.Files.Values).Distinct()];

    /// <summary>Writes the files, and returns what the .json files hold.</summary>
    internal IReadOnlyList<ClassModelReport> Write(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var all = new ResultWriter(folder, look);
        string sheet = $"{Name}.sheet{all.Look.Format.Extension()}";
        ResultProvenance provenance = _model.ProvenanceOf(_options, Name);
        var reports = new List<ClassModelReport>();
        HashSet<string> stems = new(StringComparer.OrdinalIgnoreCase);
        foreach (DrawnClassModel one in Models)
        {
            // ImageNet has two cranes: of classes of one name the later have their numbers in it.
            string stem = one.Stem(Name);
            if (!stems.Add(stem)) stems.Add(stem = $"{stem}.{one.Class}");
            var writer = new ResultWriter(folder, look);
            byte[] png = ImageFile.EncodePng(one.Result.Picture, writer.Look.PngLevel);
            writer.Bytes($"{stem}.png", ResultKind.Picture, png);
            Photo[] frames = [.. one.Result.Frames.Select(frame => frame.Picture)];
            writer.Bytes($"{stem}.webp", ResultKind.Animation,
                AnimatedImage.EncodeWebP(frames, FrameMilliseconds, LastFrameMilliseconds));
            writer.Bytes($"{stem}.curve.png", ResultKind.Picture, ClassModelPlot.EncodePng(one.Result.Curve,
                one.Class is null || one.IsPosterior ? one.Target : $"score of {one.Target}"));
            writer.Array($"{stem}.npy", Tensor.Create(one.Result.Image,
                [one.Result.Image.Length / (_units.Width * _units.Height), _units.Height, _units.Width]));
            ClassModelReport report = Report(one, stem, sheet, ImageFile.Decode(png, stem));
            writer.Json($"{stem}.json", report, provenance);
            reports.Add(report);
        }

        ClassModelPanel[][] rows = [.. Models.Zip(reports).GroupBy(pair => _isRowOfPreset
                ? (pair.First.Settings.Preset, pair.First.IsPosterior)
                : default)
            .Select(row => (ClassModelPanel[])[.. row.Select(pair => new ClassModelPanel(
                pair.First.IsPosterior ? $"P of {_model.Model.ClassName(pair.First.Class!.Value)}" : pair.First.Target,
                pair.First.Result.Picture, Note(pair.Second)))])];
        string subtitle = $"{Path.GetFileName(_model.Model.Path)}, {_units.Width}x{_units.Height}, seed {_options.Seed}; gradient ascent "
            + "on the image, the training-set mean added at the end (arXiv 1312.6034, section 2)";
        all.Sheet($"{Name}.sheet", ClassModelSheet.Draw("Class models", subtitle, rows, _columns));
        return reports;
    }

    private static string Note(ClassModelReport report) => $"{report.Preset}, {Counted.Of(report.Steps, "step")}, "
        + (report.ReadBack?[0] is { } back
            ? $"read back: score {NumberText.Fixed(back.Score, "0.0")}" + (back.Probability is { } p ? Invariant($", P {100 * p:0.0} %") : "")
            : $"value {NumberText.Fixed(report.Value, "G4")}");

    private ClassModelReport Report(DrawnClassModel one, string stem, string sheet, Photo picture)
    {
        IReadOnlyList<ReadBack>? back =
            one.Class is int index ? ReadBack.Of(_model.Prepared, _units, picture, index) : null;
        IReadOnlyList<ClassModelStep> curve = one.Result.Curve;
        double norm = Math.Sqrt(one.Result.Image.Sum(value => (double)value * value));
        double cutOff = _units.ShareCutOff(one.Result.Image);
        string? top = back is null ? null : _model.Model.ClassName(back[0].Top);
        string[] remarks = [.. Remarks(one, back, top, cutOff, norm)];
        return new ClassModelReport(one.Target, one.Class, one.Settings.Preset, one.Result.Value, norm)
        {
            Model = Path.GetFileName(_model.Model.Path),
            ModelSha256 = _model.Model.Sha256,
            Head = _model.Model.Head,
            CutOff = cutOff,
            Remarks = remarks.Length > 0 ? remarks : null,
            Device = _model.Prepared.Kernels.Name,
            Preprocessing = _model.Preprocessing.Describe(),
            Units = _unitsReport,
            Procedure = Procedure(one),
            Steps = one.Settings.Steps,
            Constants = [.. one.Settings.Constants.Concat(
            [
                new("frames", ClassModel.FrameCount, Origin.Ours, "pictures on the way in the animation"),
                new("tv-smoothing", ClassModel.Smoothing, Origin.Ours,
                    "e of the total variation, of the way from black to white"),
                new("posterior-penalty", one.IsPosterior ? ClassModelJob.PosteriorPenalty : 1, Origin.Ours,
                    "factor that lambda and tv hold already where the posterior is raised, unless they were given"),
                new("read-back-shift", ReadBack.Shift, Origin.Ours, "pixels by which the picture is shifted; edge pixels repeat"),
            ]).Select(ConstantReport.Of)],
            Seed = _options.Seed,
            ReadBack = back,
            TopName = top,
            Files = new Dictionary<string, string>
            {
                ["picture"] = $"{stem}.png", ["animation"] = $"{stem}.webp", ["curve"] = $"{stem}.curve.png",
                ["image"] = $"{stem}.npy",
                ["json"] = $"{stem}.json", ["sheet"] = sheet,
            },
            Curve = new CurveReport([.. curve.Select(at => at.Value)], [.. curve.Select(at => at.Objective)],
                [.. curve.Select(at => at.Norm)]),
        };
    }

    private IEnumerable<string> Remarks(DrawnClassModel one, IReadOnlyList<ReadBack>? back, string? top, double cutOff, double norm)
    {
        string what = $"{one.Target}, {one.Settings.Preset}";
        if (back is not null && !back[0].IsTop)
        {
            string name = _model.Model.ClassName(one.Class!.Value);
            yield return $"{what}: read back, the picture is not {name} to the network but {top}"
                + (back[0].Probability is { } p ? Invariant($" (P of {name}: {100 * p:0.0} %)") : "");
        }

        bool hasLambda = one.Settings.Constants.Any(constant => constant.Name == "lambda");
        if (cutOff > MuchCutOff)
        {
            string advice = !hasLambda ? "the picture shows it in part" : _options.Norm is null
                ? Invariant($"the picture shows little of it; `Norm` {_units.UsualNorm:0} or a larger `lambda` keeps it within")
                : "the picture shows little of it; a smaller `Norm` keeps it within";
            yield return Invariant($"{what}: {100 * cutOff:0.0} % of the samples are cut off at 0 and 255 ")
                + Invariant($"(the image's norm is {norm:0.0}): {advice}");
        }

        if (_options.Norm is { } wanted && hasLambda && Math.Abs(norm / wanted - 1) > NormSearch.Tolerance)
            yield return Invariant($"{what}: no lambda was found that ends at a norm of {wanted:G4}; the nearest is shown");
    }

    private static List<string> Procedure(DrawnClassModel one) =>
    [
        one.Settings.Description,
        one.Class is null ? "target: a layer's output, summed over what was named [paper: any neuron]"
            : one.IsPosterior ? "target: P_c, the softmax of the scores; the paper advises against it"
            : one.Before is { } before ? $"target: the mean over all places of the class's map in {before}, before the ReLU that "
                + "this network has behind it [ours]: S_c is 0, and its gradient too, where the map is 0 everywhere"
            : "target: S_c before the softmax [paper]",
        one.Settings.Ascent == AscentKind.AdamOnSpectrum
            ? "start: a spectrum of noise [secondary]" : "start: the zero image [paper]",
        "end: times the deviation, plus the mean of the training set [paper], cut off at 0 and 255 [ours]",
        "constants for 224x224 in torchvision's units are scaled: lambda' = lambda / (unit_ratio^2 count_ratio), "
            + "length' = length unit_ratio sqrt(count_ratio), tv' = tv / (unit_ratio count_ratio), pixels' = pixels "
            + "side / 224 [ours]",
    ];
}
