using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Analysis.SwitchChanges;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>Which other switches <see cref="Explainer.Unpool"/> tries.</summary>
public sealed record UnpoolOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>Where the signal starts: LAYER:c,y,x, LAYER:c or LAYER; null for the class's score.</summary>
    public string? Start { get; init; }

    /// <summary>The rules; none for gradient, deconvnet and guided.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The max-poolings whose switches change; none for all.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>Takes the switches of another image, or of a record in a .zip; null for not.</summary>
    public string? With { get; init; }

    /// <summary>Draws switches at random from this seed; null for not.</summary>
    public ulong? RandomSeed { get; init; }

    /// <summary>Puts every switch at the centre of its window.</summary>
    public bool Centre { get; init; }

    /// <summary>Drops the switches: each signal is spread evenly over its window.</summary>
    public bool Drop { get; init; }
}

/// <summary>The signals with one kind of switches.</summary>
/// <param name="Key">What its files are called: own, transplant, random, centre, drop.</param>
/// <param name="Name">For people.</param>
/// <param name="Agreement">For each max-pooling the share of switches that are the image's own.</param>
/// <param name="Signals">For each rule the signal at the input.</param>
public sealed record UnpooledVariant(string Key, string Name, IReadOnlyList<SwitchAgreement> Agreement,
    IReadOnlyList<Tensor<float>> Signals)
{
    /// <summary>For each rule the other image's own signal, where its switches are transplanted; otherwise null.</summary>
    public IReadOnlyList<Tensor<float>>? OfOther { get; init; }

    internal Photo? Photo { get; init; }
}

/// <summary>Reconstructions with other switches than the image's own, beside those with its own, which come first.</summary>
public sealed class UnpoolResult
{
    private readonly Explainer _model;
    private readonly ResultProvenance _provenance;
    private readonly IReadOnlyList<string> _pools;
    private readonly Photo? _photo;
    private readonly InputPlacement? _placement;
    private readonly string _startName;
    private readonly Func<IReadOnlyList<SwitchVariantReport>, string?, SwitchReport> _report;

    internal UnpoolResult(OneImage image, IReadOnlyList<BackwardRule> rules, IReadOnlyList<string> pools,
        IReadOnlyList<UnpooledVariant> variants, ResultProvenance provenance)
    {
        _provenance = provenance;
        (File, Rules, Variants, _pools, _model) = (image.File, rules, variants, pools, image.Model);
        (_photo, _placement, _startName, Title, RuleNote) =
            (image.Photo, image.Placement, image.StartName, image.ToString(), image.RuleNote);
        (RankedClass ranked, string? start, string input) = (image.Class, image.StartText, image.Record.InputSha256);
        _report = (signals, sheet) => new SwitchReport(File.Path, ranked.Index, ranked.Name, ranked.Score, ranked.Probability,
            start, [.. rules.Select(rule => rule.Name)], pools, signals, sheet, _model.Model.Path, _model.Model.Sha256, input,
            _model.Prepared.Kernels.Name, ResultFiles.Version) { RuleNote = RuleNote };
    }

    /// <summary>The image.</summary>
    public InputFile File { get; }

    /// <summary>The rules under which signals were computed.</summary>
    public IReadOnlyList<BackwardRule> Rules { get; }

    /// <summary>The kinds of switches, the image's own first.</summary>
    public IReadOnlyList<UnpooledVariant> Variants { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    internal string? RuleNote { get; }

    /// <summary>What was tried, for the names of files: transplant, random, centre, drop, or all for several.</summary>
    public string Kind => KindOf([.. Variants.Skip(1).Select(variant => variant.Key)]);

    /// <summary>The names of the numbers and the sheet, which each kind has its own of.</summary>
    internal static string StemOf(InputFile file, string kind) => $"{file.Stem}.switches.{kind}";

    internal static string KindOf(IReadOnlyList<string> keys) => keys.Count == 1 ? keys[0] : "all";

    /// <summary>Writes the signals, a sheet and the numbers.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How the sheet looks; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        Write(writer);
        return writer.Names;
    }

    internal SwitchReport Write(ResultWriter writer)
    {
        string stem = StemOf(File, Kind);
        var reports = new List<SwitchVariantReport>();
        foreach (UnpooledVariant variant in Variants)
        {
            var own = new List<SwitchSignal>();
            for (int r = 0; r < Rules.Count; r++)
            {
                Tensor<float> signal = variant.Signals[r], usual = Variants[0].Signals[r];
                string file = writer.Array($"{stem}.{variant.Key}.{Rules[r].FileName()}.npy", signal);
                double ownNorm = SignalNorm.Of(usual);
                own.Add(new SwitchSignal(Rules[r].Name, file, Cosine(signal, usual),
                    variant.OfOther is { } other ? Cosine(signal, other[r]) : null,
                    ownNorm > 0 ? SignalNorm.Of(signal) / ownNorm : null));
            }

            reports.Add(new SwitchVariantReport(variant.Key, variant.Name, variant.Agreement, own));
        }

        SwitchReport report = _report(reports, Sheet(writer, stem));
        writer.Json($"{stem}.json", report, _provenance);
        return report;
    }

