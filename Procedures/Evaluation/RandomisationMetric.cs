using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;

namespace NetViz.Procedures;

/// <summary>
/// Adebayo et al. 2018: how like a rule's map stays to itself when the network's layers lose what they learned, from the top
/// down. A map that stays the same does not tell what the network learned there.
/// </summary>
internal sealed class RandomisationMetric : PictureMetric
{
    // Of |w| = max over c of |w_c| the range is 0 .. 1, of signed w = sum over c of w_c -1 .. 1, after normalisation.
    private static readonly Measurement[] Measures =
    [
        new("spearman_abs", "rank corr. of |w|", Reduction.Max, Range: null),
        new("spearman_signed", "rank corr. of w", Reduction.Signed, Range: null),
        new("ssim_abs", "SSIM of |w|", Reduction.Max, Range: 1),
        new("ssim_signed", "SSIM of w", Reduction.Signed, Range: 2),
    ];

    private readonly IReadOnlyList<string> _layers;

    /// <exception cref="NetVizException">No layer of the network has weights to draw.</exception>
    public RandomisationMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        _layers = ParameterRandomisation.Layers(evaluated.Model.Network);
        if (_layers.Count == 0)
            throw new NetVizException($"{evaluated.Model.Model.Path} has no layer with weights that could be drawn anew");
    }

    public override object Result => new
    {
        Evaluated.Options.Seed,
        Weights = "drawn anew, bell-shaped, with the mean and deviation of each layer's own [ours]",
        SsimWindow = StructuralSimilarity.Window,
        Layers = _layers,
        Rules = Evaluated.Maps.Select((rule, r) => new
        {
            Rule = rule.Name,
            ZeroMaps = Zeros(r),
            SpearmanAbs = Means(r, 0),
            SpearmanSigned = Means(r, 1),
            SsimAbs = Means(r, 2),
            SsimSigned = Means(r, 3),
        }),
    };

    public override IEnumerable<string> Warnings
    {
        get
        {
            for (int r = 0; r < Evaluated.Maps.Count; r++)
            {
                if (Zeros(r) is > 0 and var maps)
                    yield return $"{Counted.Of(maps, "map")} of {Evaluated.Maps[r].Name} {Counted.Form(maps, "is", "are")} "
                        + "0 all over and left out";
            }
        }
    }

    public override MetricPlot? Plot => new([.. Measures.Select((measure, m) => new PlotPanel(
        $"{Capital(measure.Words)}, {Counted.Of(Measured.Count, "picture")}", "layers drawn anew, down to this one", "",
        [.. Evaluated.Maps.Select((rule, r) => LineOf(rule.Name, [.. _layers.Select((_, layer) => Mean(r, layer, m))]))])
    {
        Names = ["none", .. _layers],
        YMax = 1.03,
    })]);

    internal override bool TakesMagnitudes => true;

    internal override IReadOnlyList<ScoreColumn> ScoreColumns => [new ScoreColumn("rank correlation of |w|, mean over layers", false,
        (values, map) => Enumerable.Range(0, _layers.Count).Average(layer => values[(map * _layers.Count + layer) * Measures.Length]))];

    public override string Settings => $"seed {Evaluated.Options.Seed}, layers {string.Join(' ', _layers)}";

    // [rules, layers, measures]; NaN where the map of the network as it is is 0 all over.
    public override int ValueCount => Evaluated.Maps.Count * _layers.Count * Measures.Length;

    protected override IReadOnlyList<string> ValueColumns => [.. Evaluated.Maps.SelectMany(rule =>
        _layers.SelectMany(layer => Measures.Select(measure => $"{measure.Name}_{rule.Name}_{layer}")))];

    public override void Describe(ResultText text)
    {
        foreach (int signed in (int[])[0, 1])
        {
            int[] shown = [signed, signed + 2];
            TextTable table = text.Table(["drawn anew down to", .. shown.SelectMany(m => Evaluated.Maps.Select(rule =>
                $"{Measures[m].Words}\n{rule.Name}"))]);
            for (int layer = 0; layer < _layers.Count; layer++)
            {
                table.AddRow([_layers[layer], .. shown.SelectMany(m =>
                    Evaluated.Maps.Select((_, r) => InWords(Mean(r, layer, m))))]);
            }
        }

        int window = StructuralSimilarity.Window;
        text.Line("1: the map is as it was; means with 95 % intervals. Weights and biases are drawn bell-shaped with "
            + $"each layer's own mean and deviation, seed {Evaluated.Options.Seed}; SSIM in windows of {window} x {window} "
            + "pixels.");
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => new double[ValueCount])];
        Views[][] own = [.. Evaluated.Maps.Select(rule => ViewsOf(PlanesOf(batch, rule), batch.Pictures.Count))];
        float[][] inputs = [.. batch.Pictures.Select(picture => picture.Input)];
        int[] classes = [.. batch.Pictures.Select(picture => picture.Score)];
        string[] names = [.. batch.Pictures.Select(picture => picture.Name)];
        PreparedNetwork original = Evaluated.Model.Prepared;
        for (int layer = 0; layer < _layers.Count; layer++)
        {
            Network drawn = ParameterRandomisation.Cascade(original.Network, layer + 1, unchecked((ulong)Evaluated.Options.Seed));
            using PreparedNetwork prepared = drawn.On(original.Kernels);
            using ForwardRecord record = Forward(inputs, prepared);
            for (int r = 0; r < Evaluated.Maps.Count; r++)
            {
                Views[] now = ViewsOf(Evaluated.Source.Of(Evaluated.Maps[r], record, inputs, classes, names), inputs.Length);
                int place = (r * _layers.Count + layer) * Measures.Length, rule = r;
                Parallel.For(0, batch.Pictures.Count, n =>
                {
                    for (int m = 0; m < Measures.Length; m++) values[n][place + m] = own[rule][n].LikenessTo(now[n], Measures[m]);
                });
            }
        }

        return values;
    }

    protected override IEnumerable<object?> RowOf(double[] values) =>
        values.Select(value => double.IsNaN(value) ? null : (object?)value);

    private Views[] ViewsOf(Tensor<float> planes, int count)
    {
        Reduction magnitude = Evaluated.Reduction is { } given and not Reduction.Signed ? given : Reduction.Max;
        return [.. Enumerable.Range(0, count).Select(n =>
            new Views(SaliencyMap.Of(planes, n, magnitude), SaliencyMap.Of(planes, n, Reduction.Signed)))];
    }

    private static PlotLine LineOf(string name, SampleMean[] means) =>
        new(name, [.. Enumerable.Range(0, means.Length + 1).Select(i => (double)i)],
            [1, .. means.Select(mean => mean.Value)])
        {
            Low = [1, .. means.Select(mean => mean.Low)],
            High = [1, .. means.Select(mean => mean.High)],
        };

    private SampleMean Mean(int rule, int layer, int measure) =>
        MeanOf((rule * _layers.Count + layer) * Measures.Length + measure);

    private IEnumerable<MeanReport> Means(int rule, int measure) =>
        _layers.Select((_, layer) => MeanReport.Of(Mean(rule, layer, measure)));

    private int Zeros(int rule) =>
        Measured.Count(picture => double.IsNaN(picture.Values[rule * _layers.Count * Measures.Length]));

    private static string InWords(SampleMean mean) => mean.Count > 1
        ? $"{mean.Rounded(2)} ±{SampleMean.Rounded(mean.High - mean.Value, 2)}"
        : mean.Rounded(2);

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    /// <param name="Name">As columns have it.</param>
    /// <param name="Words">As people have it.</param>
    /// <param name="Map">Of which map.</param>
    /// <param name="Range">SSIM's L; null for the rank correlation.</param>
    private sealed record Measurement(string Name, string Words, Reduction Map, double? Range);

    /// <summary>The two maps of a picture, their ranks, and what SSIM compares.</summary>
    private sealed class Views(SaliencyMap absolute, SaliencyMap signed)
    {
        private readonly Dictionary<Reduction, (double[] Ranks, float[] Values)> _maps = new()
        {
            [Reduction.Max] = (RankCorrelation.Ranks(absolute.Values), StructuralSimilarity.Normalise(absolute)),
            [Reduction.Signed] = (RankCorrelation.Ranks(signed.Values), StructuralSimilarity.Normalise(signed)),
        };

        public double LikenessTo(Views other, Measurement measure)
        {
            if (absolute.Peak == 0) return double.NaN;
            ((double[] ranks, float[] values), (double[] otherRanks, float[] otherValues)) =
                (_maps[measure.Map], other._maps[measure.Map]);
            return measure.Range is { } range
                ? StructuralSimilarity.Of(values, otherValues, absolute.Width, range)
                : RankCorrelation.OfRanks(ranks, otherRanks);
        }
    }
}
