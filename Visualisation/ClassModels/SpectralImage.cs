namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// An image given by its spectrum in decorrelated colours, as in Lucid: z [C, H, W] -> z / max(f, 1 / side), so that all
/// frequencies weigh alike -> Fourier -> colours correlated as in photographs -> sigmoid -> samples of 0 .. 255 -> the
/// network's units.
/// </summary>
public sealed class SpectralImage
{
    // Lucid stores z as complex halves of a spectrum: a real wave has sqrt(2) times the norm of its coefficient;
    // and divides by 4.
    private static readonly double Amplitude = Math.Sqrt(2) / 4;

    // Square root of the covariance of colours in ImageNet, as Lucid has it [secondary]: row a colour, column a component.
    private static readonly float[,] ColourRoot = { { 0.26f, 0.09f, 0.02f }, { 0.27f, 0.00f, -0.05f }, { 0.27f, -0.09f, 0.03f } };

    private readonly InputUnits _units;
    private readonly HartleyTransform _transform;
    private readonly float[] _scale;
    private readonly float[,] _colours;

    /// <summary>Creates it.</summary>
    /// <param name="units">The image's shape and coordinates.</param>
    public SpectralImage(InputUnits units)
    {
        ArgumentNullException.ThrowIfNull(units);
        _units = units;
        _transform = new HartleyTransform(units.Height, units.Width);
        _scale = new float[units.Height * units.Width];
        double lowest = 1.0 / Math.Max(units.Height, units.Width);
        for (int i = 0; i < _scale.Length; i++)
            _scale[i] = (float)(Amplitude / Math.Max(_transform.Frequency(i / units.Width, i % units.Width), lowest));
        _colours = Colours(units.Channels);
    }

    /// <summary>The image of a spectrum.</summary>
    /// <param name="spectrum">z, [C, H, W]; C are components of colour.</param>
    /// <param name="image">[C, H, W] in the network's units and order.</param>
    public void Forward(ReadOnlySpan<float> spectrum, Span<float> image)
    {
        float[] components = new float[spectrum.Length], scaled = Scaled(spectrum);
        _transform.Apply(scaled, components);
        int plane = _scale.Length;
        for (int colour = 0; colour < _units.Channels; colour++)
        {
            int c = _units.ChannelOf(colour);
            for (int i = 0; i < plane; i++)
            {
                float sum = 0;
                for (int k = 0; k < _units.Channels; k++) sum += _colours[colour, k] * components[k * plane + i];
                image[c * plane + i] = (255 / (1 + MathF.Exp(-sum)) - _units.Centre[c]) / _units.Deviation[c];
            }
        }
    }

    /// <summary>The transpose of the derivative at an image: a signal at the image becomes one at the spectrum.</summary>
    /// <param name="image">What <see cref="Forward"/> gave, [C, H, W].</param>
    /// <param name="imageSignal">[C, H, W].</param>
    /// <param name="spectrumSignal">[C, H, W].</param>
    public void Backward(ReadOnlySpan<float> image, ReadOnlySpan<float> imageSignal, Span<float> spectrumSignal)
    {
        int plane = _scale.Length;
        var components = new float[image.Length];
        for (int colour = 0; colour < _units.Channels; colour++)
        {
            int c = _units.ChannelOf(colour);
            for (int i = 0; i < plane; i++)
            {
                // s = sigmoid(.), ds = s (1 - s), and one unit of s is 255 / deviation of the network's.
                float s = (image[c * plane + i] * _units.Deviation[c] + _units.Centre[c]) / 255;
                float signal = imageSignal[c * plane + i] * s * (1 - s) * 255 / _units.Deviation[c];
                for (int k = 0; k < _units.Channels; k++) components[k * plane + i] += _colours[colour, k] * signal;
            }
        }

        _transform.Apply(components, spectrumSignal);
        for (int i = 0; i < spectrumSignal.Length; i++) spectrumSignal[i] *= _scale[i % plane];
    }

    private float[] Scaled(ReadOnlySpan<float> spectrum)
    {
        var scaled = new float[spectrum.Length];
        for (int i = 0; i < scaled.Length; i++) scaled[i] = spectrum[i] * _scale[i % _scale.Length];
        return scaled;
    }

    // Divided by the largest norm of a column; 1 for grey.
    private static float[,] Colours(int channels)
    {
        if (channels == 1) return new float[,] { { 1 } };
        double largest = Enumerable.Range(0, 3).Max(k =>
            Math.Sqrt(Enumerable.Range(0, 3).Sum(colour => (double)ColourRoot[colour, k] * ColourRoot[colour, k])));
        var colours = new float[3, 3];
        for (int colour = 0; colour < 3; colour++)
            for (int k = 0; k < 3; k++) colours[colour, k] = (float)(ColourRoot[colour, k] / largest);
        return colours;
    }
}
