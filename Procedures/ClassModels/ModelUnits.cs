using System.Collections.Immutable;
using NetViz.Visualisation.ClassModels;
using NetViz.Weights;
using NetViz.Weights.Export;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>The coordinates of a model's images, from its preprocessing.</summary>
internal static class ModelUnits
{
    private const float MiddleGrey = 127.5f;

    /// <summary>
    /// The zero image is what the preprocessing subtracts [paper]. Where it subtracts nothing, zero would be black: then it is
    /// the training-set mean that the file carries, or middle grey [ours].
    /// </summary>
    /// <exception cref="NetViz.Engine.NetVizException">The preprocessing is not known.</exception>
    public static (InputUnits Units, UnitsReport Report) Of(OnnxModel model)
    {
        Preprocessing p = model.RequirePreprocessing();
        ImmutableArray<float> mean = [.. Enumerable.Range(0, p.Channels).Select(c => p.Mean[c] * p.Divisor)];
        (ImmutableArray<float> centre, string origin) = mean.Any(value => value != 0)
            ? (mean, "what the preprocessing subtracts [paper]")
            : model.TrainingMean is { } training && training.Shape[0] == p.Channels
                ? (Channels(training), "the training-set mean in the file [ours]: the preprocessing subtracts nothing")
                : ([.. mean.Select(_ => MiddleGrey)],
                    "middle grey [ours]: the preprocessing subtracts nothing, no mean is known");
        var units = new InputUnits
        {
            Height = p.Height,
            Width = p.Width,
            Layout = p.Layout,
            Order = p.Order,
            Mean = mean,
            Deviation = [.. Enumerable.Range(0, p.Channels).Select(c => p.Deviation[c] * p.Divisor)],
            Centre = centre,
        };
        float[] rgb = [.. Enumerable.Range(0, 3).Select(colour => centre[units.ChannelOf(colour)])];
        return (units, new UnitsReport(rgb, origin, units.UnitRatio, units.CountRatio));
    }

    /// <summary>The mean of each channel.</summary>
    public static ImmutableArray<float> Channels(TrainingMean mean)
    {
        float[] values = mean.Values.ToArray();
        return [.. values.Chunk(values.Length / mean.Shape[0]).Select(plane => plane.Average())];
    }
}
