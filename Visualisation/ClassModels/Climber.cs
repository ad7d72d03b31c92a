using System.Numerics.Tensors;
using NetViz.Engine;

namespace NetViz.Visualisation.ClassModels;

/// <summary>An image during gradient ascent, with its curve and pictures.</summary>
internal sealed class Climber
{
    private readonly List<ClassModelStep> _curve = [];
    private readonly List<ClassModelFrame> _frames;
    private readonly InputUnits _units;
    private readonly CounterRandom _views;
    private ClassModelSettings _settings;
    private ViewDraw _draw;

    /// <summary>Stands where the procedure starts.</summary>
    /// <param name="units">The coordinates of the image.</param>
    /// <param name="settings">The procedure.</param>
    /// <param name="key">A number that the random draws depend on: the class.</param>
    /// <param name="seed">Of the random views and noise.</param>
    /// <param name="spectral">The image by its spectrum, for the procedures that climb there.</param>
    public Climber(InputUnits units, ClassModelSettings settings, int key, ulong seed, SpectralImage? spectral)
    {
        (_units, _settings, _draw) = (units, settings, new ViewDraw(settings, units));
        // Two streams for each image, by its class and not by its place in the batch.
        _views = new CounterRandom(seed, 2 * (ulong)key);
        var noise = new CounterRandom(seed, 2 * (ulong)key + 1);
        Ascent = settings.Ascent switch
        {
            AscentKind.Backtracking => new BacktrackingAscent(settings, units),
            AscentKind.FixedLength => new FixedLengthAscent(settings, units),
            _ => new SpectrumAscent(settings, units, spectral ?? new SpectralImage(units), noise),
        };
        _frames = [new(0, units.ToPhoto(Ascent.Standing))];
    }

    public IAscent Ascent { get; }

    /// <summary>Gets the steps so far.</summary>
    public IReadOnlyList<ClassModelStep> Curve => _curve;

    private double Lambda => _settings["lambda"] / (_units.UnitRatio * _units.UnitRatio * _units.CountRatio);

    private double Variation => _settings["tv"] / (_units.UnitRatio * _units.CountRatio);

    /// <summary>Goes on with other constants of the same kind of ascent.</summary>
    public void Change(ClassModelSettings settings)
    {
        (_settings, _draw) = (settings, new ViewDraw(settings, _units));
        Ascent.Change(settings);
    }

    /// <summary>Returns the view of a step; null for the image itself.</summary>
    public IPixelView? NextView(int step) => _draw.Draw(_views, step);

    /// <summary>Returns the image as a view shows it.</summary>
    public static float[] Shown(float[] image, IPixelView? view)
    {
        if (view is null) return image;
        var shown = new float[image.Length];
        view.Forward(image, shown);
        return shown;
    }

    public void Take(int step, double value, float[] signal, IPixelView? shown)
    {
        double lambda = Lambda, variation = Variation;
        float[] image = Ascent.Image;
        var gradient = signal;
        if (shown is not null) shown.Backward(signal, gradient = new float[signal.Length]);
        double square = TensorPrimitives.SumOfSquares<float>(image), objective = value - lambda * square;
        for (int i = 0; i < image.Length; i++) gradient[i] -= (float)(2 * lambda * image[i]);
        if (variation > 0)
        {
            objective -= variation * TotalVariation.Subtract(image, _units.Height, _units.Width,
                ClassModel.Smoothing * _units.Contrast, variation, gradient);
        }
        bool taken = Ascent.Take(objective, gradient, step);
        _curve.Add(taken ? new ClassModelStep(step, value, objective, Math.Sqrt(square)) : _curve[^1] with { Step = step });
        if ((long)(step + 1) * ClassModel.FrameCount / _settings.Steps > (long)step * ClassModel.FrameCount / _settings.Steps)
            _frames.Add(new ClassModelFrame(step + 1, _units.ToPhoto(Ascent.Standing)));
    }

    public ClassModelResult Result(double value) =>
        new(Ascent.Standing, _units.ToPhoto(Ascent.Standing), _curve, _frames, value);
}
