using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// A class model that is drawn a step at a time and whose constants can change on the way. Without a change its steps are those of
/// <see cref="ClassModel.Ascend"/>.
/// </summary>
public sealed class LiveAscent
{
    private readonly PreparedNetwork _network;
    private readonly InputUnits _units;
    private readonly ModelTarget _target;
    private readonly Climber _climber;

    /// <summary>Stands where the procedure starts.</summary>
    /// <param name="network">The network.</param>
    /// <param name="units">The coordinates of its images.</param>
    /// <param name="target">What the image is to raise; one class.</param>
    /// <param name="settings">The procedure.</param>
    /// <param name="seed">Of the random views and noise.</param>
    public LiveAscent(PreparedNetwork network, InputUnits units, ModelTarget target, ClassModelSettings settings, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(settings);
        (_network, _units, _target, Settings) = (network, units, target, settings);
        _climber = new Climber(units, settings, target.Keys[0], seed, null);
    }

    /// <summary>Gets the constants in force.</summary>
    public ClassModelSettings Settings { get; private set; }

    /// <summary>Gets the steps so far.</summary>
    public IReadOnlyList<ClassModelStep> Curve => _climber.Curve;

    /// <summary>Gets the picture at which the ascent stands.</summary>
    public Photo Picture => _units.ToPhoto(_climber.Ascent.Standing);

    /// <summary>Goes on with other constants, or, where they climb in another way, returns false and changes nothing.</summary>
    /// <param name="settings">The constants.</param>
    public bool TryChange(ClassModelSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Ascent != Settings.Ascent) return false;
        _climber.Change(settings);
        Settings = settings;
        return true;
    }

    /// <summary>Runs one forward and one backward pass and moves on.</summary>
    /// <exception cref="NetVizException">The target does not depend on the image, or became infinite.</exception>
    public ClassModelStep Step()
    {
        int step = Curve.Count;
        IPixelView? view = _climber.NextView(step);
        float[] shown = Climber.Shown(_climber.Ascent.Image, view);
        using ForwardRecord record = _target.Forward(_network, _units.ToInput([shown]));
        float[] signal = _units.FromSignal(record.Backward(_target.Seed, BackwardRule.Gradient))[0];
        double value = _target.Values(record)[0];
        if (!double.IsFinite(value))
            throw new NetVizException($"the target became {value} at step {step}", "give a smaller `rate`");
        if (step == 0 && !signal.AsSpan().ContainsAnyExcept(0f))
        {
            throw new NetVizException("the target does not change with the image where the ascent starts: its gradient is 0",
                _target.AdviceWhereFlat(Settings.Ascent == AscentKind.AdamOnSpectrum, value));
        }

        _climber.Take(step, value, signal, view);
        return Curve[^1];
    }
}
