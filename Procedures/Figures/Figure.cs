using NetViz.Engine;
using NetViz.Visualisation.Figures;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>A figure for a paper.</summary>
public sealed class FigureResult
{
    private readonly FigureOptions _options;
    private readonly FigurePage _page;
    private readonly ResultProvenance _provenance;

    internal FigureResult(FigureOptions options, FigurePage page, FigureReport report, ResultProvenance provenance) =>
        (_options, _page, _provenance, Report) = (options, page, provenance, report);

    internal FigureReport Report { get; }

    /// <summary>The bytes of the figure as a file.</summary>
    /// <param name="format">The format.</param>
    public byte[] Encode(SheetFormat format) => _page.Encode(format, _options.Dpi, _options.PngLevel);

    /// <summary>Writes the figure in the format that the file's name ends in, and beside it a .json with what it depends on.</summary>
    /// <param name="path">FILE.pdf, .svg, .png or .webp; the other is FILE.figure.json.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">The name ends in no format, or a file cannot be written or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        SheetFormat format = SheetFormats.OfFile("Output", path);
        string name = Path.GetFileName(path);
        var writer = new ResultWriter(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".");
        writer.Bytes(name, format.Kind(), Encode(format));
        writer.Json(JsonOf(name), Report, _provenance with { Stem = Path.GetFileNameWithoutExtension(name) });
        return writer.Names;
    }

    /// <summary>The .json beside a figure.</summary>
    internal static string JsonOf(string figure) => Path.ChangeExtension(figure, ".figure.json");
}

/// <summary>What FILE.figure.json holds.</summary>
internal sealed record FigureReport(double WidthMm, string Scale, IReadOnlyList<FigureRowReport> Rows, string Version);

/// <summary>One picture of a figure.</summary>
internal sealed record FigureRowReport(string Image, IReadOnlyList<FigureMapReport> Maps);

/// <summary>One map of a figure.</summary>
internal sealed record FigureMapReport(string Title, string Formula, int ClassIndex, string ClassName, float Score, float? Probability,
    float Peak);

public sealed partial class Explainer
{
    /// <summary>
    /// A figure for a paper: a row for each picture, a column for each rule, map, layer, class or network. Each panel shows what
    /// the network sees of its picture; maps keep the resolution of the network's input, text and lines stay text and lines.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="options">Columns and looks; null for three rules.</param>
    /// <param name="progress">Receives an event for each map.</param>
    /// <param name="token">Cancels it between maps.</param>
    /// <exception cref="NetVizException">A picture cannot be read, or an option does not fit.</exception>
    public FigureResult Figure(IReadOnlyList<InputFile> pictures, FigureOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        options ??= new FigureOptions();
        if (options.Columns.Count == 0)
            options = options with { Columns = FigureOptions.UsualColumns };
        if (pictures.Count == 0) throw new NetVizException("a figure needs a picture");
        options.Check(pictures.Count);
        if (pictures.FirstOrDefault(file => file.IsArray) is { } array)
            throw new NetVizException($"'{array.Path}' is an array; a figure needs pictures", "give the photograph");
        var run = new ProcedureRun(progress, token);
        var cells = new FigureCell[pictures.Count][];
        for (int r = 0; r < cells.Length; r++) cells[r] = new FigureCell[options.Columns.Count];
        int done = 0;
        run.Do("figure", pictures.Count * options.Columns.Count, bar =>
        {
            // Network by network, so that one at a time is in memory beside this one.
            foreach (IGrouping<(string? Model, string? Preprocess), int> network in Enumerable.Range(0, options.Columns.Count)
                .GroupBy(c => (options.Columns[c].Model, options.Columns[c].Preprocess)))
            {
                using Explainer? other = network.Key == (null, null) ? null : Open(_options with
                {
                    Model = network.Key.Model ?? _options.Model,
                    Preprocess = network.Key.Preprocess ?? (network.Key.Model is null ? _options.Preprocess : null),
                    Head = network.Key.Model is null ? _options.Head : null,
                    Labels = network.Key.Model is null ? _options.Labels : null,
                }, progress, token);
                foreach (int c in network)
                for (int r = 0; r < pictures.Count; r++)
                {
                    bar.Note($"{pictures[r].Name}, column {c + 1}");
                    cells[r][c] = FigureCell.Of(other ?? this, pictures[r], r, options.Columns[c], options, run);
                    bar.Report(++done);
                }
            }

            return true;
        });
        var report = new FigureReport(options.Width, options.Scale.ToString().ToLowerInvariant(),
            [.. pictures.Select((file, r) => new FigureRowReport(file.Path, [.. cells[r].Select(cell => new FigureMapReport(cell.Panel.Title,
                cell.Panel.Formula, cell.Class.Index, cell.Class.Name, cell.Class.Score, cell.Class.Probability, cell.Panel.Map.Peak))]))],
            ResultFiles.Version);
        var style = new FigureStyle
        {
            Title = options.Title,
            Scale = options.Scale,
            Colours = options.Colours is null ? null : ColorMap.Named(options.Colours),
            Percentile = options.Percentile,
            Overlay = options.Overlay,
            Photographs = options.Photographs,
            Bars = options.Bars,
            Notes = options.Notes,
            RowLength = options.RowLength,
            Width = options.Width,
        };
        return new FigureResult(options, FigurePage.Of(style, [.. cells.Select(row => row.Select(cell => cell.Panel).ToArray())]), report, ProvenanceOf(options, null, pictures));
    }
}
