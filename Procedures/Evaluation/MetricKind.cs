using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>Pictures that went through the network together.</summary>
/// <param name="Record">The forward pass, from which backward passes may start.</param>
/// <param name="Pictures">The pictures, in the order of the batch.</param>
public sealed record EvaluatedBatch(ForwardRecord Record, IReadOnlyList<EvaluatedPicture> Pictures)
{
    private readonly Dictionary<EvaluatedMap, Tensor<float>> _planes = [];
    private int[] _places = [];

    /// <summary>The batch that went through the network, of which this one may be a part.</summary>
    internal EvaluatedBatch Root { get => field ?? this; private init; }

    /// <summary>Some of the pictures; the record stays that of all.</summary>
    internal EvaluatedBatch Of(int[] places) =>
        new(Record, [.. places.Select(place => Pictures[place])]) { Root = Root, _places = places };

    /// <summary>A map of each picture, computed once for all metrics.</summary>
    internal Tensor<float> PlanesOf(EvaluatedMap map, Func<Tensor<float>> compute)
    {
        if (_planes.TryGetValue(map, out Tensor<float>? planes)) return planes;
        if (Root == this) return _planes[map] = compute();
        Tensor<float> all = Root.PlanesOf(map, compute);
        var values = new float[all.FlattenedLength];
        all.FlattenTo(values);
        int each = values.Length / Root.Pictures.Count;
        nint[] lengths = all.Lengths.ToArray();
        lengths[0] = Pictures.Count;
        return _planes[map] = Tensor.Create((float[])[.. _places.SelectMany(place => values.AsSpan(place * each, each).ToArray())], lengths);
    }

    /// <summary>Where the class of each picture stands, and which is first; see <see cref="Accuracy.Judge"/>.</summary>
    public (int Rank, int First)[] Ranks()
    {
        Tensor<float> scores = Record.Scores;
        var own = new float[(int)scores.Lengths[1]];
        var ranks = new (int Rank, int First)[Pictures.Count];
        for (int n = 0; n < ranks.Length; n++)
        {
            for (int c = 0; c < own.Length; c++) own[c] = scores[n, c];
            ranks[n] = Accuracy.Judge(Pictures[n].Score, own);
        }

        return ranks;
    }
}

/// <summary>A picture of the set with one of the classes that are on it.</summary>
/// <param name="Name">Its file in the set.</param>
/// <param name="Class">The class in the set.</param>
/// <param name="Score">The index of the score of that class.</param>
/// <param name="Boxes">Around each object of the class on the photograph; none where the set does not say.</param>
/// <param name="Placement">Where the network's input lies on the photograph.</param>
/// <param name="Photo">The photograph.</param>
/// <param name="Input">The network's input, one image of it, row-major.</param>
public sealed record EvaluatedPicture(string Name, int Class, int Score, IReadOnlyList<PixelBox> Boxes,
    InputPlacement Placement, Photo Photo, float[] Input)
{
    /// <summary>How many of the chosen pictures before this one have boxes, whichever part of them is measured.</summary>
    internal int BoxedBefore { get; init; }

    /// <summary>Its number among the chosen pictures.</summary>
    internal int Number { get; init; }

    /// <summary>How many pictures are chosen.</summary>
    internal int Total { get; init; }
}

