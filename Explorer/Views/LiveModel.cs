using System.Globalization;
using Microsoft.AspNetCore.Http;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Explorer.Server;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;

namespace NetViz.Explorer.Views;

/// <summary>
/// A class model that rises while the visitor watches. Each step is a pass of its own behind the gate, so that others have their
/// turn. The visitor pauses it, and changes its constants.
/// </summary>
internal sealed class LiveModel
{
    private static readonly TimeSpan PictureEvery = TimeSpan.FromMilliseconds(120), Idle = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Changeable = ["lambda", "rate", "jitter", "blur", "blur-every", "decay", "tv", "steps"];

    private readonly LoadedModel _loaded;
    private readonly int _class;
    private readonly ulong _seed;
    private readonly Lock _lock = new();
    private readonly List<object> _changes = [];
    private LiveAscent _ascent;
    private bool _paused;
    private bool _stopped;

    /// <summary>Stands where the procedure starts.</summary>
    public LiveModel(LoadedModel loaded, Question asked, int index)
    {
        (_loaded, _class, _seed) = (loaded, index, (ulong)asked.Number("seed", 1, 0, 1_000_000_000));
        _ascent = Begin(Settings(asked, null));
    }

    /// <summary>Gets the presets with their constants, for the page's form.</summary>
    public static object Choices { get; } = ClassModelPresets.All.Select(preset => new
    {
        name = preset.Preset,
        preset.Description,
        constants = preset.Constants.Where(constant => Changeable.Contains(constant.Name) && constant.Value is not string)
            .Select(constant => new { name = constant.Name, value = constant.Number, origin = constant.Origin.ToString(), constant.Meaning }).ToArray(),
    }).ToArray();

    /// <summary>Ends the ascent.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Pauses, goes on, or goes on with other constants.</summary>
    public void Change(Question asked)
    {
        if (asked.Text("action") is "pause" or "resume") _paused = asked.Text("action") == "pause";
        if (asked.Text("action") is not ("set" or "reset")) return;
        lock (_lock)
        {
            ClassModelSettings settings = Settings(asked, _ascent.Settings);
            bool restarts = asked.Text("action") == "reset" || !_ascent.TryChange(settings);
            if (restarts) _ascent = Begin(settings);
            _changes.Add(new { step = _ascent.Curve.Count, restarts, preset = settings.Preset, constants = Constants(settings) });
        }
    }

    /// <summary>Sends pictures and the curve until the visitor leaves or all steps are done.</summary>
    public async Task Run(HttpContext context)
    {
        EventStream.Begin(context);
        CancellationToken token = context.RequestAborted;
        int sent = 0;
        LiveAscent? sentOf = null;
        long last = 0;
        while (!_stopped)
        {
            if (_paused)
            {
                await Task.Delay(Idle, token).ConfigureAwait(false);
                continue;
            }

            (ClassModelStep step, bool done) = await _loaded.Gate.RunAsync(_ =>
            {
                lock (_lock)
                {
                    ClassModelStep taken = _ascent.Step();
                    return (taken, _ascent.Curve.Count >= _ascent.Settings.Steps);
                }
            }, token).ConfigureAwait(false);
            if (!done && Environment.TickCount64 - last < PictureEvery.TotalMilliseconds) continue;
            last = Environment.TickCount64;
            object update;
            lock (_lock)
            {
                if (sentOf != _ascent) (sentOf, sent) = (_ascent, 0);
                ClassModelStep[] curve = [.. _ascent.Curve.Skip(sent)];
                sent = _ascent.Curve.Count;
                Photo picture = _ascent.Picture;
                update = new
                {
                    step.Step,
                    from = sent - curve.Length,
                    values = curve.Select(one => one.Value).ToArray(),
                    objectives = curve.Select(one => one.Objective).ToArray(),
                    norm = step.Norm,
                    picture.Width,
                    picture.Height,
                    rgb = Convert.ToBase64String(picture.Rgb),
                    done,
                };
            }

            await EventStream.Send(context, "picture", update).ConfigureAwait(false);
            if (done) _paused = true;
        }

        await EventStream.Send(context, "stopped", new { }).ConfigureAwait(false);
    }

    /// <summary>Returns what is known of the picture, for the file that is saved beside it.</summary>
    public object Report()
    {
        lock (_lock)
        {
            return new
            {
                model = _loaded.Name,
                modelSha256 = _loaded.Explainer.Model.Sha256,
                classIndex = _class,
                className = _loaded.Explainer.Model.ClassName(_class),
                preset = _ascent.Settings.Preset,
                seed = _seed,
                steps = _ascent.Curve.Count,
                value = _ascent.Curve.Count > 0 ? _ascent.Curve[^1].Value : (double?)null,
                constants = Constants(_ascent.Settings),
                changes = _changes.ToArray(),
                curve = _ascent.Curve.Select(one => one.Value).ToArray(),
                device = _loaded.Explainer.Prepared.Kernels.Name,
                preprocessing = _loaded.Explainer.Model.Preprocessing?.Describe(),
            };
        }
    }

    private static object Constants(ClassModelSettings settings) => settings.Constants.Select(constant => new
    {
        constant.Name, value = Convert.ToString(constant.Value, CultureInfo.InvariantCulture), origin = constant.Origin.ToString(),
    }).ToArray();

    private LiveAscent Begin(ClassModelSettings settings)
    {
        (InputUnits units, _) = ModelUnits.Of(_loaded.Explainer.Model);
        _changes.Clear();
        return new LiveAscent(_loaded.Explainer.Prepared, units, ModelTarget.Score(_loaded.Explainer.Network, units, [_class]), settings,
            _seed);
    }

    private static ClassModelSettings Settings(Question asked, ClassModelSettings? now)
    {
        string name = asked.Text("preset") ?? now?.Preset ?? "netviz";
        ClassModelSettings settings = ClassModelPresets.Find(name);
        foreach (string constant in Changeable)
        {
            if (asked.Real(constant) is not double value || value == settings[constant]) continue;
            if (constant == "steps" && value > 4000) throw new NetVizException($"`steps` {value}; up to 4000 are supported here");
            settings = settings.With(constant, value, Origin.Given, ClassModelOptions.Meanings.GetValueOrDefault(constant, ""));
        }

        return settings;
    }
}
