using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;
using NetViz.Weights.InputPreprocessing;
using static System.FormattableString;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>
/// Deletion or insertion (Petsiuk et al. 2018): the probability of the picture's own class while pixels go or come in the order
/// of each rule's map |w|, and in an order by chance.
/// </summary>
internal sealed class PixelCurveMetric : PictureMetric
{
    private const string Chance = "random";

    private readonly bool _inserts;
    private readonly PixelCurve _curve;
    private readonly int[] _counts;
    private readonly double[] _shares;
    private readonly double _sigma;
    private readonly string _baseline;
    private readonly NoisyLinearImputation? _imputation;
    private readonly string[] _names;

    public PixelCurveMetric(EvaluatedModel evaluated, bool inserts)
        : base(evaluated)
    {
        _inserts = inserts;
        if (!evaluated.Model.Model.HasProbabilities)
        {
            throw new NetVizException($"{evaluated.Model.Model.Path} has one score: its softmax is 1 whatever the picture, and "
                + $"{(inserts ? "insertion" : "deletion")} has no curve", "the other metrics go by scores and maps");
        }

        Preprocessing input = evaluated.Model.Preprocessing;
        _curve = new PixelCurve(input.Layout, input.Channels, input.Height, input.Width);
        int steps = evaluated.Options.Steps;
        if (steps > _curve.Pixels)
            throw new NetVizException($"`Steps` {steps}; the network's input has {Counted.Of(_curve.Pixels, "pixel")}");
        _counts = PixelCurve.Counts(_curve.Pixels, steps);
        _shares = [.. _counts.Select(count => (double)count / _curve.Pixels)];
        _sigma = evaluated.Options.BlurFor(input.Width);
        _baseline = evaluated.Options.Baseline ?? (inserts ? "blur" : "mean");
        if (_baseline == "road") _imputation = new NoisyLinearImputation(input.Layout, input.Channels, input.Height, input.Width);
        _names = [.. evaluated.Maps.Select(rule => rule.Name), Chance];
    }

    public override object Result => new
    {
        Evaluated.Options.Steps,
        Evaluated.Options.Seed,
        Substitute = Substitute,
        Baseline = Evaluated.Options.Baseline,
        BlurPixels = _baseline == "blur" ? _sigma : (double?)null,
        Shares = _shares,
        Curves = _names.Select((name, o) => new
        {
            Name = name,
            IsBaseline = o == _names.Length - 1,
            Area = MeanReport.Of(Area(o)),
            Probability = _shares.Select((_, k) => MeanOf(o * _shares.Length + k).Value),
        }),
    };

    public override MetricPlot? Plot => new(
    [
        new PlotPanel($"{Title}, {Counted.Of(Measured.Count, "picture")}", $"share of pixels "
            + $"{(_inserts ? "inserted" : "deleted")}, %",
            "probability of the class, mean",
        [
            .. _names.Select((name, o) => new PlotLine(Invariant($"{name}, area {Area(o).Value:0.000}"), [.. _shares.Select(s => 100 * s)],
                [.. _shares.Select((_, k) => MeanOf(o * _shares.Length + k).Value)])
            {
                Low = [.. _shares.Select((_, k) => MeanOf(o * _shares.Length + k).Low)],
                High = [.. _shares.Select((_, k) => MeanOf(o * _shares.Length + k).High)],
                IsBaseline = o == _names.Length - 1,
            }),
        ]) { YMin = 0 },
    ]);

    internal override bool TakesMagnitudes => true;

    internal override IReadOnlyList<ScoreColumn> ScoreColumns => [new ScoreColumn("area", _inserts, AreaOf)];

    public override string Settings =>
        $"steps {Evaluated.Options.Steps}, seed {Evaluated.Options.Seed}, blur {(_baseline == "blur" ? $"{_sigma:R}" : "none")}"
        + (Evaluated.Options.Baseline is { } named ? $", baseline {named}" : "");

    // [rules and chance, points of the curve].
    public override int ValueCount => _names.Length * _shares.Length;

    protected override IReadOnlyList<string> ValueColumns => [.. _names.Select(name => $"area_{name}")];

    private string Title => _inserts ? "Insertion" : "Deletion";

    private string Substitute => (_inserts ? "at first " : "") + _baseline switch
    {
        "blur" => $"the picture blurred by a Gaussian of {_sigma:0.##} pixels",
        "mean" => "the mean colour of the picture",
        "black" => "black",
        _ => "noisy linear imputation from the pixels that are there (Rong et al. 2022)",
    };

