using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Proofs;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.CompareRules"/> counts, and what of it is drawn.</summary>
public sealed record CompareRulesOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>Where the signal starts: LAYER:c,y,x, LAYER:c or LAYER; null for the class's score.</summary>
    public string? Start { get; init; }

    /// <summary>The rule in whose backward pass the signal r is counted.</summary>
    public string Trajectory { get; init; } = BackwardRule.Gradient.Name;

    /// <summary>The rectifiers whose cases are drawn; none for the last before each pool.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>A channel of the drawn layers whose cases are shown element by element; null for none.</summary>
    public int? Channel { get; init; }
}

/// <summary>Where gradient, DeconvNet and guided part, rectifier by rectifier.</summary>
public sealed class CompareRulesResult
{
    private readonly CompareRulesOptions _options;
    private readonly ResultProvenance _provenance;
    private readonly Network _network;
    private readonly Photo? _photo;
    private readonly InputPlacement? _placement;
    private readonly string _startName;

    internal CompareRulesResult(OneImage image, CompareRulesOptions options, RuleComparison comparison)
    {
        (File, Comparison, _options) = (image.File, comparison, options);
        (_network, _photo, _placement, _startName) = (image.Network, image.Photo, image.Placement, image.StartName);
        Title = image.ToString();
        _provenance = image.Model.ProvenanceOf(options, image.File.Stem, image.File);
        Report = new PartingReport(image, comparison.Trajectory.Name, [.. comparison.Layers.Select(PartingLayerReport.Of)],
            new PartingTotals(comparison.Total), comparison.AddsUp, comparison.Unreached);
    }

    /// <summary>The image.</summary>
    public InputFile File { get; }

    /// <summary>The four cases of (x &gt; 0, r &gt; 0) at each rectifier, as counts and masses.</summary>
    public RuleComparison Comparison { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>What is printed as JSON; after <see cref="Save"/> with the names of the pictures.</summary>
    internal PartingReport Report { get; private set; }

    /// <summary>Writes the numbers channel by channel, and pictures of the cases.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A layer cannot be drawn, or a file cannot be written or must not be
    /// replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        Dictionary<string, (string Sheet, string Signal)> drawn = Draw(Chosen(), writer);
        Report = Report with
        {
            Layers = [.. Report.Layers.Select(layer => !drawn.TryGetValue(layer.Layer, out var files) ? layer
                : layer with { Sheet = files.Sheet, Signal = files.Signal })],
        };
        PartingReport whole = Report with
        {
            Layers = [.. Report.Layers.Zip(Comparison.Layers,
                (layer, of) => layer with { Channels = PartingLayerReport.ChannelsOf(of) })],
        };
        writer.Json($"{File.Stem}.parting.json", whole, _provenance);
        return writer.Names;
    }

    /// <summary>The layers to draw.</summary>
    private PartingLayer[] Chosen()
    {
        if (_options.Layers.Count == 0)
        {
            HashSet<int> before = RectifiersBeforePools(_network);
            PartingLayer[] drawable = [.. Comparison.Layers.Where(layer => layer.HasPlanes)];
            PartingLayer[] last = [.. drawable.Where(layer => before.Contains(layer.Node.Output))];
            return last.Length > 0 ? last : drawable[^Math.Min(1, drawable.Length)..];
        }
        return [.. _options.Layers.Distinct().Select(name =>
        {
            int tensor = _network.Find(name);
            PartingLayer layer = Comparison.Layers.FirstOrDefault(layer => layer.Node.Output == tensor)
                ?? throw new NetVizException($"'{name}' is no rectifier that the signal reaches",
                    $"there are {string.Join(", ", Comparison.Layers.Select(layer => layer.Name))}");
            return layer.HasPlanes ? layer : throw new NetVizException(
                $"layer '{name}' has the output shape {layer.Shape}; a picture needs rows and columns",
                "choose a layer before the network flattens");
        })];
    }

    /// <summary>Tensors of the rectifiers that are met first on the way from each pooling to the image.</summary>
    private static HashSet<int> RectifiersBeforePools(Network network)
    {
        var (found, seen) = (new HashSet<int>(), new HashSet<int>());
        IEnumerable<Node> pools = network.Nodes.Where(node => node.Layer is MaxPool or AveragePool);
        var open = new Stack<int>(pools.Select(pool => pool.Inputs[0]));
        while (open.TryPop(out int tensor))
        {
            if (tensor == 0 || !seen.Add(tensor)) continue;
            Node node = network.Nodes[tensor - 1];
            if (node.Layer is RectifierLayer) found.Add(tensor);
            else foreach (int input in node.Inputs) open.Push(input);
        }

        return found;
    }

    private Dictionary<string, (string Sheet, string Signal)> Draw(PartingLayer[] layers, ResultWriter writer)
    {
        var files = new Dictionary<string, (string Sheet, string Signal)>();
        foreach (PartingLayer layer in layers)
        {
            string name = $"{File.Stem}.parting.{RuleNames.FileName(layer.Name)}";
            // Two layers' names may differ only in what file systems do not like.
            for (int k = 2; writer.Names.Contains($"{name}.npy"); k++)
                name = $"{File.Stem}.parting.{RuleNames.FileName(layer.Name)}-{k}";
            bool feedsPool = layer.Node.Layer is Relu && _network.Nodes.Any(node => node.Layer is MaxPool
                && node.Inputs[0] == layer.Node.Output && Comparison.Trajectory.UnpoolingAt(node.Layer) == Unpooling.Switches);
            string subtitle = $"{layer.Name} {layer.Shape} of {Path.GetFileName(Report.Model)}: the signal r that "
                + $"{Comparison.Trajectory} brings down to this rectifier, by what gradient and DeconvNet would let through"
                + (layer.IsAnalogy ? $"; by analogy, for a {layer.Node.Layer.Operator}" : "")
                + (feedsPool ? ". It comes through a pool's switches; in a window that is 0 throughout the first element is "
                    + "the switch, hence the grid where x ≤ 0" : "");
            var sheet = new PartingSheet(layer, _photo, _placement);
            string drawn = writer.Sheet(name, sheet.Draw($"{Path.GetFileName(File.Path)}: {_startName}", subtitle, _options.Channel,
                look: (writer.Look.ColorMap, writer.Look.Percentile, writer.Look.Scale ?? SheetScale.Row)));
            files[layer.Name] = (drawn, writer.Array($"{name}.npy", layer.Signal()));
        }

        return files;
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// Where gradient, DeconvNet and guided part: at each rectifier the signal r of the backward pass, in the four cases of
    /// (x &gt; 0, r &gt; 0), as counts and as L1 mass (arXiv 1312.6034, section 4).
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and rule; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public CompareRulesResult CompareRules(InputFile image, CompareRulesOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new CompareRulesOptions();
        var run = new ProcedureRun(progress, token);
        BackwardRule trajectory = RuleOf(options.Trajectory, options);
        // The literal DeconvNet stands beside the rule, whatever that is.
        using OneImage one = OneImage.Open(image, this, options.Class, options.Start, run)
            .NoteRules(trajectory, BackwardRule.DeconvNet);
        RuleComparison comparison = run.Do("comparing rules", 0, _ => RuleComparison.Of(one.Record, one.Seed, trajectory));
        return new CompareRulesResult(one, options, comparison);
    }
}
