using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;
using NetViz.Visualisation.Plots;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;

namespace NetViz.Cli.ClassModels;

/// <summary>Class models of one network into one folder.</summary>
internal sealed class ClassModelJob
{
    /// <summary>What is drawn of the default model where no class is given.</summary>
    public static readonly string[] DefaultClasses =
        ["orange", "lemon", "espresso", "teapot", "king penguin", "alp", "sports car", "beacon"];

    // Images of one pass: more would only take memory.
    private const int BatchSize = 12;

    // A penalty's weight for the posterior, in that for the score [ours]: P_c ends at 1, S_c at some tens.
    private const double PosteriorPenalty = 0.01;

    private const int MostColumns = 6;

    private const int FrameMilliseconds = 120, LastFrameMilliseconds = 2000;

    // From this share of cut samples on the picture is said to show little of the image [ours].
    private const double MuchCutOff = 0.05;

    private readonly List<string> _failures = [];
    private readonly LoadedModel _model;
    private readonly ulong _seed;
    private readonly string _folder;
    private readonly InputUnits _units;
    private readonly UnitsReport _unitsReport;

    public ClassModelJob(LoadedModel model, ulong seed, string folder)
    {
        (_model, _seed, _folder) = (model, seed, folder);
        (_units, _unitsReport) = ModelUnits.Of(model.Model);
    }

    /// <summary>The norm that is wanted of the image; null where lambda says it.</summary>
    public double? Norm { get; init; }

    /// <summary>What could not be drawn, and why.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>How many ascents a preset takes at most, one after another.</summary>
    public int AscentsFor(ClassModelSettings preset, int classes) =>
        IsSearched(preset) ? NormSearch.MostTries * Math.Min(BatchSize, Math.Max(1, classes)) : 1;

    private bool IsSearched(ClassModelSettings preset) => Norm is not null && preset["lambda"] > 0;

    private string Name => Path.GetFileNameWithoutExtension(_model.Model.Path);

    /// <summary>The classes of the command line, each once.</summary>
    /// <exception cref="NetVizException">One is unknown, or none is given and the model is not the default one.</exception>
    public int[] ClassesOf(string[] given)
    {
        if (given.Length == 0 && _model.Model.Path != DefaultModel.Path)
            throw new NetVizException("no class is given", "name some with --class, or a layer with --layer");
        return [.. (given.Length > 0 ? given : DefaultClasses).Select(_model.Model.FindClass).Distinct()];
    }

    /// <summary>The classes that rise side by side.</summary>
    public static IEnumerable<int[]> Batches(int[] classes) => classes.Chunk(BatchSize);

    /// <summary>Models of classes, by each procedure, of score, posterior or both.</summary>
    public IReadOnlyList<ClassModelReport> OfClasses(int[] classes, ClassModelSettings[] settings, bool[] posteriors,
        Action<double> progress)
    {
        var made = new List<Made>();
        int done = 0;
        foreach (ClassModelSettings preset in settings)
        {
            foreach (bool posterior in posteriors)
            {
                ClassModelSettings used = posterior ? ForPosterior(preset) : preset;
                // Each class has a lambda of its own where one is searched.
                foreach (int[] batch in IsSearched(used) ? classes.Chunk(1) : Batches(classes))
                {
                    ModelTarget target = posterior
                        ? ModelTarget.Posterior(batch)
                        : ModelTarget.Score(_model.Network, _units, batch);
                    (ClassModelOutcome Outcome, ClassModelSettings Settings)[] found = Ascend(target, used, progress, ref done);
                    for (int n = 0; n < batch.Length; n++)
                    {
                        string name = _model.Model.ClassName(batch[n]), what = posterior ? $"posterior of {name}" : name;
                        Add(made, found[n], what, (result, settings) =>
                            new Made(result, settings, batch[n], posterior, target.Before, what));
                    }
                }
            }
        }

        // As many rows as needed for six in a row at most, of equal length as far as possible.
        int rows = (classes.Length + MostColumns - 1) / MostColumns;
        return Write(made, (classes.Length + rows - 1) / rows, isRowOfPreset: true);
    }

