using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Maps;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>Computes the wanted maps of some classes, from one forward pass and what else they need.</summary>
internal sealed record MapComputation(Explainer Model, BackwardRule[] Rules, MapSettings Settings, string? At,
    string? CamLayer, ProcedureRun Run)
{
    /// <summary>Computes all maps of each wanted class, in the order in which they were asked for.</summary>
    /// <param name="record">The forward pass of the input.</param>
    /// <param name="input">The input.</param>
    /// <param name="wanted">For each wanted class a class for each of the input's images.</param>
    /// <param name="time">Receives what took how long.</param>
    public IEnumerable<IReadOnlyList<ComputedMap>> Of(ForwardRecord record, Tensor<float> input, IReadOnlyList<int[]> wanted,
        MapTimes time)
    {
        // All classes go down together.
        bool areSignalsNeeded = Settings.Kinds.Any(kind => kind is MapKind.Signal or MapKind.InputXGradient);
        Seed[] seeds = [.. wanted.Select(classes => Seed.Classes(classes))];
        Signals[][] signals = [.. (areSignalsNeeded ? Rules : []).Select(rule =>
            time.Measure(rule.Name, () => Down(record, seeds, rule)))];
        return wanted.Select((classes, k) => Of(record, input, classes, [.. signals.Select(bySeed => bySeed[k])], time));
    }

    /// <summary>All maps of one class, from its signal under each rule.</summary>
    private List<ComputedMap> Of(ForwardRecord record, Tensor<float> input, int[] classes, Signals[] signals, MapTimes time)
    {
        var maps = new List<ComputedMap>();
        foreach (MapKind kind in Settings.Kinds)
        {
            maps.AddRange(kind switch
            {
                MapKind.SmoothGrad => time.Measure(MapNames.Of(kind), () => Smooth(input, classes)),
                MapKind.IntegratedGradients => time.Measure(MapNames.Of(kind), () => Integrated(input, classes)),
                MapKind.Occlusion => time.Measure(MapNames.Of(kind), () => Occluded(input, classes)),
                >= MapKind.GradCam => time.Measure(MapNames.Of(kind),
                    () => new FurtherMaps(Model, Settings, CamLayer, Run).Of(kind, record, input, classes)),
                _ => Rules.Zip(signals, (rule, signal) => new ComputedMap(kind, rule,
                    kind == MapKind.Signal ? signal.Rounded : Numbers.Multiply<float>(input, signal.Rounded))
                    { Exact = kind == MapKind.Signal ? signal.Exact : null }),
            });
        }

        return maps;
    }

    /// <summary>The signals of some classes; relevance in double too, where the device computes so.</summary>
    private Signals[] Down(ForwardRecord record, Seed[] seeds, BackwardRule rule)
    {
        if (rule.Relevance is null || !Model.Prepared.Kernels.ComputesInDouble)
        {
            Tensor<float> signals = record.Backward(seeds, rule, At, progress: null, Run.Token);
            return [.. Parts(signals, seeds.Length).Select(signal => new Signals(signal, null))];
        }

        return [.. Parts(record.BackwardInDouble(seeds, rule, At), seeds.Length).Select(signal =>
            new Signals(FurtherMaps.Rounded(signal), signal))];
    }

    /// <summary>One signal of all images.</summary>
    private readonly record struct Signals(Tensor<float> Rounded, Tensor<double>? Exact);

    /// <summary>[seeds * N, ...] as that many [N, ...].</summary>
    private static Tensor<T>[] Parts<T>(Tensor<T> signals, int seeds)
    {
        nint[] lengths = signals.Lengths.ToArray();
        lengths[0] /= seeds;
        var all = new T[signals.FlattenedLength];
        signals.FlattenTo(all);
        return [.. all.Chunk(all.Length / seeds).Select(values => Numbers.Create(values, lengths))];
    }

    private IEnumerable<ComputedMap> Smooth(Tensor<float> input, int[] classes)
    {
        var constants = new
        {
            Settings.Samples,
            SamplesFrom = "secondary: Smilkov et al. 2017",
            NoiseShareOfRange = Settings.Noise,
            NoiseFrom = "secondary: Smilkov et al. 2017 recommend 0.1 to 0.2",
            NoiseShape = "sums of four uniform numbers, which reach 3.46 deviations [ours]",
            Seed = Settings.NoiseSeed,
        };
        return SmoothGrad.Of(Model.Prepared, input, classes, Rules, Settings.Samples, Settings.Noise, Settings.NoiseSeed, Run.Token)
            .Select((signal, r) => new ComputedMap(MapKind.SmoothGrad, Rules[r], signal) { Constants = constants });
    }

    private IEnumerable<ComputedMap> Integrated(Tensor<float> input, int[] classes)
    {
        ReferenceImage baseline = ReferenceImage.Of(Model, "`Baseline`", Settings.Baseline ?? ReferenceImage.Zero, input, Run);
        IntegratedGradients found = IntegratedGradients.Of(Model.Prepared, input, classes, Settings.Steps, baseline.Values, Run.Token);
        double[] gaps = [.. classes.Select((_, n) => found.Gap(n))];
        double[] differences = [.. classes.Select((_, n) => found.Scores[n] - found.BaselineScores[n])];
        string symbol = baseline.Name == ReferenceImage.Zero ? "0" : "B";
        string share = ScoreText.Ratio(Math.Abs(gaps[0]), Math.Abs(differences[0]), "0.00%", $"|S(I) - S({symbol})|");
        return
        [
            new ComputedMap(MapKind.IntegratedGradients, BackwardRule.Gradient, found.Values)
            {
                Constants = new
                {
                    Settings.Steps,
                    StepsFrom = "secondary: Sundararajan et al. 2017 find 20 to 300 enough; midpoint rule [ours]",
                    Baseline = baseline.Name,
                    BaselineIs = baseline.Description,
                    found.Scores,
                    found.BaselineScores,
                    found.Sums,
                    CompletenessGaps = gaps,
                },
                Note = string.Create(CultureInfo.InvariantCulture, $"completeness: the map's sum "
                    + $"{NumberText.Fixed(found.Sums[0], "0.0000")}, "
                    + $"S(I) - S({symbol}) "
                    + $"= {NumberText.Fixed(differences[0], "0.0000")}, gap {NumberText.Fixed(gaps[0], "0.0000")} "
                    + $"({share}) with {Counted.Of(Settings.Steps, "step")}"
                    + $"{(gaps.Length > 1 ? " for the first" : "")}; baseline {baseline.Name}: {baseline.Description}"),
            },
        ];
    }

    private ComputedMap[] Occluded(Tensor<float> input, int[] classes)
    {
        if (classes.Length > 1)
        {
            throw new NetVizException($"the array holds {Counted.Of(classes.Length, "image")}; occlusion looks at one at a time",
                "give each in a file of its own");
        }

        if (input.Rank != 4) throw new NetVizException($"the network's input is {Model.Network.Input}; a square needs rows "
            + $"and columns");
        Tensor<float> planes = input.ToPlanes(Model.Network.LayoutOf(0));
        (int height, int width) = ((int)planes.Lengths[2], (int)planes.Lengths[3]);
        (int side, int stride) = Settings.Square ?? Occlusion.DefaultSize(height, width);
        if (side > Math.Min(height, width))
        {
            throw new NetVizException($"`Square` {side},{stride}: a side of {side} is larger than the image of {width}x{height} "
                + "pixels", $"at most {Math.Min(height, width)} is supported");
        }

        ReferenceImage fill = ReferenceImage.Of(Model, "`Fill`", Settings.Fill ?? ReferenceImage.Grey, input, Run);
        Occlusion found = Occlusion.Filled(Model.Prepared, input, classes[0], fill.Values, side, stride, Run.Token);
        string? gaps = stride <= side ? null
            : $"the stride of {stride} is larger than the square's side of {side}: pixels between the places are never hidden";
        if (gaps is not null) Run.Warn($"`Square` {side},{stride}: {gaps}");
        bool hasProbability = Model.Model.HasProbabilities;
        float least = found.Probabilities.Min();
        var constants = new
        {
            found.Side,
            found.Stride,
            SizeFrom = Settings.Square is null ? "ours: a seventh of the shorter side, a quarter of that" : "given",
            Fill = fill.Name,
            FillIs = fill.Description,
            FillColour = fill.Colour,
            Gaps = gaps,
            found.Rows,
            found.Columns,
            found.Score,
            Probability = hasProbability ? found.Probability : (double?)null,
            LeastScore = found.Scores.Min(),
            LeastProbability = hasProbability ? least : (float?)null,
        };
        string likely = hasProbability ? string.Create(CultureInfo.InvariantCulture,
            $"; probability {found.Probability:0.000}, least {least:0.000}") : "";
        string note = string.Create(CultureInfo.InvariantCulture, $"{fill.Name} {side}x{side} square at "
            + $"{found.Columns}x{found.Rows} places, "
            + $"{(stride == 1 ? "at every pixel" : $"every {stride} pixels")}: score {NumberText.Fixed(found.Score, "0.000")}, "
            + $"least {NumberText.Fixed(found.Scores.Min(), "0.000")}{likely}{(gaps is null ? "" : $"; {gaps}")}");
        Tensor<float> Grid(float[] values) => Numbers.Create(values, [found.Rows, found.Columns]);
        ComputedMap[] maps =
        [
            new ComputedMap(MapKind.Occlusion, null, null)
            {
                Part = "score", Map = found.ScoreDrop(height, width), Constants = constants, Note = note,
                Arrays = new Dictionary<string, Tensor<float>> { ["grid"] = Grid(found.Scores) },
            },
            new ComputedMap(MapKind.Occlusion, null, null)
            {
                Part = "probability", Map = found.ProbabilityDrop(height, width), Constants = constants,
                Arrays = new Dictionary<string, Tensor<float>> { ["grid"] = Grid(found.Probabilities) },
            },
        ];
        return hasProbability ? maps : maps[..1];
    }
}
