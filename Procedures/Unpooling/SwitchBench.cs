using System.Numerics.Tensors;
using NetViz.Analysis.SwitchChanges;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;

namespace NetViz.Cli.Unpool;

/// <summary>One way to send the signal through the max-poolings.</summary>
/// <param name="Key">Part of file names.</param>
/// <param name="Name">For people.</param>
/// <param name="Record">The record with these switches.</param>
/// <param name="Even">Whether the switches are dropped and signals spread.</param>
/// <param name="Other">The other image's own record, where the switches are transplanted.</param>
/// <param name="Photo">The other image.</param>
internal sealed record SwitchVariant(string Key, string Name, ForwardRecord Record, bool Even = false,
    ForwardRecord? Other = null, Photo? Photo = null);

/// <summary>What STEM.switches.json holds.</summary>
internal sealed record SwitchReport(string Image, int ClassIndex, string ClassName, float Score, float? Probability,
    string? Start, IReadOnlyList<string> Rules, IReadOnlyList<string> Pools, IReadOnlyList<SwitchVariantReport> Variants,
    string? Sheet, string Model, string ModelSha256, string InputSha256, string Device, string Version)
{
    /// <summary>What must be known of the rules, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; init; }
}

/// <summary>One variant: for each max-pooling the share of switches that are the image's own, and a signal a rule.</summary>
internal sealed record SwitchVariantReport(string Key, string Name, IReadOnlyList<SwitchAgreement> Agreement,
    IReadOnlyList<SwitchSignal> Signals);

/// <summary>The share of one max-pooling's switches that are the image's own.</summary>
internal sealed record SwitchAgreement(string Pool, double Share);

/// <summary>
/// A signal at the input: its cosine to the one with the image's own switches, its cosine to the one that the same class sends to
/// the other image, and its Euclidean norm over the first one's. Null where one of the two is 0 everywhere.
/// </summary>
internal sealed record SwitchSignal(string Rule, string File, double? CosineToOwn, double? CosineToOther, double? NormToOwn);

/// <summary>An image's record, and records made of it with other switches.</summary>
internal sealed class SwitchBench : IDisposable
{
    private readonly OneImage _image;
    private readonly PortableRecord _own;
    private readonly IReadOnlyList<string> _pools;
    private readonly List<ForwardRecord> _records = [];

    /// <param name="image">The image.</param>
    /// <param name="layers">The max-poolings to change; none for all.</param>
    /// <exception cref="NetVizException">A layer is no max-pooling, or the network has none.</exception>
    public SwitchBench(OneImage image, IReadOnlyList<string> layers)
    {
        (_image, _own) = (image, image.Record.Export());
        IReadOnlyList<string> pools = SwitchLab.PoolsOf(image.Network);
        foreach (string layer in layers)
        {
            if (!pools.Contains(layer))
            {
                throw new NetVizException($"--layer '{layer}' is no max-pooling of network '{image.Network.Name}'",
                    $"it has {string.Join(", ", pools)}");
            }
        }

        _pools = layers.Count > 0 ? [.. pools.Where(layers.Contains)] : pools;
    }

    /// <summary>The switches of another image, or of a record in a file.</summary>
    public SwitchVariant Transplanted(string with)
    {
        PortableRecord donor;
        Photo? photo = null;
        string name;
        if (with.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            if (!File.Exists(with)) throw new NetVizException($"--with '{with}' does not exist");
            using FileStream stream = UntrustedFile.Open(with, FileKind.Record, 1 << 16);
            donor = PortableRecord.Load(stream);
            name = Path.GetFileName(with);
        }
        else
        {
            (InputFile file, ForwardRecord record) = OneImage.Forward(with, _image.Model);
            using (record) donor = record.Export();
            photo = file.IsArray ? null : _image.Model.ReadPicture(file).Photo;
            name = file.Name;
        }

        PortableRecord mixed = SwitchLab.Transplant(_own, donor, _pools);
        return new SwitchVariant("transplant", $"of {name}", Import(mixed), Other: Import(donor), Photo: photo);
    }

    public SwitchVariant Random(ulong seed) =>
        new("random", $"random (seed {seed})", Import(SwitchLab.Random(_own, _image.Network, _pools, seed)));

    public SwitchVariant Centre() => new("centre", "centre", Import(SwitchLab.Centre(_own, _image.Network, _pools)));

    public SwitchVariant Dropped() => new("drop", "dropped", _image.Record, Even: true);