    private (ClassModelOutcome, ClassModelSettings)[] Ascend(ModelTarget target, ClassModelSettings settings,
        Action<double> progress, ref int done)
    {
        int before = done;
        if (IsSearched(settings))
        {
            int tries = 0;
            (ClassModelOutcome, ClassModelSettings) found = NormSearch.Find(settings, Norm!.Value, tried =>
            {
                int first = before + tries++ * settings.Steps;
                return ClassModel.TryAscend(_model.Prepared, _units, target, tried, _seed, step => progress(first + step))[0];
            });
            done += NormSearch.MostTries * settings.Steps;
            return [found];
        }

        IReadOnlyList<ClassModelOutcome> outcomes = ClassModel.TryAscend(_model.Prepared, _units, target, settings, _seed,
            step => progress(before + step));
        done += settings.Steps;
        return [.. outcomes.Select(outcome => (outcome, settings))];
    }

    // What cannot be drawn does not hold up the others.
    private void Add(List<Made> made, (ClassModelOutcome Outcome, ClassModelSettings Settings) found, string what,
        Func<ClassModelResult, ClassModelSettings, Made> make)
    {
        if (found.Outcome.Result is { } result) made.Add(make(result, found.Settings));
        else _failures.Add($"{what}, preset {found.Settings.Preset}: {found.Outcome.Problem!.Message}");
    }

    /// <summary>Models of a layer, a channel or a neuron, by each procedure.</summary>
    public IReadOnlyList<ClassModelReport> OfLayer(string start, ClassModelSettings[] settings, Action<double> progress)
    {
        (string layer, int[] place) = OneImage.SplitStart(start, _model.Network);
        ModelTarget target = ModelTarget.Layer(_model.Network, layer, place);
        int done = 0;
        var made = new List<Made>();
        foreach (ClassModelSettings preset in settings)
        {
            Add(made, Ascend(target, preset, progress, ref done)[0], start,
                (result, used) => new Made(result, used, null, false, null, start));
        }

        return Write(made, MostColumns, isRowOfPreset: false);
    }

    private static ClassModelSettings ForPosterior(ClassModelSettings preset)
    {
        foreach (NamedConstant penalty in preset.Constants.Where(constant => constant.Name is "lambda" or "tv").ToArray())
        {
            if (penalty.Origin == Origin.Given) continue;
            preset = preset.With(penalty.Name, penalty.Number * PosteriorPenalty, Origin.Ours);
        }

        return preset;
    }

    // All files are made last: an error in an ascent leaves nothing behind.
    private List<ClassModelReport> Write(List<Made> made, int columns, bool isRowOfPreset)
    {
        if (made.Count == 0)
            throw new NetVizException($"nothing can be drawn: {string.Join("; ", _failures.Take(3))}"
                + (_failures.Count > 3 ? "; ..." : ""));
        string sheet = $"{Name}.sheet.png";
        var reports = new List<ClassModelReport>();
        HashSet<string> stems = new(StringComparer.OrdinalIgnoreCase);
        foreach (Made one in made)
        {
            // ImageNet has two cranes: of classes of one name the later have their numbers in it.
            string stem = one.Stem(Name);
            if (!stems.Add(stem)) stems.Add(stem = $"{stem}.{one.Class}");
            byte[] png = ImageFile.EncodePng(one.Result.Picture);
            OutputFile.Write(Path.Combine(_folder, $"{stem}.png"), ResultKind.Picture, png);
            Photo[] frames = [.. one.Result.Frames.Select(frame => frame.Picture)];
            OutputFile.Write(Path.Combine(_folder, $"{stem}.webp"), ResultKind.Animation,
                AnimatedImage.EncodeWebP(frames, FrameMilliseconds, LastFrameMilliseconds));
            ClassModelPlot.WritePng(one.Result.Curve,
                one.Class is null || one.IsPosterior ? one.Target : $"score of {one.Target}",
                Path.Combine(_folder, $"{stem}.curve.png"));
            ClassModelReport report = Report(one, stem, sheet, ImageFile.Decode(png, stem));
            Output.WriteJson(Path.Combine(_folder, $"{stem}.json"), report);
            reports.Add(report);
        }

        ClassModelPanel[][] rows = [.. made.Zip(reports).GroupBy(pair => isRowOfPreset
                ? (pair.First.Settings.Preset, pair.First.IsPosterior)
                : default)
            .Select(row => (ClassModelPanel[])[.. row.Select(pair => new ClassModelPanel(
                pair.First.IsPosterior ? $"P of {_model.Model.ClassName(pair.First.Class!.Value)}" : pair.First.Target,
                pair.First.Result.Picture, Note(pair.Second)))])];
        string subtitle = $"{Path.GetFileName(_model.Model.Path)}, {_units.Width}x{_units.Height}, seed {_seed}; gradient ascent "
            + "on the image, the training-set mean added at the end (arXiv 1312.6034, section 2)";
        ImageFile.WritePng(ClassModelSheet.Draw("Class models", subtitle, rows, columns),
            Path.Combine(_folder, sheet));
        return reports;
    }

