using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;
using NetViz.Weights;

namespace NetViz.Procedures;

/// <summary>Ascents of one call, one after another.</summary>
internal sealed class ClassModelJob
{
    /// <summary>What is drawn of the default model where no class is given.</summary>
    public static readonly string[] DefaultClasses =
        ["orange", "lemon", "espresso", "teapot", "king penguin", "alp", "sports car", "beacon"];

    // Images of one pass: more would only take memory.
    private const int BatchSize = 12;

    // A penalty's weight for the posterior, in that for the score [ours]: P_c ends at 1, S_c at some tens.
    internal const double PosteriorPenalty = 0.01;

    private const int MostColumns = 6;

    private readonly List<string> _failures = [];
    private readonly Explainer _model;
    private readonly ClassModelOptions _options;
    private readonly InputUnits _units;
    private readonly UnitsReport _unitsReport;

    public ClassModelJob(Explainer model, ClassModelOptions options)
    {
        (_model, _options) = (model, options);
        (_units, _unitsReport) = ModelUnits.Of(model.Model);
    }

    private double? Norm => _options.Norm;

    /// <summary>How many ascents a preset takes at most, one after another.</summary>
    public int AscentsFor(ClassModelSettings preset, int classes) =>
        IsSearched(preset) ? NormSearch.MostTries * Math.Min(BatchSize, Math.Max(1, classes)) : 1;

    private bool IsSearched(ClassModelSettings preset) => Norm is not null && preset["lambda"] > 0;

    /// <summary>The wanted classes, each once.</summary>
    /// <exception cref="NetVizException">One is unknown, or none is given and the model is not the default one.</exception>
    public int[] ClassesOf(IReadOnlyList<string> given)
    {
        if (given.Count == 0 && _model.Model.Path != DefaultModel.Path)
            throw new NetVizException("no class is given", "name some with `Classes`, or a layer with `Layer`");
        return [.. (given.Count > 0 ? given : DefaultClasses).Select(_model.Model.FindClass).Distinct()];
    }

    /// <summary>The classes that rise side by side.</summary>
    public static IEnumerable<int[]> Batches(int[] classes) => classes.Chunk(BatchSize);

    /// <summary>Models of classes, by each procedure, of score, posterior or both.</summary>
    public ClassModelResults OfClasses(int[] classes, ClassModelSettings[] settings, bool[] posteriors,
        Action<double> progress)
    {
        var made = new List<DrawnClassModel>();
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
                            new DrawnClassModel(result, settings, batch[n], posterior, target.Before, what));
                    }
                }
            }
        }

        // As many rows as needed for six in a row at most, of equal length as far as possible.
        int rows = (classes.Length + MostColumns - 1) / MostColumns;
        return Results(made, (classes.Length + rows - 1) / rows, isRowOfPreset: true);
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
                return ClassModel.TryAscend(_model.Prepared, _units, target, tried, _options.Seed, step => progress(first + step))[0];
            });
            done += NormSearch.MostTries * settings.Steps;
            return [found];
        }

        IReadOnlyList<ClassModelOutcome> outcomes = ClassModel.TryAscend(_model.Prepared, _units, target, settings, _options.Seed,
            step => progress(before + step));
        done += settings.Steps;
        return [.. outcomes.Select(outcome => (outcome, settings))];
    }

    // What cannot be drawn does not hold up the others.
    private void Add(List<DrawnClassModel> made, (ClassModelOutcome Outcome, ClassModelSettings Settings) found, string what,
        Func<ClassModelResult, ClassModelSettings, DrawnClassModel> make)
    {
        if (found.Outcome.Result is { } result) made.Add(make(result, found.Settings));
        else _failures.Add($"{what}, preset {found.Settings.Preset}: {found.Outcome.Problem!.Message}");
    }

    /// <summary>Models of a layer, a channel or a neuron, by each procedure.</summary>
    public ClassModelResults OfLayer(string start, ClassModelSettings[] settings, Action<double> progress)
    {
        (string layer, int[] place) = OneImage.SplitStart(start, _model.Network);
        ModelTarget target = ModelTarget.Layer(_model.Network, layer, place);
        int done = 0;
        var made = new List<DrawnClassModel>();
        foreach (ClassModelSettings preset in settings)
        {
            Add(made, Ascend(target, preset, progress, ref done)[0], start,
                (result, used) => new DrawnClassModel(result, used, null, false, null, start));
        }

        return Results(made, MostColumns, isRowOfPreset: false);
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

    private ClassModelResults Results(List<DrawnClassModel> made, int columns, bool isRowOfPreset) => made.Count > 0
        ? new ClassModelResults(_model, _options, (_units, _unitsReport), made, [.. _failures], columns, isRowOfPreset)
        : throw new NetVizException($"nothing can be drawn: {string.Join("; ", _failures.Take(3))}"
            + (_failures.Count > 3 ? "; ..." : ""));
}
