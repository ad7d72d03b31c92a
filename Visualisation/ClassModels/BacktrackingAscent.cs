using System.Numerics.Tensors;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// I + s g / ||g||: taken where the objective does not fall there, and then s grows; else s shrinks and the step is tried again
/// from the same image. So the objective never falls.
/// </summary>
internal sealed class BacktrackingAscent : IAscent
{
    private readonly double _shrink;
    private readonly double _grow;
    private float[] _gradient;
    private double _length;
    private double _objective = double.NegativeInfinity;

    public BacktrackingAscent(ClassModelSettings settings, InputUnits units)
    {
        (_shrink, _grow) = (settings["shrink"], settings["grow"]);
        _length = settings["rate"] * units.UnitRatio * Math.Sqrt(units.CountRatio);
        (Standing, Image, _gradient) = (new float[units.Count], new float[units.Count], []);
    }

    public float[] Image { get; private set; }

    public float[] Standing { get; private set; }

    public bool Take(double objective, ReadOnlySpan<float> gradient, int step)
    {
        bool taken = objective >= _objective;
        if (taken)
        {
            if (step > 0) _length *= _grow;
            (Standing, _gradient, _objective) = (Image, gradient.ToArray(), objective);
        }
        else
        {
            _length *= _shrink;
        }
        Image = Ascending.Moved(Standing, _gradient, _length);
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