    /// <summary>Rows are rules, columns variants; null where the input is no picture.</summary>
    private string? Sheet(ResultWriter writer, string stem)
    {
        if (_photo is not Photo photo || _placement is not InputPlacement placement) return null;
        Tensor<float> Planes(Tensor<float> signal) => signal.ToPlanes(_model.Network.LayoutOf(0));
        if (!SignalGallery.CanDraw(Planes(Variants[0].Signals[0]).Lengths[1])) return null;
        var rows = new List<GalleryRow>();
        Photo? other = Variants.FirstOrDefault(variant => variant.Photo is not null)?.Photo;
        for (int r = 0; r < Rules.Count; r++)
        {
            GalleryPanel[] panels = [.. Variants.Select((variant, v) => new GalleryPanel(variant.Name, Planes(Variants[v].Signals[r]),
                v > 0 && Cosine(Variants[v].Signals[r], Variants[0].Signals[r]) is double cosine
                    ? $"like its own {Number(cosine, "0.00")}"
                    : ""))];
            rows.Add(new GalleryRow(Rules[r].Name, r == 1 && other is not null ? "the image whose switches are transplanted" : "",
                panels, r == 0 ? photo : r == 1 ? other : null));
        }

        return writer.Sheet(stem, SignalGallery.Draw($"{Path.GetFileName(File.Path)}: {_startName}, with other switches",
            $"signals at the input, grey is 0; changed: {string.Join(", ", _pools)}", photo,
            placement, _model.Preprocessing.Order, rows, scale: writer.Look.Scale ?? SheetScale.Own));
    }

    private static double? Cosine(Tensor<float> a, Tensor<float> b)
    {
        double product = 0, norms = SignalNorm.Of(a) * SignalNorm.Of(b);
        foreach ((float x, float y) in a.Zip(b)) product += (double)x * y;
        return norms > 0 ? Math.Round(product / norms, 6) + 0.0 : null;
    }

    /// <summary>A number without the sign of a zero; nothing for null.</summary>
    internal static string Number(double? value, string format = "0.000") =>
        value is not double number ? ""
        : number.ToString(format, CultureInfo.InvariantCulture).TrimStart('-').Trim('0', '.').Length == 0
            ? 0.0.ToString(format, CultureInfo.InvariantCulture)
            : number.ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>A forward record that was written to a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Pools">The network's max-poolings.</param>
/// <param name="Switches">How many switches there are.</param>
/// <param name="ModelSha256">The model's SHA-256.</param>
/// <param name="InputSha256">The input's SHA-256.</param>
public sealed record ExportedRecord(string Path, IReadOnlyList<string> Pools, long Switches, string ModelSha256,
    string InputSha256);

public sealed partial class Explainer
{
    /// <summary>
    /// What a reconstruction owes to the places of the maxima in the max-poolings, and what to the weights: the class score's
    /// signal with other switches than the image's own. Everything else, the rectifiers' bits included, stays the image's own.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which switches, class and rules.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">An image cannot be read, or an option does not fit.</exception>
    public UnpoolResult Unpool(InputFile image, UnpoolOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new UnpoolOptions();
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.All);
        using OneImage one = OneImage.Open(image, this, options.Class, options.Start, new ProcedureRun(progress, token))
            .NoteRules(rules);
        using var lab = new SwitchBench(one, options.Layers);
        var variants = new List<SwitchVariant>();
        if (options.With is { } with) variants.Add(lab.Transplanted(with));
        if (options.RandomSeed is { } seed) variants.Add(lab.Random(seed));
        if (options.Centre) variants.Add(lab.Centre());
        if (options.Drop) variants.Add(lab.Dropped());
        return lab.Run(rules, variants, ProvenanceOf(options, image.Stem, image));
    }

    /// <summary>Writes an image's forward record, switches and bits included.</summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="output">The file, whose name ends in .zip, or a folder for STEM.record.zip; made where it is missing.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, the network has no max-pooling, or the file cannot be
    /// written.</exception>
    public ExportedRecord ExportRecord(InputFile image, string output, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(output);
        bool isFile = output.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(output);
        if (!isFile) ResultFiles.CheckFolder(output);
        IReadOnlyList<string> pools = SwitchLab.PoolsOf(Network);
        using ForwardRecord record = OneImage.Forward(image, this, new ProcedureRun(progress, token));
        string path = isFile ? output : Path.Combine(output, $"{image.Stem}.record.zip");
        PortableRecord portable = record.Export();
        OutputFile.Write(path, ResultKind.Record, portable.Save);
        return new ExportedRecord(path, pools, portable.Layers.Sum(layer => (long)layer.Switches.Length), portable.ModelSha256,
            portable.InputSha256);
    }
}
