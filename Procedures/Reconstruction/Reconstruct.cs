using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Reconstruction;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>Which units <see cref="Explainer.Reconstruct"/> shows, of one picture or over many.</summary>
public sealed record ReconstructOptions : RuleSettings
{
    /// <summary>As many as Zeiler and Fergus show.</summary>
    public const int DefaultTop = 9;

    /// <summary>Feature maps on one sheet where none is named [ours].</summary>
    public const int DefaultMaps = 16;

    private const int MostTop = 100, MostMaps = 400;

    /// <summary>
    /// The layers whose units are sent down, each as LAYER, LAYER:c for a feature map, or LAYER:c,y,x for one unit; none for the
    /// last rectifier that has rows and columns.
    /// </summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>Feature maps by number; none for the strongest, or over pictures for some evenly spread.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [];

    /// <summary>Units of one picture as c,y,x.</summary>
    public IReadOnlyList<string> Neurons { get; init; } = [];

    /// <summary>The strongest activations to show, 1 to 100.</summary>
    public int Top { get; init; } = DefaultTop;

    /// <summary>Feature maps on a sheet where <see cref="Channels"/> names none, 1 to 400.</summary>
    public int Maps { get; init; } = DefaultMaps;

    /// <summary>The rules; none for gradient, deconvnet and guided, over many pictures for deconvnet.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The part of a labelled set; null for the usual.</summary>
    public string? Split { get; init; }

    /// <summary>Whether the first picture of many that cannot be read ends the run.</summary>
    public bool Strict { get; init; }

    /// <summary>
    /// The part of many pictures that is looked at, for <see cref="Shards.Merge"/>; null for all. A part keeps its best units in
    /// <see cref="ShardFolder"/>, and draws nothing.
    /// </summary>
    public Shard? Shard { get; init; }

    /// <summary>Where a part keeps its journal and what it found; the folder that its result is saved to.</summary>
    [JsonIgnore]
    public string? ShardFolder { get; init; }

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <param name="isOne">Whether one picture is looked at.</param>
    /// <exception cref="NetVizException">A number is out of range, or settings contradict each other.</exception>
    public void Check(bool isOne)
    {
        if (Top is < 1 or > MostTop) throw new NetVizException($"`{nameof(Top)}` {Top}; 1 to {MostTop} is supported");
        if (Maps is < 1 or > MostMaps) throw new NetVizException($"`maps` {Maps}; 1 to {MostMaps} is supported");
        if (!isOne && Neurons.Count > 0)
        {
            throw new NetVizException("`Neuron` names a unit of one picture; `Data` has many",
                "choose feature maps with `Channels`");
        }

        if (isOne && Shard is not null) throw new NetVizException("`Shard` belongs to `Data`");
        if (Shard is not null && ShardFolder is null) throw new NetVizException("`Shard` needs a folder for what it finds");
        if (isOne && Split is not null) throw new NetVizException("`Split` belongs to `Data`");
        if (Neurons.Count > 0 && Channels.Count > 0) throw new NetVizException("`Neuron` and `Channels` do not go together");
    }
}

/// <summary>What excites units.</summary>
public sealed class ReconstructResult
{
    private readonly IReadOnlyList<ReconstructedFiles> _files;

    internal ReconstructResult(IReadOnlyList<ReconstructedFiles> files, BrokenPictures? broken, int read) =>
        (_files, Broken, PictureCount) = (files, broken, read);

    /// <summary>What a part found.</summary>
    internal ShardFile? Part { get; init; }

    /// <summary>For each layer its units, and the names of its sheets.</summary>
    public IReadOnlyList<LayerUnits> Layers => [.. Reports.SelectMany(report => report.Layers)];

    /// <summary>The pictures that were left out; null where one was looked at.</summary>
    public BrokenPictures? Broken { get; }

    /// <summary>The pictures that were read.</summary>
    public int PictureCount { get; }

    /// <summary>What each .json holds: of one picture one a layer, over many pictures one.</summary>
    internal IReadOnlyList<ReconstructReport> Reports => [.. _files.Select(file => file.Report)];

    /// <summary>
    /// Writes a sheet for each layer (over many pictures and rule), the raw signals of each layer's units under each rule
    /// [units, C, rows, columns], where smaller fields are filled up with zeros, and the numbers.
    /// </summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        if (Part is not null)
        {
            ResultFiles.CheckFolder(folder);
            Part.Write(Path.Combine(folder, ReconstructedShard.NameOf(Part.Shard)));
            File.Delete(Path.Combine(folder, ReconstructedShard.JournalOf(Part.Shard)));
            return [ReconstructedShard.NameOf(Part.Shard)];
        }

