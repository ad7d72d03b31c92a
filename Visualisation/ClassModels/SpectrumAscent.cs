using NetViz.Engine;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Adam (Kingma and Ba 2014) on the spectrum: m and v are running means of g and g^2, z &lt;- z + s m' / (sqrt(v') + e), m' and
/// v' being freed of the zeros they start with.
/// </summary>
internal sealed class SpectrumAscent : IAscent
{
    private ClassModelSettings _settings;
    private readonly SpectralImage _spectral;
    private readonly float[] _spectrum;
    private readonly float[] _signal;
    private readonly double[] _mean;
    private readonly double[] _square;

    public SpectrumAscent(ClassModelSettings settings, InputUnits units, SpectralImage spectral, CounterRandom random)
    {
        (_settings, _spectral) = (settings, spectral);
        (_spectrum, _signal, Image) = (new float[units.Count], new float[units.Count], new float[units.Count]);
        (_mean, _square) = (new double[units.Count], new double[units.Count]);
        random.Fill(0, settings["noise"], _spectrum);
        _spectral.Forward(_spectrum, Image);
    }

    public float[] Image { get; private set; }

    public float[] Standing => Image;

    public void Change(ClassModelSettings settings) => _settings = settings;

    public bool Take(double objective, ReadOnlySpan<float> gradient, int step)
    {
        _spectral.Backward(Image, gradient, _signal);
        double beta1 = _settings["beta1"], beta2 = _settings["beta2"];
        double first = 1 - Math.Pow(beta1, step + 1), second = 1 - Math.Pow(beta2, step + 1);
        for (int i = 0; i < _spectrum.Length; i++)
        {
            _mean[i] = beta1 * _mean[i] + (1 - beta1) * _signal[i];
            _square[i] = beta2 * _square[i] + (1 - beta2) * _signal[i] * _signal[i];
            _spectrum[i] +=
                (float)(_settings["rate"] * (_mean[i] / first) / (Math.Sqrt(_square[i] / second) + _settings["epsilon"]));
        }

        var image = new float[Image.Length];
        _spectral.Forward(_spectrum, image);
        Image = image;
        return true;
    }
}