    private static string Note(ClassModelReport report) => $"{report.Preset}, {Counted.Of(report.Steps, "step")}, "
        + (report.ReadBack?[0] is { } back
            ? $"read back: score {NumberText.Fixed(back.Score, "0.0")}" + (back.Probability is { } p ? $", P {100 * p:0.0} %" : "")
            : $"value {NumberText.Fixed(report.Value, "G4")}");

    private ClassModelReport Report(Made one, string stem, string sheet, Photo picture)
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
                new("posterior-penalty", one.IsPosterior ? PosteriorPenalty : 1, Origin.Ours,
                    "factor that lambda and tv hold already where the posterior is raised, unless they were given"),
                new("read-back-shift", ReadBack.Shift, Origin.Ours, "pixels by which the picture is shifted; edge pixels repeat"),
            ]).Select(ConstantReport.Of)],
            Seed = _seed,
            ReadBack = back,
            TopName = top,
            Files = new Dictionary<string, string>
            {
                ["picture"] = $"{stem}.png", ["animation"] = $"{stem}.webp", ["curve"] = $"{stem}.curve.png",
                ["json"] = $"{stem}.json", ["sheet"] = sheet,
            },
            Curve = new CurveReport([.. curve.Select(at => at.Value)], [.. curve.Select(at => at.Objective)],
                [.. curve.Select(at => at.Norm)]),
        };
    }

    private IEnumerable<string> Remarks(Made one, IReadOnlyList<ReadBack>? back, string? top, double cutOff, double norm)
    {
        string what = $"{one.Target}, {one.Settings.Preset}";
        if (back is not null && !back[0].IsTop)
        {
            string name = _model.Model.ClassName(one.Class!.Value);
            yield return $"{what}: read back, the picture is not {name} to the network but {top}"
                + (back[0].Probability is { } p ? $" (P of {name}: {100 * p:0.0} %)" : "");
        }

        bool hasLambda = one.Settings.Constants.Any(constant => constant.Name == "lambda");
        if (cutOff > MuchCutOff)
        {
            string advice = !hasLambda ? "the picture shows it in part" : Norm is null
                ? $"the picture shows little of it; --norm {_units.UsualNorm:0} or a larger --lambda keeps it within"
                : "the picture shows little of it; a smaller --norm keeps it within";
            yield return $"{what}: {100 * cutOff:0.0} % of the samples are cut off at 0 and 255 "
                + $"(the image's norm is {norm:0.0}): {advice}";
        }

        if (Norm is { } wanted && hasLambda && Math.Abs(norm / wanted - 1) > NormSearch.Tolerance)
            yield return $"{what}: no lambda was found that ends at a norm of {wanted:G4}; the nearest is shown";
    }

    private static List<string> Procedure(Made one) =>
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

    private sealed record Made(ClassModelResult Result, ClassModelSettings Settings, int? Class, bool IsPosterior, string? Before,
        string Target)
    {
        public string Stem(string model) => RuleOptions.FileName(model) + "."
            + RuleOptions.FileName(Target.Replace("posterior of ", "", StringComparison.Ordinal).Replace(' ', '-'))
            + $".{Settings.Preset}{(IsPosterior ? ".posterior" : "")}";
    }
}
