using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Localisation;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>
/// Weakly supervised localisation (arXiv 1312.6034, section 3.2): the localisation error of ILSVRC of each rule by graph cut and
/// by threshold, beside boxes that need no network.
/// </summary>
internal sealed class LocalisationMetric : PictureMetric
{
    /// <summary>The side of the centred box as a share of the picture's [ours].</summary>
    private const double CentredShare = 0.8;

    private const int Five = 5;
    private const ulong RandomMapSeed = 1;

    // Of the numbers of a picture, the rank of its class and the first class stand before those of the boxes.
    private const int Ranks = 2;

    private static readonly LocalisationMethod[] Methods = [LocalisationMethod.GraphCut, LocalisationMethod.Threshold];

    private readonly Candidate[] _candidates;
    private readonly Stack<Localiser[]> _localisers = [];
    private readonly Accuracy _accuracy;
    private int _judged, _cuts, _proved;

    /// <exception cref="NetVizException">The set tells of no picture where the object is.</exception>
    public LocalisationMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        if (!evaluated.Set.HasBoxes(evaluated.Split)) throw WithoutBoxes();
        _accuracy = new Accuracy(evaluated.Set.Classes.Count, evaluated.Model.Model.ClassCount);
        _candidates =
        [
            .. from rule in evaluated.Maps from method in Methods select new Candidate(rule.Name, method, rule),
            new Candidate("whole image", null, null),
            new Candidate(Invariant($"centred box of {100 * CentredShare:0} %"), null, null),
            .. from name in (string[])[RandomMap, Edges] from method in Methods select new Candidate(name, method, null),
        ];
    }

    private const string RandomMap = "random map", Edges = "edges (Sobel)";

    private bool HasTop5 => Evaluated.Model.Model.ClassCount > Five;

    public override object Result => new
    {
        Overlap = LocalisationScore.Overlap,
        Boxes = "inclusive of their last row and column",
        Pictures = _judged,
        WithoutTrueBox = WithoutTrueBox,
        Classification = new
        {
            Top1Error = Share.ErrorOf(_accuracy.Top1),
            Top5Error = _accuracy.Top5 is { } five ? Share.ErrorOf(five) : null,
        },
        Cuts = _cuts,
        CutsProved = _proved,
        Best = Best.Name,
        BestMethod = Best.MethodName,
        Candidates = _candidates.Select(c => new
        {
            Map = c.Name,
            Method = c.MethodName,
            IsBaseline = c.Rule is null,
            LabelGivenError = Share.ErrorOf(c.Score.LabelGiven),
            Top1Error = Share.ErrorOf(c.Score.Top1),
            Top5Error = HasTop5 ? Share.ErrorOf(c.Score.Top5) : null,
            c.Score.MeanOverlap,
            c.Score.WithoutBox,
        }),
        Pairs = from i in Enumerable.Range(0, _candidates.Length)
                from j in Enumerable.Range(0, _candidates.Length)
                where i != j
                let pair = Compare(i, j)
                select new
                {
                    First = _candidates[i].FullName,
                    Second = _candidates[j].FullName,
                    pair.OnlyFirst,
                    pair.OnlySecond,
                    pair.P,
                },
        Constants = LocalisationConstants.Of(new LocalisationOptions()).Select(ConstantReport.Of),
        Baselines = new { CentredShare, RandomMapSeed },
    };

    public override IReadOnlyList<string> Columns =>
    [
        "file", "class", "class_name", "rank", "map", "method", "xmin", "ymin", "xmax", "ymax", "true_xmin", "true_ymin",
        "true_xmax", "true_ymax", "iou",
    ];

    public override IEnumerable<IReadOnlyList<object?>> Rows
    {
        get
        {
            RequireBoxes();
            return Measured.Where(IsJudged).SelectMany(RowsOf);
        }
    }

    internal override bool TakesMagnitudes => true;

    internal override IReadOnlyList<ScoreColumn> ScoreColumns =>
    [
        .. Methods.Select((method, k) => new ScoreColumn($"box right, by {LocalisationConstants.NameOf(method)}", true,
            (values, map) => double.IsNaN(values[0]) ? double.NaN
                : FoundBox.Of(values.AsSpan(Ranks + (map * Methods.Length + k) * FoundBox.Count, FoundBox.Count)).Overlap
                    >= LocalisationScore.Overlap ? 1 : 0)),
    ];

    protected override IReadOnlyList<string> ValueColumns => [.. _candidates.Select(candidate => $"iou_{candidate.FullName}")];

    protected override IEnumerable<object?> RowOf(double[] values) => _candidates.Select((_, k) => double.IsNaN(values[0]) ? null
        : (object?)(FoundBox.Of(values.AsSpan(Ranks + k * FoundBox.Count, FoundBox.Count)).Overlap ?? 0));

    public override string Settings => string.Join(", ", [.. LocalisationConstants.Of(new LocalisationOptions())
        .Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Value}")), $"{CentredShare}", $"{RandomMapSeed}"]);

    // The rank of the class, the first class, and each candidate's box; all NaN of a picture without a true box.
    public override int ValueCount => Ranks + _candidates.Length * FoundBox.Count;

    private int WithoutTrueBox => Measured.Count - _judged;

    public override IEnumerable<string> Warnings
    {
        get
        {
            RequireBoxes();
            if (_proved < _cuts) yield return $"of {Counted.Of(_cuts, "cut")}, {_cuts - _proved} "
                + $"{Counted.Form(_cuts - _proved, "is", "are")} not proved: the flow is not the cut";
            if (WithoutTrueBox > 0) yield return $"{Counted.Of(WithoutTrueBox, "picture")} "
                + $"{Counted.Form(WithoutTrueBox, "has", "have")} no box in the set and "
                + $"{Counted.Form(WithoutTrueBox, "is", "are")} left out";
            foreach (Candidate c in _candidates.Where(c => c.Score.WithoutBox > 0))
            {
                yield return $"{c.Name}, {c.MethodName}: {Counted.Of(c.Score.WithoutBox, "picture")} without a box, since "
                    + "the map is the same everywhere, or the picture has one colour; they count as wrong";
            }
        }
    }

    // Of equal ones, the one with the greater mean overlap.
    private Candidate Best => BestOf(_candidates);

    private Candidate BestBaseline => BestOf(_candidates.Where(c => c.Rule is null));

    private static Candidate BestOf(IEnumerable<Candidate> candidates) =>
        candidates.OrderByDescending(c => c.Score.LabelGiven.Hits).ThenByDescending(c => c.Score.MeanOverlap).First();

    public override void Describe(ResultText text)
    {
        text.Line($"localisation error in % on {Counted.Of(_judged, "picture")} with boxes, +- half of the 95 % "
            + "interval; a box is "
            + $"right from an IoU of {LocalisationScore.Overlap} on");
        text.Line($"classification alone: top-1 error {InWords(_accuracy.Top1)}"
            + (_accuracy.Top5 is { } five ? $", top-5 error {InWords(five)}" : ""));
        TextTable table = text.Table("map", "<mask", "label given", "top-1", "top-5", "mean IoU");
        foreach (Candidate c in _candidates)
        {
            table.AddRow(c.Name, c.MethodName, InWords(c.Score.LabelGiven), InWords(c.Score.Top1),
                HasTop5 ? InWords(c.Score.Top5) : "-", Invariant($"{c.Score.MeanOverlap:0.000}"));
        }
        text.Line($"best, the label given: {Best.FullName}"
            + (Best.Rule is null ? ", a baseline, which knows nothing of the network" : ""));
        if (Best.Rule is not null)
        {
            PairedComparison pair = Compare(Array.IndexOf(_candidates, Best), Array.IndexOf(_candidates, BestBaseline));
            text.Line($"it alone is right {Counted.Of(pair.OnlyFirst, "time")}, the best baseline "
                + $"({BestBaseline.FullName}) alone "
                + Invariant($"{Counted.Of(pair.OnlySecond, "time")}: p = {pair.P:0.0###} by McNemar's exact test"));
        }

        text.Line($"{_cuts} graph cuts; of {_proved} of them the flow equals the cut exactly");
        if (!HasTop5) text.Line("top-5 means nothing for a network that tells no more than five classes apart");
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Enumerable.Repeat(double.NaN, ValueCount).ToArray())];
        int[] chosen = [.. Enumerable.Range(0, batch.Pictures.Count).Where(n => batch.Pictures[n].Boxes.Count > 0)];
        if (chosen.Length == 0) return values;
        // Not in the loop below: what is wrong with a signal is the user's to mend, and would come out of it wrapped.
        SaliencyMap[][] ofMap = [.. Evaluated.Maps.Select(map => MapsOf(batch, map))];
        SaliencyMap[][] maps = [.. chosen.Select(n => ofMap.Select(map => map[n]).ToArray())];
        (int Rank, int First)[] ranks = batch.Ranks();
        // The cuts of one picture do not depend on those of another.
        int threads = Evaluated.Model.Prepared.Kernels.Threads;
        Parallel.For(0, chosen.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) }, Take,
            (i, _, localisers) =>
            {
                int n = chosen[i];
                IEnumerable<FoundBox> boxes = BoxesOf(batch.Pictures[n], maps[i], localisers,
                    (ulong)batch.Pictures[n].BoxedBefore);
                values[n] = [ranks[n].Rank, ranks[n].First, .. boxes.SelectMany(box => box.Numbers)];
                return localisers;
            },
            Return);
        return values;
    }

    protected override void Count(MeasuredPicture picture)
    {
        if (!IsJudged(picture)) return;
        _judged++;
        int rank = (int)picture.Values[0];
        _accuracy.Add(picture.Class, rank, (int)picture.Values[1]);
        for (int k = 0; k < _candidates.Length; k++)
        {
            FoundBox found = BoxOf(picture, k);
            _candidates[k].Score.Add(rank, found.Overlap);
            if (found.WasCut) _cuts++;
            if (found.IsProved) _proved++;
        }
    }

    private PairedComparison Compare(int first, int second) => Measured.Where(IsJudged).Aggregate(default(PairedComparison),
        (pair, picture) => pair.With(IsRight(picture, first), IsRight(picture, second)));

    private static bool IsRight(MeasuredPicture picture, int candidate) =>
        BoxOf(picture, candidate).Overlap >= LocalisationScore.Overlap;

    private static bool IsJudged(MeasuredPicture picture) => !double.IsNaN(picture.Values[0]);

    private static FoundBox BoxOf(MeasuredPicture picture, int candidate) =>
        FoundBox.Of(picture.Values.AsSpan(Ranks + candidate * FoundBox.Count, FoundBox.Count));

    private IEnumerable<IReadOnlyList<object?>> RowsOf(MeasuredPicture picture) => _candidates.Select((candidate, k) =>
    {
        FoundBox found = BoxOf(picture, k);
        (PixelBox? box, PixelBox right) = (found.Box, found.Right);
        return (IReadOnlyList<object?>)
        [
            picture.Name, picture.Class, Evaluated.Set.ClassNames[picture.Class], (int)picture.Values[0] + 1, candidate.Name,
            candidate.MethodName, box?.XMin, box?.YMin, box?.XMax, box?.YMax, right.XMin, right.YMin, right.XMax, right.YMax,
            found.Overlap ?? 0,
        ];
    });

    private static List<FoundBox> BoxesOf(EvaluatedPicture picture, SaliencyMap[] maps, Localiser[] localisers, ulong number)
    {
        (int width, int height) = (picture.Photo.Width, picture.Photo.Height);
        var boxes = new List<FoundBox>();
        foreach (SaliencyMap map in maps) AddOf(map.ToPhoto(picture.Placement, width, height));
        Add(PixelBox.Centred(width, height, 1), wasCut: false, isProved: false);
        Add(PixelBox.Centred(width, height, CentredShare), wasCut: false, isProved: false);
        var random = new CounterRandom(RandomMapSeed, number);
        var noise = new float[width * height];
        for (int i = 0; i < noise.Length; i++) noise[i] = (random.Bits(i) >> 40) * (1f / (1 << 24));
        AddOf(new SaliencyMap(width, height, noise, Reduction.Max));
        AddOf(new SaliencyMap(width, height, Sobel.Of(picture.Photo), Reduction.Max));
        return boxes;

        void AddOf(SaliencyMap map)
        {
            foreach (Localiser localiser in localisers)
            {
                (PixelBox? box, bool wasCut, bool isProved) = Localise(picture.Photo, map, localiser);
                Add(box, wasCut, isProved);
            }
        }

        void Add(PixelBox? box, bool wasCut, bool isProved) =>
            boxes.Add(new FoundBox(box, box?.NearestOf(picture.Boxes) ?? picture.Boxes[0], wasCut, isProved));
    }

    /// <summary>As netviz localise does it; pictures that need not be made smaller take no memory of their own.</summary>
    private static (PixelBox? Box, bool WasCut, bool IsProved) Localise(Photo photo, SaliencyMap map, Localiser localiser)
    {
        if (Math.Max(photo.Width, photo.Height) <= localiser.Options.MaxSide)
        {
            PixelBox? box = localiser.BoxOf(photo.Rgb, map.Values, photo.Width, photo.Height);
            return (box, localiser.WasCut, localiser.IsProved);
        }

        ObjectLocalisation found = ObjectLocalisation.Of(photo, map, localiser.Options);
        return (found.Box, found.Certificate.Cut is not null, found.Certificate.Cut is { FlowEqualsCut: true });
    }

    private Localiser[] Take()
    {
        lock (_localisers)
        {
            if (_localisers.TryPop(out Localiser[]? used)) return used;
        }

        return [.. Methods.Select(method => new Localiser(new LocalisationOptions { Method = method }))];
    }

    private void Return(Localiser[] localisers)
    {
        lock (_localisers) _localisers.Push(localisers);
    }

    private void RequireBoxes()
    {
        if (_judged == 0 && !IsPart) throw WithoutBoxes();
    }

    private NetVizException WithoutBoxes() => new(
        $"{Evaluated.Set.Path}: no picture of {Evaluated.Split} {(Measured.Count > 0 ? "that was taken " : "")}has a box",
        "boxes stand in a table such as val.tsv: file, class, xmin, ymin, xmax, ymax, or in PASCAL VOC's XML");

    private static string InWords(Proportion right) => Invariant($"{100 * (1 - right.Value):0.0} +-{50 * (right.High - right.Low):0.0}");

    private sealed record Candidate(string Name, LocalisationMethod? Method, EvaluatedMap? Rule)
    {
        public LocalisationScore Score { get; } = new();

        public string MethodName => Method is { } method ? LocalisationConstants.NameOf(method) : "";

        public string FullName => Method is null ? Name : $"{Name} by {MethodName}";
    }

    /// <summary>An error as JSON has it, with the ends of Wilson's interval at 95 %.</summary>
    private sealed record Share(int Wrong, double Value, double Low, double High)
    {
        public static Share ErrorOf(Proportion right) =>
            new(right.Count - right.Hits, 1 - right.Value, 1 - right.High, 1 - right.Low);
    }
}
