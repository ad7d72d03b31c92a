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

    private string Name => Path.GetFileNameWithoutExtension(_model.Model.Path);

    /// <summary>The classes of the command line, each once.</summary>
    /// <exception cref="NetVizException">One is unknown, or none is given and the model is not the default one.</exception>
    public int[] ClassesOf(string[] given)
    {
        if (given.Length == 0 && _model.Model.Path != DefaultModel.Path)
            throw new NetVizException("no class is given", "name some with --class, or a layer with --start");
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
                foreach (int[] batch in Batches(classes))
                {
                    ModelTarget target = posterior
                        ? ModelTarget.Posterior(batch)
                        : ModelTarget.Score(_model.Network, _units, batch);
                    IReadOnlyList<ClassModelResult> results = ClassModel.Ascend(_model.Prepared, _units, target, used, _seed,
                        step => progress(done + step));
                    done += used.Steps;
                    made.AddRange(results.Select((result, n) => new Made(result, used, batch[n], posterior, target.Before,
                        posterior ? $"posterior of {_model.Model.ClassName(batch[n])}" : _model.Model.ClassName(batch[n]))));
                }
            }
        }

        // As many rows as needed for six in a row at most, of equal length as far as possible.
        int rows = (classes.Length + MostColumns - 1) / MostColumns;
        return Write(made, classes.Length, (classes.Length + rows - 1) / rows);
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
            made.Add(new Made(ClassModel.Ascend(_model.Prepared, _units, target, preset, _seed, step => progress(done + step))[0],
                preset, null, false, null, start));
            done += preset.Steps;
        }

        return Write(made, settings.Length, MostColumns);
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
    private List<ClassModelReport> Write(List<Made> made, int inRow, int columns)
    {
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

        ClassModelPanel[] panels = [.. made.Zip(reports, (one, report) => new ClassModelPanel(
            one.IsPosterior ? $"P of {_model.Model.ClassName(one.Class!.Value)}" : one.Target,
            one.Result.Picture, Note(report)))];
        string subtitle = $"{Path.GetFileName(_model.Model.Path)}, {_units.Width}x{_units.Height}, seed {_seed}; gradient ascent "
            + "on the image, the training-set mean added at the end (arXiv 1312.6034, section 2)";
        ImageFile.WritePng(ClassModelSheet.Draw("Class models", subtitle, [.. panels.Chunk(inRow)], columns),
            Path.Combine(_folder, sheet));
        return reports;
    }

    private static string Note(ClassModelReport report) => $"{report.Preset}, {Counted.Of(report.Steps, "step")}, "
        + (report.ReadBack?[0] is { } back
            ? $"read back: score {NumberText.Fixed(back.Score, "0.0")}, P {100 * back.Probability:0.0} %"
            : $"value {NumberText.Fixed(report.Value, "G4")}");

    private ClassModelReport Report(Made one, string stem, string sheet, Photo picture)
    {
        IReadOnlyList<ReadBack>? back =
            one.Class is int index ? ReadBack.Of(_model.Prepared, _units, picture, index) : null;
        IReadOnlyList<ClassModelStep> curve = one.Result.Curve;
        double norm = Math.Sqrt(one.Result.Image.Sum(value => (double)value * value));
        return new ClassModelReport(one.Target, one.Class, one.Settings.Preset, one.Result.Value, norm)
        {
            Model = Path.GetFileName(_model.Model.Path),
            ModelSha256 = _model.Model.Sha256,
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
            TopName = back is null ? null : _model.Model.ClassName(back[0].Top),
            Files = new Dictionary<string, string>
            {
                ["picture"] = $"{stem}.png", ["animation"] = $"{stem}.webp", ["curve"] = $"{stem}.curve.png",
                ["json"] = $"{stem}.json", ["sheet"] = sheet,
            },
            Curve = new CurveReport([.. curve.Select(at => at.Value)], [.. curve.Select(at => at.Objective)],
                [.. curve.Select(at => at.Norm)]),
        };
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
