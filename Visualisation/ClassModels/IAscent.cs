namespace NetViz.Visualisation.ClassModels;

/// <summary>The gradient ascent of one image.</summary>
internal interface IAscent
{
    /// <summary>The image that the network is to see next, [C, H, W].</summary>
    float[] Image { get; }

    /// <summary>The image that the ascent stands at: the result, were it to end now.</summary>
    float[] Standing { get; }

    /// <summary>Takes what was found at <see cref="Image"/> and moves on.</summary>
    /// <param name="objective">S - lambda ||I||^2 there.</param>
    /// <param name="gradient">Its derivative, [C, H, W].</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>Whether the ascent stands there now.</returns>
    bool Take(double objective, ReadOnlySpan<float> gradient, int step);

    /// <summary>Goes on with other constants.</summary>
    void Change(ClassModelSettings settings);
}