    /// <summary>Runs all rules with all variants, the image's own switches first, and writes signals and a sheet.</summary>
    public SwitchReport Report(IReadOnlyList<BackwardRule> rules, IReadOnlyList<SwitchVariant> variants, string folder)
    {
        SwitchVariant[] all = [new SwitchVariant("own", "its own", _image.Record), .. variants];
        Tensor<float>[][] signals = [.. all.Select(variant => rules.Select(rule => Signal(variant, rule)).ToArray())];
        var reports = new List<SwitchVariantReport>();
        for (int v = 0; v < all.Length; v++)
        {
            var own = new List<SwitchSignal>();
            for (int r = 0; r < rules.Count; r++)
            {
                string file = $"{_image.File.Stem}.{all[v].Key}.{rules[r].FileName()}.npy";
                Npy.Write(Path.Combine(folder, file), signals[v][r]);
                double? toOther = all[v].Other is ForwardRecord other
                    ? Cosine(signals[v][r], other.Backward(_image.Seed, rules[r]))
                    : null;
                double ownNorm = SignalNorm.Of(signals[0][r]);
                own.Add(new SwitchSignal(rules[r].Name, file, Cosine(signals[v][r], signals[0][r]), toOther,
                    ownNorm > 0 ? SignalNorm.Of(signals[v][r]) / ownNorm : null));
            }

            bool compared = v > 0 && !all[v].Even;
            SwitchAgreement[] agreement = compared
                ? [.. SwitchLab.Agreement(_own, all[v].Record.Export(), _pools).Select(a => new SwitchAgreement(a.Pool, a.Share))]
                : [];
            reports.Add(new SwitchVariantReport(all[v].Key, all[v].Name, agreement, own));
        }

        LoadedModel model = _image.Model;
        return new SwitchReport(_image.File.Path, _image.Class.Index, _image.Class.Name, _image.Class.Score,
            _image.Class.Probability, _image.StartText, [.. rules.Select(rule => rule.Name)], _pools, reports,
            Sheet(rules, all, signals, folder), model.Model.Path, model.Model.Sha256, _image.Record.InputSha256,
            model.Prepared.Kernels.Name, Output.Version) { RuleNote = model.RuleNote };
    }

    public void Dispose()
    {
        foreach (ForwardRecord record in _records) record.Dispose();
    }

    private ForwardRecord Import(PortableRecord portable)
    {
        ForwardRecord record = _image.Model.Prepared.Import(portable);
        _records.Add(record);
        return record;
    }

    private Tensor<float> Signal(SwitchVariant variant, BackwardRule rule)
    {
        BackwardRule down = variant.Even ? rule.With(layer => _pools.Contains(layer.Name), Unpooling.Even) : rule;
        return variant.Record.Backward(_image.Seed, down);
    }

    /// <summary>Rows are rules, columns variants; null where the input is no picture.</summary>
    private string? Sheet(IReadOnlyList<BackwardRule> rules, SwitchVariant[] variants, Tensor<float>[][] signals, string folder)
    {
        if (_image.Photo is not Photo photo || _image.Placement is not InputPlacement placement) return null;
        Tensor<float> Planes(Tensor<float> signal) => signal.ToPlanes(_image.Network.LayoutOf(0));
        if (!SignalGallery.CanDraw(Planes(signals[0][0]).Lengths[1])) return null;
        var rows = new List<GalleryRow>();
        Photo? other = variants.FirstOrDefault(variant => variant.Photo is not null)?.Photo;
        for (int r = 0; r < rules.Count; r++)
        {
            GalleryPanel[] panels = [.. variants.Select((variant, v) => new GalleryPanel(variant.Name, Planes(signals[v][r]),
                v > 0 && Cosine(signals[v][r], signals[0][r]) is double cosine
                    ? $"like its own {UnpoolCommand.Number(cosine, "0.00")}"
                    : ""))];
            rows.Add(new GalleryRow(rules[r].Name, r == 1 && other is not null ? "the image whose switches are transplanted" : "",
                panels, r == 0 ? photo : r == 1 ? other : null));
        }

        string name = $"{_image.File.Stem}.switches.png";
        Photo sheet = SignalGallery.Draw($"{Path.GetFileName(_image.File.Path)}: {_image.StartName}, with other switches",
            $"signals at the input, grey is 0, each picture with its own scale; changed: {string.Join(", ", _pools)}", photo,
            placement, _image.Model.Preprocessing.Order, rows);
        ImageFile.WritePng(sheet, Path.Combine(folder, name));
        return name;
    }

    private static double? Cosine(Tensor<float> a, Tensor<float> b)
    {
        double product = 0, norms = SignalNorm.Of(a) * SignalNorm.Of(b);
        foreach ((float x, float y) in a.Zip(b)) product += (double)x * y;
        return norms > 0 ? Math.Round(product / norms, 6) + 0.0 : null;
    }
}
