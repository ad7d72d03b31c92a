using System.Numerics.Tensors;
using NetViz.Analysis.SwitchChanges;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>One way to send the signal through the max-poolings.</summary>
/// <param name="Key">Part of file names.</param>
/// <param name="Name">For people.</param>
/// <param name="Record">The record with these switches.</param>
/// <param name="Even">Whether the switches are dropped and signals spread.</param>
/// <param name="Other">The other image's own record, where the switches are transplanted.</param>
/// <param name="Photo">The other image.</param>
internal sealed record SwitchVariant(string Key, string Name, ForwardRecord Record, bool Even = false,
    ForwardRecord? Other = null, Photo? Photo = null);

/// <summary>What STEM.switches.KIND.json holds.</summary>
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
public sealed record SwitchAgreement(string Pool, double Share);

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
                throw new NetVizException($"`Layer` '{layer}' is no max-pooling of network '{image.Network.Name}'",
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
            if (!File.Exists(with)) throw new NetVizException($"`With` '{with}' does not exist");
            using FileStream stream = UntrustedFile.Open(with, FileKind.Record, 1 << 16);
            donor = PortableRecord.Load(stream);
            name = Path.GetFileName(with);
        }
        else
        {
            InputFile file = OneImage.TheOne(with, _image.Run.Note);
            using (ForwardRecord record = OneImage.Forward(file, _image.Model, _image.Run)) donor = record.Export();
            photo = file.IsArray ? null : _image.Model.ReadPicture(file, _image.Run).Photo;
            name = file.Name;
        }

        PortableRecord mixed = SwitchLab.Transplant(_own, donor, _pools);
        return new SwitchVariant("transplant", $"of {name}", Import(mixed), Other: Import(donor), Photo: photo);
    }

    public SwitchVariant Random(ulong seed) =>
        new("random", $"random (seed {seed})", Import(SwitchLab.Random(_own, _image.Network, _pools, seed)));

    public SwitchVariant Centre() => new("centre", "centre", Import(SwitchLab.Centre(_own, _image.Network, _pools)));

    public SwitchVariant Dropped() => new("drop", "dropped", _image.Record, Even: true);

    /// <summary>Runs all rules with all variants, the image's own switches first.</summary>
    public UnpoolResult Run(IReadOnlyList<BackwardRule> rules, IReadOnlyList<SwitchVariant> variants, ResultProvenance provenance)
    {
        SwitchVariant[] all = [new SwitchVariant("own", "its own", _image.Record), .. variants];
        var results = new List<UnpooledVariant>();
        foreach (SwitchVariant variant in all)
        {
            bool compared = results.Count > 0 && !variant.Even;
            results.Add(new UnpooledVariant(variant.Key, variant.Name,
                compared
                    ? [.. SwitchLab.Agreement(_own, variant.Record.Export(), _pools).Select(a => new SwitchAgreement(a.Pool, a.Share))]
                    : [],
                [.. rules.Select(rule => Signal(variant, rule))])
            {
                OfOther = variant.Other is null ? null
                    : [.. rules.Select(rule => variant.Other.Backward(_image.Seed, rule))],
                Photo = variant.Photo,
            });
        }

        return new UnpoolResult(_image, rules, _pools, results, provenance);
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
}
