namespace NetViz.Training;

/// <summary>
/// The learning rate as a function of the step alone: it rises linearly over the first steps, so that the momenta of a fresh
/// network do not run away, then falls along half a cosine (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
/// </summary>
/// <param name="Peak">The rate at the end of the warm-up.</param>
/// <param name="Floor">The rate towards which it falls.</param>
/// <param name="WarmupSteps">Steps of the warm-up; 0 for none.</param>
/// <param name="Steps">All steps, those of the warm-up among them.</param>
public readonly record struct LearningRateSchedule(double Peak, double Floor, long WarmupSteps, long Steps)
{
    /// <summary>
    /// The rate of a step: with w warm-up steps of T in all, peak (t + 1) / w for t &lt; w, then
    /// floor + (peak - floor) (1 + cos(pi (t - w) / (T - w))) / 2.
    /// </summary>
    /// <param name="step">The step, from 0; beyond the last one the rate stays at the floor.</param>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps) return Peak * (step + 1) / WarmupSteps;
        if (step >= Steps) return Floor;
        double part = (double)(step - WarmupSteps) / (Steps - WarmupSteps);
        return Floor + (Peak - Floor) * (1 + Math.Cos(Math.PI * part)) / 2;
    }
}
