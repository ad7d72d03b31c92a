using System.Numerics.Tensors;
using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Proofs;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>Which difference <see cref="Explainer.Decompose"/> takes apart.</summary>
public sealed record DecomposeOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>Where the signal starts: LAYER:c,y,x, LAYER:c or LAYER; null for the class's score.</summary>
    public string? Start { get; init; }

    /// <summary>The first rule G of D - G.</summary>
    public string First { get; init; } = BackwardRule.Gradient.Name;

    /// <summary>The second rule D of D - G.</summary>
    public string Second { get; init; } = BackwardRule.DeconvNet.Name;

    /// <summary>Where the second rule already holds when a layer is changed over to it.</summary>
    public TelescopeOrder Order { get; init; } = TelescopeOrder.Above;

    /// <summary>Whether all signals of the sheet have one scale, or each its own.</summary>
    public SheetScale Scale { get; init; } = SheetScale.Shared;
}

/// <summary>The difference of two rules' signals as a sum of what each layer contributes.</summary>
public sealed class DecomposeResult
{
    // Differences of float32 signals, summed in double: telescoping leaves some 1e-16.
    internal const double Bound = 1e-6;

    private readonly Explainer _model;
    private readonly DecomposeOptions _options;
    private readonly ResultProvenance _provenance;
    private readonly Photo? _photo;
    private readonly InputPlacement? _placement;
    private readonly string _startName;

    internal DecomposeResult(OneImage image, DecomposeOptions options, RuleDifference difference)
    {
        (File, Difference, _options, _model) = (image.File, difference, options, image.Model);
        (_photo, _placement, _startName) = (image.Photo, image.Placement, image.StartName);
        Title = image.ToString();
        _provenance = image.Model.ProvenanceOf(options, image.File.Stem, image.File);
        Report = new TelescopeReport(image, difference.First.Name, difference.Second.Name,
            options.Order.ToString().ToLowerInvariant(), TensorPrimitives.Norm<double>(difference.FirstSignal),
            TensorPrimitives.Norm<double>(difference.SecondSignal), difference.Norm,
            [.. difference.Terms.Select(term => new TelescopeTermReport(term.Node.Name, term.Node.Layer.Operator, term.L1,
                term.L2, term.Share))], difference.RelativeError, difference.RelativeErrorByItself, Holds);
    }

    /// <summary>The image.</summary>
    public InputFile File { get; }

    /// <summary>The terms, from the image up, and both signals.</summary>
    public RuleDifference Difference { get; }

    /// <summary>Whether the terms add up to the difference.</summary>
    public bool Holds => Difference.RelativeError <= Bound;

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>What is printed as JSON; after <see cref="Save"/> with the names of the files.</summary>
    internal TelescopeReport Report { get; private set; }

    /// <summary>Writes the terms as an array and a sheet, and the numbers.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        Write(writer);
        Report = Report with { Files = [.. writer.Names] };
        writer.Json($"{File.Stem}.telescope.json", Report, _provenance);
        return writer.Names;
    }

    private void Write(ResultWriter writer)
    {
        string stem = $"{File.Stem}.telescope";
        if (Difference.Terms.Count > 0)
        {
            float[] values = [.. Difference.Terms.SelectMany(term => term.Values.Select(value => (float)value))];
            nint[] lengths = [Difference.Terms.Count, .. Difference.Shape.Lengths[1..].ToArray().Select(length => (nint)length)];
            writer.Array($"{stem}.npy", Numbers.Create(values, lengths));
        }

        nint[] shape = [.. Difference.Shape.Lengths.ToArray().Select(length => (nint)length)];
        foreach ((BackwardRule rule, double[] signal) in ((BackwardRule, double[])[])
            [(Difference.First, Difference.FirstSignal), (Difference.Second, Difference.SecondSignal)])
        {
            // Two rules may be the same.
            string name = $"{stem}.{rule.FileName()}.npy";
            if (!writer.Names.Contains(name))
                writer.Array(name, Numbers.Create(Array.ConvertAll(signal, value => (float)value), shape));
        }

        ImageLayout layout = _model.Network.Input.Layout;
        if (TelescopeSheet.CanDraw(Difference, layout))
        {
            writer.Sheet(stem, TelescopeSheet.Draw(Difference, layout, _model.Model.Preprocessing?.Order ?? ChannelOrder.Rgb,
                _photo, _placement, $"{Path.GetFileName(File.Path)}: {_startName}",
                $"{Difference.Second} - {Difference.First} of {Path.GetFileName(_model.Model.Path)}, layer by layer from "
                + $"the image up, {Where(Difference)}", writer.Look.Scale ?? _options.Scale));
        }
    }

    internal static string Where(RuleDifference difference) => difference.Order == TelescopeOrder.Above
        ? $"{difference.Second} above each, {difference.First} below it"
        : $"{difference.First} above each, {difference.Second} below it";
}

/// <summary>What telescope.json holds; the order of the terms is that of the .npy.</summary>
internal sealed record TelescopeReport : OneImageReport
{
    public TelescopeReport(OneImage image, string from, string to, string order, double firstNorm, double secondNorm,
        double differenceNorm, IReadOnlyList<TelescopeTermReport> terms, double relativeError, double? relativeErrorByItself,
        bool holds)
        : base(image) =>
        (FromRule, ToRule, Order, FirstNorm, SecondNorm, DifferenceNorm, Terms, RelativeError, RelativeErrorByItself, Holds) =
            (from, to, order, firstNorm, secondNorm, differenceNorm, terms, relativeError, relativeErrorByItself, holds);

    public string FromRule { get; }

    public string ToRule { get; }

    public string Order { get; }

    public double FirstNorm { get; }

    public double SecondNorm { get; }

    public double DifferenceNorm { get; }

    public IReadOnlyList<TelescopeTermReport> Terms { get; }

    public double RelativeError { get; }

    public double? RelativeErrorByItself { get; }

    public bool Holds { get; }

    public List<string>? Files { get; init; }
}

/// <summary>One layer's term.</summary>
internal sealed record TelescopeTermReport(string Layer, string Operator, double L1, double L2, double Share);

public sealed partial class Explainer
{
    /// <summary>
    /// Takes the difference of two rules' signals apart into what each rectifier (and LRN) contributes: D - G = sum over k of
    /// (H_k - H_k+1), where H_k follows D from layer k up and G below.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and rules; null for the usual.</param>
    /// <param name="progress">Receives an event for each layer.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public DecomposeResult Decompose(InputFile image, DecomposeOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new DecomposeOptions();
        var run = new ProcedureRun(progress, token);
        BackwardRule first = RuleOf(options.First, options), second = RuleOf(options.Second, options);
        if (first.Relevance is not null || second.Relevance is not null)
        {
            throw new NetVizException("relevance rules differ at linear layers, not at rectifiers: their difference cannot be "
                + "decomposed", "netviz saliency shows them side by side, netviz prove with the rule lrp.NAME checks their books");
        }

        using OneImage one = OneImage.Open(image, this, options.Class, options.Start, run).NoteRules(first, second);
        RuleDifference difference = run.Do("decomposing", 1,
            bar => RuleDifference.Of(one.Record, one.Seed, first, second, options.Order, bar.Report));
        return new DecomposeResult(one, options, difference);
    }
}
