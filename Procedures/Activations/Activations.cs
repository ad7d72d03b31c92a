using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>Which feature maps <see cref="Explainer.Activations"/> shows.</summary>
public sealed record ActivationsOptions
{
    /// <summary>Feature maps on one sheet where none is named [ours].</summary>
    public const int MostMaps = 256;

    /// <summary>
    /// The layer, with :c or :c,y,x for one map or unit; null for the last rectifier that has rows and columns.
    /// </summary>
    public string? Layer { get; init; }

    /// <summary>Feature maps by number; none for all, the strongest first, 256 at most.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [];

    /// <summary>Units, as c,y,x, whose receptive fields are drawn on the photograph.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];
}

/// <summary>A layer's feature maps of one image.</summary>
public sealed class ActivationsResult
{
    private readonly Func<Look, SheetPage> _draw;
    private readonly ResultProvenance _provenance;

    internal ActivationsResult(string title, string shown, Tensor<float> maps, ActivationsReport report, Func<Look, SheetPage> draw,
        string stem, ResultProvenance provenance) =>
        (Title, Shown, Activations, Report, _draw, Stem, _provenance) = (title, shown, maps, report, draw, stem, provenance);

    /// <summary>All activations of the layer, [1, C, H, W].</summary>
    public Tensor<float> Activations { get; }

    /// <summary>The shown maps in numbers.</summary>
    public IReadOnlyList<MapStatistics> Maps => Report.Maps;

    /// <summary>The units and their receptive fields.</summary>
    public IReadOnlyList<UnitReport> Units => Report.Units;

    internal ActivationsReport Report { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>How many maps are shown, in words.</summary>
    internal string Shown { get; }

    internal string Stem { get; }

    /// <summary>Writes the sheet and the numbers.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        string sheet = writer.Sheet(Stem, _draw(writer.Look));
        writer.Json($"{Stem}.json", Report with { Sheet = sheet }, _provenance);
        return writer.Names;
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// A layer's feature maps of one image on one stated scale, and the receptive fields of units: exactly the pixels that a unit
    /// can depend on.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which layer, maps and units; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public ActivationsResult Activations(InputFile image, ActivationsOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new ActivationsOptions();
        if (options.Layer is not null)
        {
            (string name, int[] place) = OneImage.SplitStart(options.Layer, Network);
            options = options with
            {
                Layer = name,
                Channels = place.Length == 1 ? [.. options.Channels, place[0]] : options.Channels,
                Units = place.Length > 1 ? [.. options.Units, string.Join(',', place)] : options.Units,
            };
        }

        string[] keep = options.Layer is not null ? [options.Layer]
            : [.. Network.Nodes.Where(node => node.Layer is Engine.Layers.RectifierLayer).Select(node => node.Name)];
        using OneImage one = OneImage.Open(image, this, OneImage.TopClass, null, new ProcedureRun(progress, token), keep);
        InnerLayer layer = InnerLayer.Find(Network, one.Record.InputShape, options.Layer);
        Tensor<float> planes = one.Record.Activation(layer.Name).ToPlanes(layer.Layout);
        int[] channels = options.Channels.Count > 0 ? layer.Chosen(options.Channels, ActivationsOptions.MostMaps)
            : Strongest(planes, layer.Channels);
        (int C, int Y, int X)[] units = [.. options.Units.Distinct().Select(u => layer.Unit("`Unit`", u))];
        MapScale scale = ActivationSheet.ScaleOf(planes, channels);
        ReceptiveField[] fields = [.. units.Select(u =>
            ReceptiveField.Of(Network, one.Record.InputShape, layer.Name, u.C, u.Y, u.X))];

        string stem = $"{image.Stem}.activations.{RuleNames.FileName(layer.Name)}";
        var report = new ActivationsReport(one, layer, scale, [.. channels.Select(c => MapStatistics.Of(planes, c))],
            [.. units.Select((u, i) => new UnitReport(u.C, u.Y, u.X, planes[0, u.C, u.Y, u.X], new FieldReport(fields[i],
                one.Placement)))], $"{stem}.png");
        string shown = layer.Channels == 1 ? "the one map"
            : channels.Length == layer.Channels ? $"all {layer.Channels} maps" + (options.Channels.Count > 0 ? "" : ", the strongest first")
            : options.Channels.Count > 0 ? $"{channels.Length} of {layer.Channels} maps"
            : $"the strongest {channels.Length} of {layer.Channels} maps";
        (Photo? photo, InputPlacement? placement, RankedClass top) = (one.Photo, one.Placement, one.Class);
        return new ActivationsResult(one.ToString(), shown, planes, report, look =>
        {
            (string, Photo)[] drawn = photo is null ? [] : [.. units.Select((u, i) => (
                $"{u.C},{u.Y},{u.X}: {NumberText.Fixed(planes[0, u.C, u.Y, u.X], "G3")}",
                FieldPicture.Draw(photo, placement!.Value, fields[i])))];
            return ActivationSheet.Draw($"{image.Name}: {layer.Name}",
                $"{shown} of {layer.Width}x{layer.Height} of {Path.GetFileName(Model.Path)}; {top.Name}, {top.ScoreInWords}",
                planes, channels, drawn, look.ColorMap, look.Percentile, look.Scale ?? SheetScale.Shared);
        }, stem, ProvenanceOf(options, image.Stem, image));
    }

    /// <summary>The feature maps by their largest value, the strongest first; of equal ones the first.</summary>
    private static int[] Strongest(Tensor<float> planes, int channels)
    {
        var values = new float[planes.FlattenedLength];
        planes.FlattenTo(values);
        int plane = values.Length / channels;
        return [.. Enumerable.Range(0, channels).OrderByDescending(c => TensorPrimitives.Max<float>(values.AsSpan(c * plane, plane)))
            .Take(ActivationsOptions.MostMaps)];
    }
}