        var names = new List<string>();
        foreach (ReconstructedFiles files in _files)
        {
            var writer = new ResultWriter(folder, look);
            files.Write(writer);
            names.AddRange(writer.Names);
        }

        return names;
    }
}

/// <summary>What belongs to one .json.</summary>
/// <param name="Json">Its name.</param>
/// <param name="Report">What it holds.</param>
/// <param name="Sheets">Names without extension, and sheets.</param>
/// <param name="Signals">Names and units with the rule whose signals they are.</param>
/// <param name="Provenance">What it depends on.</param>
internal sealed record ReconstructedFiles(string Json, ReconstructReport Report,
    IReadOnlyList<(string Stem, Func<SheetPage> Draw)> Sheets,
    IReadOnlyList<(string File, IReadOnlyList<ReconstructedUnit> Units, int Rule)> Signals, ResultProvenance Provenance)
{
    public void Write(ResultWriter writer)
    {
        string extension = writer.Look.Format.Extension();
        foreach ((string stem, Func<SheetPage> draw) in Sheets) writer.Sheet(stem, draw());
        foreach ((string file, IReadOnlyList<ReconstructedUnit> units, int rule) in Signals) writer.Array(file, Together(units, rule));
        writer.Json(Json, Report with
        {
            Layers = [.. Report.Layers.Select(layer => layer with { Sheets = [.. layer.Sheets.Select(stem => stem + extension)] })],
        }, Provenance);
    }

    // Fields at the picture's edge are smaller than the others.
    private static Tensor<float> Together(IReadOnlyList<ReconstructedUnit> units, int rule)
    {
        int channels = (int)units[0].Signals[rule].Lengths[1];
        int rows = units.Max(unit => (int)unit.Signals[rule].Lengths[2]), columns = units.Max(unit => (int)unit.Signals[rule].Lengths[3]);
        var all = new float[units.Count * channels * rows * columns];
        for (int n = 0; n < units.Count; n++)
        {
            Tensor<float> signal = units[n].Signals[rule];
            for (int c = 0; c < channels; c++)
            for (int y = 0; y < signal.Lengths[2]; y++)
            for (int x = 0; x < signal.Lengths[3]; x++)
                all[((n * channels + c) * rows + y) * columns + x] = signal[0, c, y, x];
        }

        return Tensor.Create(all, [units.Count, channels, rows, columns]);
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// What of a picture excites a layer's units: the strongest activations, each sent down to the pixels with all others of the
    /// layer set to zero, beside the part of the photograph that the unit can see (Zeiler and Fergus, arXiv 1311.2901).
    /// </summary>
    /// <param name="image">The picture.</param>
    /// <param name="options">Which units and rules; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The picture cannot be read, or an option does not fit.</exception>
    public ReconstructResult Reconstruct(InputFile image, ReconstructOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new ReconstructOptions();
        options.Check(isOne: true);
        if (image.IsArray)
            throw new NetVizException($"'{image.Path}' is an array; a patch needs a picture", "give the photograph");
        (InnerLayer[] layers, options) = LayersOf(options, isOne: true);
        if (layers.Length > 1 && (options.Channels.Count > 0 || options.Neurons.Count > 0))
        {
            throw new NetVizException($"{layers.Length} layers, and feature maps or units of them by number",
                "name maps and units of one layer alone");
        }

        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.All);
        using OneImage one = OneImage.Open(image, this, OneImage.TopClass, null, new ProcedureRun(progress, token),
            [.. layers.Select(layer => layer.Name)]);
        ResultProvenance provenance = ProvenanceOf(options, image.Stem, image);
        return new ReconstructResult([.. layers.Zip(NamesOf(layers), (layer, name) => Reconstructed(one, layer, name, options, rules, provenance))], null, 1);
    }

    /// <summary>Layers in file names. Two may differ only in what file systems do not like: the later gets a number.</summary>
    private static string[] NamesOf(IReadOnlyList<InnerLayer> layers)
    {
        var names = new List<string>();
        foreach (InnerLayer layer in layers)
        {
            string name = RuleNames.FileName(layer.Name);
            for (int k = 2; names.Contains(name, StringComparer.OrdinalIgnoreCase); k++) name = $"{RuleNames.FileName(layer.Name)}-{k}";
            names.Add(name);
        }

        return [.. names];
    }

    /// <summary>The units of one layer of one picture.</summary>
    private ReconstructedFiles Reconstructed(OneImage one, InnerLayer layer, string name, ReconstructOptions options, BackwardRule[] rules,
        ResultProvenance provenance)
    {
        InputFile image = one.File;
        Tensor<float> maps = one.Record.Activation(layer.Name).ToPlanes(layer.Layout);
        ActiveUnit[] units = UnitsOf(maps, layer, options);
        if (units.Length == 0) throw new NetVizException($"no activation of '{layer.Name}' is above 0 there");
        ReconstructedUnit[] done = [.. units.Select(unit => (Unit: unit, Field: ReceptiveField.Of(Network,
                one.Record.InputShape, layer.Name, unit.C, unit.Y, unit.X)))
            .Where(u => u.Field.Count > 0)
            .Select(u => ReconstructedUnit.Of(one.Record, layer.Name, u.Unit, image.Name, u.Field, one.Photo!,
                one.Placement!.Value, rules))];
        if (done.Length == 0) throw new NetVizException($"the units of '{layer.Name}' see padding alone");
        string stem = $"{image.Stem}.reconstruct.{name}";
        (Photo photo, InputPlacement placement) = (one.Photo!, one.Placement!.Value);
        var report = new ReconstructReport(this, image.Path, 1, rules, "not used", options.Top,
            [new LayerUnits(layer.Name, [layer.Channels, layer.Height, layer.Width],
                [.. done.Select(unit => new UnitOfPicture(unit))], [stem])
                { Signals = [.. rules.Select(rule => $"{stem}.{rule.FileName()}.npy")] }]);
        return new ReconstructedFiles($"{stem}.json", report,
            [(stem, () => ReconstructionSheet.DrawUnits($"{image.Name}: {layer.Name}",
                $"{Counted.Of(layer.Channels, "map")} of {layer.Width}x{layer.Height} of {Path.GetFileName(Model.Path)}: "
                + "one activation each, all others set to zero, sent down to the pixels",
                done, [.. rules.Select(rule => rule.Name)], Preprocessing.Order, photo, placement))],
            [.. rules.Select((rule, r) => ($"{stem}.{rule.FileName()}.npy", (IReadOnlyList<ReconstructedUnit>)done, r))], provenance);
    }

    /// <summary>
    /// The strongest activations of each feature map over many pictures: reconstructions beside patches, by default under
    /// deconvnet. Of each picture the strongest unit of a feature map counts.
    /// </summary>
    /// <param name="data">A folder of pictures, a folder of class folders, or a .tar or .tar.gz of one.</param>
    /// <param name="options">Which units and rules; null for the usual.</param>
    /// <param name="progress">Receives an event for each picture.</param>
    /// <param name="token">Cancels it between pictures.</param>
    /// <exception cref="NetVizException">The pictures cannot be read, or an option does not fit.</exception>
    public ReconstructResult ReconstructOver(string data, ReconstructOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        options ??= new ReconstructOptions();
        options.Check(isOne: false);
        return ReconstructOver(data, options, null, new ProcedureRun(progress, token));
    }

    /// <summary>Looks through the pictures, or takes the units that shards found.</summary>
    internal ReconstructResult ReconstructOver(string data, ReconstructOptions options, IReadOnlyList<ShardFile>? shards,
        ProcedureRun run)
    {
        ReconstructOptions given = options;
        (InnerLayer[] layers, options) = LayersOf(options, isOne: false);
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.DeconvNet);
        PictureSource source = PictureSource.Open(data, options.Split, options.Strict, _options.MaxPixels, run);
        int[][] channels = [.. layers.Select(layer => layer.Chosen(options.Channels, options.Maps))];
        var search = new TopOverPictures(this, source, layers, options.Top);
        ShardFile Manifest() => ReconstructedShard.Manifest(this, source, data, given, layers, rules);
        if (given.Shard is not null) return ReconstructedShard.Find(this, given, Manifest(), source, search, layers, rules, run);
        if (shards is null) run.Do("looking for the strongest activations", source.Count, bar => search.Find(bar.Report));
        else ReconstructedShard.Restore(shards, Manifest(), search, source.Broken);
        source.Broken.RequireAny(search.Names.Count);
        int units = layers.Select((_, l) => channels[l].Sum(c => search.Best[l].Of(c).Count)).Sum();
        IReadOnlyList<IReadOnlyList<ReconstructedUnit>>[] maps = run.Do("sending them down", units,
            bar => search.Reconstruct(channels, rules, bar.Report));
        if (maps.All(layer => layer.Count == 0)) throw new NetVizException("no activation of the chosen feature maps is above 0");

        var reports = new List<LayerUnits>();
        var sheets = new List<(string Stem, Func<SheetPage> Draw)>();
        var signals = new List<(string File, IReadOnlyList<ReconstructedUnit> Units, int Rule)>();
        foreach ((InnerLayer layer, IReadOnlyList<IReadOnlyList<ReconstructedUnit>> found, string name) in layers.Zip(maps, NamesOf(layers)))
        {
            var own = new List<string>();
            for (int r = 0; r < rules.Length && found.Count > 0; r++)
            {
                int rule = r;
                own.Add($"top.{name}.{rules[r].FileName()}");
                signals.Add(($"{own[^1]}.npy", [.. found.SelectMany(map => map)], r));
                sheets.Add((own[^1], () => ReconstructionSheet.DrawMaps(
                    $"{layer.Name}, {rules[rule].Name}: the top {options.Top} of {Counted.Of(found.Count, "map")}",
                    $"{Counted.Of(layer.Channels, "map")} of {layer.Width}x{layer.Height} of {Path.GetFileName(Model.Path)}, "
                    + $"over {Counted.Of(search.Names.Count, "picture")} of {Path.GetFileName(source.Name)}; one unit a picture, "
                    + "all others set to zero",
                    found, rule, Preprocessing.Order)));
            }

            reports.Add(new LayerUnits(layer.Name, [layer.Channels, layer.Height, layer.Width],
                [.. found.SelectMany(map => map.Select(unit => new UnitOfPicture(unit)))], own)
                { Signals = [.. own.Select(stem => $"{stem}.npy")] });
        }

        var report = new ReconstructReport(this, source.Name, search.Names.Count, rules,
            "of each picture the strongest place of a map [ours]", options.Top, reports);
        return new ReconstructResult(
            [new ReconstructedFiles("top.json", report, sheets, signals, ProvenanceOf(options with { Shard = null, ShardFolder = null }, "top"))], source.Broken, search.Names.Count);
    }

    /// <summary>The layers, and the options with the feature maps and units that were named with them.</summary>
    private (InnerLayer[] Layers, ReconstructOptions Options) LayersOf(ReconstructOptions options, bool isOne)
    {
        Shape input = new([.. Preprocessing.InputShape]);
        if (options.Layers.Count == 0) return ([InnerLayer.Find(Network, input, null)], options);
        (string Layer, int[] Place)[] named = [.. options.Layers.Distinct().Select(name => OneImage.SplitStart(name, Network))];
        foreach ((string layer, int[] place) in named)
        {
            if (place.Length is not (0 or 1 or 3))
                throw new NetVizException($"`Layer` '{layer}:{string.Join(',', place)}': after the colon stand one or three numbers");
        }

        ReconstructOptions whole = options with
        {
            Channels = [.. options.Channels, .. named.Where(n => n.Place.Length == 1).Select(n => n.Place[0])],
            Neurons = [.. options.Neurons, .. named.Where(n => n.Place.Length == 3).Select(n => string.Join(',', n.Place))],
        };
        whole.Check(isOne);
        return ([.. named.Select(n => InnerLayer.Find(Network, input, n.Layer)).DistinctBy(layer => layer.Tensor)], whole);
    }

    private static ActiveUnit[] UnitsOf(Tensor<float> maps, InnerLayer layer, ReconstructOptions options)
    {
        if (options.Neurons.Count > 0)
        {
            return [.. options.Neurons.Distinct().Select(text =>
            {
                (int c, int y, int x) = layer.Unit("`Neuron`", text);
                return new ActiveUnit(0, c, y, x, maps[0, c, y, x]);
            })];
        }

        var values = new float[maps.FlattenedLength];
        maps.FlattenTo(values);
        int plane = layer.Height * layer.Width;
        if (options.Channels.Count > 0)
        {
            return [.. layer.Chosen(options.Channels, layer.Channels).SelectMany(c =>
                TopActivations.Within(c, values.AsSpan(c * plane, plane), layer.Width, options.Top))];
        }

        var best = new TopActivations(layer.Channels, 1);
        best.Add(0, values, layer.Width);
        return [.. Enumerable.Range(0, layer.Channels).SelectMany(best.Of).OrderByDescending(unit => unit.Value).Take(options.Top)];
    }
}
