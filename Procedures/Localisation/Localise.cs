using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Localisation;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Localise"/> looks for, and how.</summary>
public sealed record LocaliseOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>The rule of the saliency map.</summary>
    public string Rule { get; init; } = BackwardRule.Gradient.Name;

    /// <summary>The constants of the mask.</summary>
    public LocalisationOptions Localisation { get; init; } = new();
}

/// <summary>The object of a class on a picture.</summary>
public sealed class LocaliseResult
{
    private readonly ResultProvenance _provenance;

    internal LocaliseResult(InputFile file, RankedClass ranked, ObjectLocalisation found, LocaliseReport report, string title,
        ResultProvenance provenance) =>
        (File, Class, Found, Report, Title, _provenance) = (file, ranked, found, report, title, provenance);

    /// <summary>The picture.</summary>
    public InputFile File { get; }

    /// <summary>The class whose object is localised.</summary>
    public RankedClass Class { get; }

    /// <summary>Mask, box, and the certificate of the cut.</summary>
    public ObjectLocalisation Found { get; }

    internal LocaliseReport Report { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>Writes what <c>netviz localise</c> writes: the outlined object, mask, trimap and numbers.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures are compressed; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        LocaliseFiles written = Report.Files;
        writer.Picture(written.Localised, LocalisationPictures.Overlay(Found, Caption));
        writer.Picture(written.Mask, LocalisationPictures.Mask(Found));
        writer.Picture(written.Trimap, LocalisationPictures.Trimap(Found));
        writer.Json(written.Json, Report, _provenance);
        return writer.Names;
    }

    /// <summary>Class and score, and the rule, as they stand on the picture.</summary>
    private string Caption => $"{Class.Name}, {ScoreText.Of(Class.Score, Class.Probability, "0.00")}"
        + (Report.Box is null ? "; no box" : "") + (Report.SignalNote is null ? "" : "; nearly empty signal");
}

public sealed partial class Explainer
{
    /// <summary>
    /// Mask and box of what a class's saliency map points at, without having been taught any box (arXiv 1312.6034, section 3.2).
    /// </summary>
    /// <param name="image">The picture.</param>
    /// <param name="options">Which class, rule and constants; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The picture cannot be read, is an array, or an option does not fit.</exception>
    public LocaliseResult Localise(InputFile image, LocaliseOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new LocaliseOptions();
        options.Localisation.Check();
        if (image.IsArray)
        {
            throw new NetVizException($"'{image.Path}' is an array without colours; localisation takes pictures",
                "give the photograph");
        }

        BackwardRule rule = RuleOf(options.Rule, options);
        using OneImage one = OneImage.Open(image, this, options.Class, start: null, new ProcedureRun(progress, token))
            .NoteRules(rule);
        Tensor<float> signal = one.Record.Backward(one.Seed, rule, to: null, progress: null, token);
        SaliencyMap map = SaliencyMap.Of(signal.ToPlanes(Network.LayoutOf(0)));
        Photo photo = one.Photo!;
        ObjectLocalisation found = ObjectLocalisation.Of(photo,
            map.ToPhoto(one.Placement!.Value, photo.Width, photo.Height), options.Localisation);
        var report = new LocaliseReport(one, rule.Name, found, options.Localisation, LocaliseFiles.Of(image.Stem))
        {
            SignalNote = NearlyEmpty.NoteOf(map),
        };
        return new LocaliseResult(image, one.Class, found, report, one.ToString(), ProvenanceOf(options, image.Stem, image));
    }
}