    public override void Describe(ResultText text)
    {
        TextTable table = text.Table("order", "area", "95 % interval", "pictures");
        for (int o = 0; o < _names.Length; o++)
        {
            SampleMean area = Area(o);
            table.AddRow(o < Evaluated.Maps.Count ? _names[o] : $"{_names[o]} (baseline)",
                area.Rounded(4), area.Interval(4), $"{area.Count}");
        }
        text.Line($"{Title}: {Substitute}; {Counted.Of(Evaluated.Options.Steps, "step")}; "
            + $"{(_inserts ? "a larger" : "a smaller")} area is better.");
        int last = _shares.Length - 1;
        text.Line(Invariant($"Probability of the class at the beginning {MeanOf(0).Value:0.000}, at the end ")
            + Invariant($"{MeanOf(last).Value:0.000}."));
    }

    protected override IEnumerable<object?> RowOf(double[] values) => _names.Select((_, o) => (object?)AreaOf(values, o));

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => new double[ValueCount])];
        int[][][] orders =
        [
            .. Evaluated.Maps.Select(rule => MapsOf(batch, rule).Select(map => PixelCurve.Order(map.Values)).ToArray()),
            [.. batch.Pictures.Select(p => PixelCurve.RandomOrder(_curve.Pixels, Evaluated.Options.RandomFor(p.Name)))],
        ];
        var waiting = new Pass(this);
        int last = _shares.Length - 1;
        for (int n = 0; n < batch.Pictures.Count; n++)
        {
            EvaluatedPicture picture = batch.Pictures[n];
            double[] own = values[n];
            float[] other = Other(picture), from = _inserts ? other : picture.Input, to = _inserts ? picture.Input : other;
            // The first and the last point are the same for every order.
            waiting.Add(from, picture.Score, probability => Put(0, probability));
            waiting.Add(to, picture.Score, probability => Put(last, probability));
            for (int o = 0; o < orders.Length; o++)
            {
                float[] image = [.. from];
                for (int k = 1; k < last; k++)
                {
                    if (_imputation is not null) image = Imputed(picture, orders[o][n], _counts[k]);
                    else _curve.Replace(image, to, orders[o][n].AsSpan(_counts[k - 1].._counts[k]));
                    int index = o * _shares.Length + k;
                    waiting.Add(image, picture.Score, probability => own[index] = probability);
                }
            }

            void Put(int k, double probability)
            {
                for (int o = 0; o < orders.Length; o++) own[o * _shares.Length + k] = probability;
            }
        }

        waiting.Run();
        return values;
    }

    /// <summary>The image that pixels are taken from, or go to.</summary>
    private float[] Other(EvaluatedPicture picture) => _baseline switch
    {
        "blur" => _curve.Blur(picture.Input, _sigma),
        "mean" => _curve.MeanColour(picture.Input),
        "black" => Black(picture.Input.Length),
        _ => Imputed(picture, [.. Enumerable.Range(0, _curve.Pixels)], _inserts ? 0 : _curve.Pixels),
    };

    private float[] Black(int length)
    {
        Preprocessing input = Evaluated.Model.Preprocessing;
        float[] colour = [.. Enumerable.Range(0, input.Channels).Select(c => -input.Mean[c] / input.Deviation[c])];
        bool isLast = input.Layout == ImageLayout.Nhwc;
        return [.. Enumerable.Range(0, length).Select(i => colour[isLast ? i % input.Channels : i / _curve.Pixels])];
    }

    /// <summary>The picture after some pixels of an order went, or came.</summary>
    private float[] Imputed(EvaluatedPicture picture, int[] order, int count)
    {
        var removed = new bool[_curve.Pixels];
        foreach (int pixel in _inserts ? order.AsSpan(count) : order.AsSpan(0, count)) removed[pixel] = true;
        return _imputation!.Impute(picture.Input, removed, Evaluated.Options.RandomFor(picture.Name));
    }

    private SampleMean Area(int order) => SampleMean.Of(Measured.Select(picture => AreaOf(picture.Values, order)));

    private double AreaOf(double[] values, int order) =>
        PixelCurve.Area(_shares, values.AsSpan(order * _shares.Length, _shares.Length));

    /// <summary>Images that go through the network together as soon as there are enough.</summary>
    private sealed class Pass(PixelCurveMetric metric)
    {
        private readonly List<float> _images = [];
        private readonly List<(int Class, Action<double> Put)> _wanted = [];

        public void Add(float[] image, int @class, Action<double> put)
        {
            _images.AddRange(image);
            _wanted.Add((@class, put));
            if (_wanted.Count == metric.Evaluated.Options.Batch) Run();
        }

        public void Run()
        {
            if (_wanted.Count == 0) return;
            nint[] lengths = [_wanted.Count,
                .. metric.Evaluated.Model.Preprocessing.InputShape.Skip(1).Select(length => (nint)length)];
            using ForwardRecord record = metric.Evaluated.Model.Prepared.Forward(Numbers.Create(_images.ToArray(), lengths));
            Tensor<float> probabilities = record.Probabilities;
            for (int n = 0; n < _wanted.Count; n++) _wanted[n].Put(probabilities[n, _wanted[n].Class]);
            _images.Clear();
            _wanted.Clear();
        }
    }
}
