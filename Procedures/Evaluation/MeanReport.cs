using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>A mean as JSON has it, with the ends of its interval at 95 % where it has one.</summary>
internal sealed record MeanReport(double Mean, double? Low, double? High, double? Deviation, int Count)
{
    public static MeanReport Of(SampleMean mean) => new(mean.Value, OrNull(mean.Low), OrNull(mean.High),
        OrNull(mean.Deviation), mean.Count);

    private static double? OrNull(double value) => double.IsNaN(value) ? null : value;
}
