using System.Numerics.Tensors;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// I + s d / ||d|| along a direction d: taken where the objective does not fall there, and then s grows and d is the gradient;
/// else s shrinks and the step is tried again from the same image. So the objective never falls. In the flat zero image all
/// elements of every pooling window tie and the gradient is that of one of many pieces, which may lead up nowhere: so d takes
/// up what the gradient is beyond the kinks, at the steps that were rejected (gradient sampling; Burke, Lewis, Overton 2005).
/// </summary>
internal sealed class BacktrackingAscent : IAscent
{
    private readonly InputUnits _units;
    private double _shrink;
    private double _grow;
    private double _mix;
    private double _rate;
    private float[] _direction = [];
    private double _length;
    private double _objective = double.NegativeInfinity;

    public BacktrackingAscent(ClassModelSettings settings, InputUnits units)
    {
        _units = units;
        Change(settings);
        (Standing, Image) = (new float[units.Count], new float[units.Count]);
    }

    public float[] Image { get; private set; }

    public float[] Standing { get; private set; }

    /// <summary>
    /// Goes on with other constants. The objective may be another now, so that it counts from where the ascent stands; another
    /// rate is the length of the next step.
    /// </summary>
    public void Change(ClassModelSettings settings)
    {
        (_shrink, _grow, _mix) = (settings["shrink"], settings["grow"], settings["mix"]);
        if (settings["rate"] != _rate) _length = settings["rate"] * _units.UnitRatio * Math.Sqrt(_units.CountRatio);
        _rate = settings["rate"];
        _objective = double.NegativeInfinity;
    }

    public bool Take(double objective, ReadOnlySpan<float> gradient, int step)
    {
        bool taken = objective >= _objective;
        if (taken)
        {
            if (step > 0) _length *= _grow;
            (Standing, _direction, _objective) = (Image, gradient.ToArray(), objective);
        }
        else
        {
            _length *= _shrink;
            TensorPrimitives.Lerp(_direction, gradient, (float)_mix, _direction);
        }
        Image = Ascending.Moved(Standing, _direction, _length);
        return taken;
    }
}

/// <summary>The step that ascents share.</summary>
internal static class Ascending
{
    /// <summary>I + length g / ||g||; I where g is 0.</summary>
    public static float[] Moved(ReadOnlySpan<float> image, ReadOnlySpan<float> gradient, double length)
    {
        var moved = new float[image.Length];
        float norm = TensorPrimitives.Norm(gradient);
        TensorPrimitives.MultiplyAdd(gradient, norm > 0 ? (float)(length / norm) : 0, image, moved);
        return moved;
    }
}
