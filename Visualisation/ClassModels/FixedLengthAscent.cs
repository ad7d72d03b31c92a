namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// I &lt;- r(I + s g / ||g||), where r decays, blurs, clips and cuts off, as far as the settings say so (Yosinski et al. 2015,
/// CS231n).
/// </summary>
internal sealed class FixedLengthAscent(ClassModelSettings settings, InputUnits units) : IAscent
{
    private ClassModelSettings _settings = settings;

    private double Length => _settings["rate"] * units.UnitRatio * Math.Sqrt(units.CountRatio);

    public float[] Image { get; private set; } = new float[units.Count];

    public float[] Standing => Image;

    public void Change(ClassModelSettings settings) => _settings = settings;

    public bool Take(double objective, ReadOnlySpan<float> gradient, int step)
    {
        float[] image = Ascending.Moved(Image, gradient, Length);
        int plane = units.Height * units.Width, every = (int)_settings["blur-every"];
        for (int i = 0; i < image.Length; i++) image[i] *= (float)(1 - _settings["decay"]);
        if (every > 0 && (step + 1) % every == 0) GaussianBlur.Apply(image, units.Height, units.Width, _settings["blur"]);
        Clipping.SmallNorm(image, plane, _settings["clip-norm"]);
        Clipping.SmallContribution(image, gradient, plane, _settings["clip-contribution"]);
        if (_settings["clamp"] > 0) units.Clamp(image);
        Image = image;
        return true;
    }
}
