namespace NetViz.Benchmarks;

/// <summary>One step of training: seconds of its parts, and the loss that it started from.</summary>
internal sealed record TrainingStep(double Forward, double Backward, double Step, double Loss)
{
    /// <summary>Seconds of the whole.</summary>
    public double Whole => Forward + Backward + Step;
}