/// <summary>What is evaluated.</summary>
/// <param name="Model">The model.</param>
/// <param name="Set">The pictures.</param>
/// <param name="Split">The part of them.</param>
/// <param name="Classes">Which score belongs to which class.</param>
/// <param name="ShowsAll">Whether people want to see every class.</param>
/// <param name="Rules">The rules that are compared, for metrics of backward passes.</param>
public sealed record EvaluatedModel(Explainer Model, LabelledSet Set, string Split, ClassMatching Classes, bool ShowsAll,
    IReadOnlyList<BackwardRule> Rules)
{
    /// <summary>The options of single metrics.</summary>
    public required MetricOptions Options { get; init; }

    /// <summary>The maps that are judged; those of the rules unless others are wanted.</summary>
    public IReadOnlyList<EvaluatedMap> Maps { get; init; } = [.. Rules.Select(rule => new EvaluatedMap(MapKind.Signal, rule))];

    /// <summary>How channels become one number a pixel; null for the map's own way.</summary>
    public Reduction? Reduction { get; init; }

    /// <summary>The pictures that were asked for; null for what each metric takes.</summary>
    internal int? GivenPictures { get; init; }

    /// <summary>Computes the maps.</summary>
    internal MapSource Source { get; init; } = new(Model, new MapSettings());

    /// <summary>Images of a forward pass: as wanted, or one where the network takes no more.</summary>
    internal int BatchSize { get; init; } = 1;

    /// <summary>
    /// What the numbers of any metric depend on: the model and how it is fed and computed, the pictures, the rules layer by
    /// layer.
    /// </summary>
    internal string Key => string.Join("; ", ResultFiles.Version, Model.Model.Sha256, Model.Prepared.Kernels.Name,
        Path.GetFullPath(Set.Path), Stamp, Settings);

    /// <summary>What the numbers depend on besides the version, the model's file, the device and the pictures.</summary>
    internal string Settings
    {
        get
        {
            IEnumerable<string> rules = Rules.Select(rule => $"{rule.Name} {KeyOf(rule, Model)}");
            IEnumerable<int> scores = Set.Classes.Select((_, c) => Classes.ScoreOf(c));
            string maps = Reduction is null && Maps.All(map => map.Kind == MapKind.Signal) ? ""
                : $"{string.Join(' ', Maps.Select(map => map.Name))} {Reduction} {ShardFile.Element(Source.Settings)}";
            return string.Join("; ", [Model.Model.Head ?? "", Model.Preprocessing.Describe(), Split, .. rules,
                string.Join(' ', scores), maps]);
        }
    }

    /// <summary>What a rule does, layer by layer.</summary>
    internal static string KeyOf(BackwardRule rule, Explainer model) => string.Concat(model.Network.Nodes.Select(node =>
        $"{(BackwardRule.MattersAt(node.Layer) ? (int)rule.At(node.Layer) : (int)rule.UnpoolingAt(node.Layer))}"))
        + RelevanceKey(rule, model);

    private static string RelevanceKey(BackwardRule rule, Explainer model) => string.Concat(rule.Through.Select(passage => $" {passage}"))
        + (rule.Relevance is null ? ""
            : $" {rule.StartsAtOne} {string.Join(',', rule.Box?.Low ?? [])} {string.Join(',', rule.Box?.High ?? [])} "
                + string.Join(' ', model.Network.Nodes.Where(node => node.Layer is Conv or FullyConnected)
                    .Select(node => rule.RelevanceAt(model.Network, node.Layer))));

    // Of an archive its own size and time, of a folder those of the tables that tell classes and boxes.
    private string Stamp => string.Join(' ', new DirectoryInfo(Set.Path) is { Exists: true } folder
        ? folder.GetFiles().Where(file => file.Extension is ".tsv" or ".txt").OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(StampOf)
        : Set.Archives.Select(archive => StampOf(new FileInfo(archive))));

    private static string StampOf(FileInfo file) => $"{file.Length} {file.LastWriteTimeUtc.Ticks}";
}

/// <summary>
/// A metric by its name. A new one is a file with a <see cref="PictureMetric"/>, and one line in <see cref="All"/>; a
/// program's own goes into <see cref="EvaluateOptions.Own"/>.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Create">Begins a measurement.</param>
/// <param name="Description">What it measures, for the help.</param>
public sealed record MetricKind(string Name, Func<EvaluatedModel, PictureMetric> Create, string Description)
{
    /// <summary>How many pictures it takes by default; null for all.</summary>
    public int? Pictures { get; init; }

    /// <summary>Whether signals go down under rules for it.</summary>
    public bool UsesRules { get; init; } = true;

    /// <summary>Whether it draws a plot.</summary>
    public bool HasPlot { get; init; } = true;

    private const int SomePictures = 250, FewPictures = 100;

