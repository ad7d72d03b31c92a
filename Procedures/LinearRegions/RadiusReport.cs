using NetViz.Analysis.LinearRegions;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>What <c>netviz linear-region --json</c> prints.</summary>
internal sealed record RadiusReport(string Image, int ClassIndex, string ClassName, double Score, string Along,
    double DirectionNorm, double ImageNorm, double GradientNorm, double GradientSlope, long Bits, long Switches,
    bool IsExact, IReadOnlyList<string> SmoothLayers, bool Holds, IReadOnlyList<RadiusSideReport> Sides, string Model,
    string ModelSha256, int[] InputShape, string Device, string Version)
{
    /// <summary>What must be known of the rule that the direction follows.</summary>
    public string? RuleNote { get; init; }
}

/// <summary>One side; distances t are along the unit direction, in input units.</summary>
internal sealed record RadiusSideReport(string Direction, double Slope, double? Radius, long FlipsAtOnce, FlipReport? FirstFlip,
    IReadOnlyList<RadiusStageReport> Stages, RadiusCheck? Check, IReadOnlyList<RadiusLayerReport> Layers);

/// <summary>A distance in all its units.</summary>
internal sealed record RadiusStageReport(string Name, double Distance, double? RelativeToImage, double? ShareOfWay,
    double? GreyLevelsLargest, double? GreyLevelsRms, long FlipsByTangent, long FlipsCounted, double LinearScore, double Score);

/// <summary>A bit or switch that changes, as the .json states it.</summary>
internal sealed record FlipReport(string Layer, string Operator, string Kind, IReadOnlyList<int> Index, double Distance,
    double Value, double Bound, double Rate, int? Switch, int? NextSwitch)
{
    public FlipReport(Flip f)
        : this(f.Layer, f.Operator, f.Kind.ToString(), f.Index, f.Distance, f.Value, f.Bound, f.Rate,
            f.Kind == FlipKind.SwitchMoves ? f.Switch : null, f.Kind == FlipKind.SwitchMoves ? f.NextSwitch : null)
    {
    }
}

/// <summary>A rectifier or a max-pooling.</summary>
internal sealed record RadiusLayerReport(string Layer, string Operator, long Elements, long FlipsAtOnce, FlipReport? FirstFlip,
    IReadOnlyList<long> FlipsByTangent, IReadOnlyList<long> FlipsCounted);

/// <summary>What a step of norm 1 along a direction is in grey levels 0 .. 255 of the photograph.</summary>
/// <param name="Largest">The sample that changes most.</param>
/// <param name="Rms">The root of the mean square over all samples.</param>
internal sealed record GreyLevels(double Largest, double Rms)
{
    /// <summary>From the preprocessing (p / Divisor - mean) / deviation, by channel; null where nothing is known of it.</summary>
    public static GreyLevels? Of(double[] unit, Shape input, Preprocessing? preprocessing)
    {
        if (preprocessing is null || input.Rank != 4) return null;
        bool last = preprocessing.Layout == ImageLayout.Nhwc;
        int channels = last ? input[3] : input.C, plane = (int)input.CountPerImage / channels;
        if (channels != preprocessing.Channels) return null;
        double largest = 0, squares = 0;
        for (int i = 0; i < unit.Length; i++)
        {
            int c = last ? i % channels : i / plane;
            double change = unit[i] * preprocessing.Deviation[c] * preprocessing.Divisor;
            largest = Math.Max(largest, Math.Abs(change));
            squares += change * change;
        }

        return new GreyLevels(largest, Math.Sqrt(squares / unit.Length));
    }
}
