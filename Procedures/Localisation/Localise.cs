using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Localisation;
using NetViz.Visualisation.Rendering;

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
    internal LocaliseResult(InputFile file, RankedClass ranked, ObjectLocalisation found, LocaliseReport report, string title) =>
        (File, Class, Found, Report, Title) = (file, ranked, found, report, title);

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
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ResultFiles.CheckFolder(folder);
        LocaliseFiles written = Report.Files;
        ImageFile.WritePng(LocalisationPictures.Overlay(Found), Path.Combine(folder, written.Localised));
        ImageFile.WritePng(LocalisationPictures.Mask(Found), Path.Combine(folder, written.Mask));
        ImageFile.WritePng(LocalisationPictures.Trimap(Found), Path.Combine(folder, written.Trimap));
        ResultFiles.WriteJson(Path.Combine(folder, written.Json), Report);
        return [.. written.All];
    }
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
        var report = new LocaliseReport(one, rule.Name, found, options.Localisation, LocaliseFiles.Of(image.Stem));
        return new LocaliseResult(image, one.Class, found, report, one.ToString());
    }
}