    /// <summary>Every metric, in the order of the help text.</summary>
    public static IReadOnlyList<MetricKind> All { get; } =
    [
        new("accuracy", evaluated => new AccuracyMetric(evaluated),
            "how often the right class has the highest score, or one of the five highest") { HasPlot = false, UsesRules = false },
        new("localisation", evaluated => new LocalisationMetric(evaluated),
            "how often the box found by each rule is wrong (ILSVRC's error), by graph cut and by threshold, beside boxes that "
            + "need no network") { HasPlot = false },
        new("pointing-game", evaluated => new PointingGameMetric(evaluated),
            "how often the map's maximum lies in the object's box (Zhang et al. 2016)"),
        new("deletion", evaluated => new PixelCurveMetric(evaluated, inserts: false),
            "how fast the class's probability falls when the map's highest pixels go first (Petsiuk et al. 2018)")
            { Pictures = SomePictures },
        new("insertion", evaluated => new PixelCurveMetric(evaluated, inserts: true),
            "how fast it rises when they come first") { Pictures = SomePictures },
        new("randomisation", evaluated => new RandomisationMetric(evaluated),
            "how like the map stays to itself when layers lose what they learned, from the top down (Adebayo et al. 2018)")
            { Pictures = FewPictures },
        new("sparseness", evaluated => new SparsenessMetric(evaluated),
            "the Gini index of |w|"),
        new("grid-pointing-game", evaluated => new GridPointingGameMetric(evaluated),
            "the share of a map's positive mass in the right cell of a mosaic (Rao et al. 2022)"),
        new("energy-pointing-game", evaluated => new EnergyPointingGameMetric(evaluated),
            "its share in the object's box (Wang et al. 2020)"),
        new("relevance-mass", evaluated => new RelevanceMaskMetric(evaluated, ranks: false),
            "its share on the object's own pixels (Arras et al. 2022)"),
        new("relevance-rank", evaluated => new RelevanceMaskMetric(evaluated, ranks: true),
            "the share of the highest pixels on the object"),
        new("random-logit", evaluated => new RandomLogitMetric(evaluated),
            "how like the map of another class is (Sixt et al. 2020)"),
        new("smooth-randomisation", evaluated => new SmoothRandomisationMetric(evaluated),
            "randomisation of mean maps over noisy copies (Hedström et al. 2024)") { Pictures = FewPictures },
        new("efficient-randomisation", evaluated => new EfficientRandomisationMetric(evaluated),
            "by how much the map's entropy rises when all is drawn anew (Hedström et al. 2024)"),
        new("road", evaluated => new RoadMetric(evaluated),
            "deletion by noisy linear imputation, lowest less highest first (Rong et al. 2022)") { Pictures = SomePictures },
        new("max-sensitivity", evaluated => new MaxSensitivityMetric(evaluated),
            "how much the map changes with the picture (Yeh et al. 2019)") { Pictures = SomePictures },
        new("infidelity", evaluated => new InfidelityMetric(evaluated),
            "how badly the map foretells what removed squares do (Yeh et al. 2019)") { Pictures = SomePictures },
        new("effective-complexity", evaluated => new EffectiveComplexityMetric(evaluated),
            "how few pixels keep the score (Nguyen and Martinez 2020)") { Pictures = SomePictures },
        new(AllName, evaluated => new TableMetric(evaluated, All!.Where(kind => kind.Name is not (AllName or "accuracy")), skips: true),
            "all of them in one table of maps and metrics") { HasPlot = false, IsTable = true },
    ];

    private const string AllName = "all";

    /// <summary>Whether it is a table of several metrics, which is written as pages.</summary>
    internal bool IsTable { get; init; }

    /// <summary>The metric of a name.</summary>
    /// <exception cref="NetVizException">There is none.</exception>
    public static MetricKind Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] names = name.Split(',', StringSplitOptions.TrimEntries);
        if (names.Length == 1) return FindOne(name);
        MetricKind[] kinds = [.. names.Select(FindOne).DistinctBy(kind => kind.Name)];
        if (kinds.FirstOrDefault(kind => kind.IsTable) is { } table)
            throw new NetVizException($"`Metric` '{name}': {table.Name} stands for all metrics, and goes with no other");
        return new MetricKind(string.Join(',', kinds.Select(kind => kind.Name)),
            evaluated => new TableMetric(evaluated, kinds, skips: false), "several metrics in one table")
        {
            HasPlot = false, IsTable = true,
        };
    }

    private static MetricKind FindOne(string name) =>
        All.FirstOrDefault(kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NetVizException($"`Metric` '{name}' is unknown",
            $"there is {string.Join(", ", All.Select(kind => kind.Name))}");
}
