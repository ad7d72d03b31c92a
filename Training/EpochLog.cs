namespace NetViz.Training;

/// <summary>What is noted of an epoch.</summary>
public sealed record EpochLog
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate of its last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The mean loss of its steps, with smoothed and mixed targets as they were learned from.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>The part of its varied pictures, 0 to 1, whose class had the highest score when they were learned from.</summary>
    public required double TrainingTop1 { get; init; }

    /// <summary>The mean length of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The loss on the pictures held out, without smoothing; null if there are none.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The part of the pictures held out, 0 to 1, whose class has the highest score.</summary>
    public double? ValidationTop1 { get; init; }

    /// <summary>The part of the pictures held out, 0 to 1, whose class is among the five highest scores.</summary>
    public double? ValidationTop5 { get; init; }

    /// <summary>Pictures learned from in a second.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds of the whole epoch, evaluation included.</summary>
    public required double Seconds { get; init; }
}

/// <summary>How far training is, told after each step.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">Steps of the epoch that are done.</param>
/// <param name="Steps">Steps of an epoch.</param>
/// <param name="Loss">The epoch's mean loss so far.</param>
/// <param name="Top1">The part of the epoch's pictures so far that had the highest score for their class.</param>
/// <param name="ImagesPerSecond">Pictures a second in this run, evaluation not counted.</param>
/// <param name="Remaining">The time that is left at this run's pace.</param>
public readonly record struct TrainingProgress(int Epoch, int Step, int Steps, double Loss, double Top1, double ImagesPerSecond,
    TimeSpan Remaining);
