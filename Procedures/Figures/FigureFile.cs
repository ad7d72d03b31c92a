using System.Text;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>
/// A figure in a small JSON file: pictures, columns with titles, and how it looks. Paths are relative to the file's folder.
/// </summary>
public static class FigureFile
{
    private static readonly string[] Members =
    [
        "title", "pictures", "columns", "captions", "class", "reduce", "scale", "colours", "percentile", "overlay", "photographs",
        "bars", "notes", "row_length", "width_mm", "dpi", "samples", "steps", "noise", "seed", "baseline", "model", "preprocess",
    ];

    private static readonly string[] ColumnMembers = ["title", "rule", "map", "class", "layer", "model", "preprocess"];

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What holds where the file says nothing.</param>
    /// <returns>The pictures, the options, and the figure's own network, null if the file names none.</returns>
    /// <exception cref="NetVizException">It is missing or no such file.</exception>
    public static (IReadOnlyList<string> Pictures, FigureOptions Options, string? Model, string? Preprocess) Read(string path,
        FigureOptions? options = null)
    {
        if (!File.Exists(path)) throw new NetVizException($"'{path}' does not exist");
        try
        {
            string text = Encoding.UTF8.GetString(UntrustedFile.ReadBytes(path, FileKind.Config)).TrimStart('\uFEFF');
            using JsonDocument document = StrictJson.Parse(text);
            return Of(document.RootElement, path, options ?? new FigureOptions());
        }
        catch (JsonException error)
        {
            throw new NetVizException($"{path} is no figure: {error.Message}", inner: error);
        }
    }

    private static (IReadOnlyList<string>, FigureOptions, string?, string?) Of(JsonElement root, string path, FigureOptions usual)
    {
        var figure = new Reader(root, path, "the figure", Members);
        string folder = Path.GetDirectoryName(path) ?? "";
        string File(string name) => name.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal) || Path.IsPathRooted(name)
            ? name : Path.Combine(folder, name);
        // A name of the catalogue has no extension.
        string? Model(string? name) => name is not null && name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? File(name) : name;
        var columns = new List<FigureColumn>();
        foreach (JsonElement element in figure.Array("columns"))
        {
            if (element.ValueKind == JsonValueKind.String)
            {
                columns.Add(ColumnOf(element.GetString()!));
                continue;
            }

            var column = new Reader(element, path, $"column {columns.Count + 1}", ColumnMembers);
            columns.Add(new FigureColumn
            {
                Title = column.Text("title"),
                Rule = column.Text("rule"),
                Map = column.Text("map"),
                Class = column.Text("class"),
                Layer = column.Text("layer"),
                Model = Model(column.Text("model")),
                Preprocess = column.Text("preprocess"),
            });
        }

        return ([.. figure.Texts("pictures").Select(File)], usual with
        {
            Title = figure.Text("title") ?? usual.Title,
            Columns = columns.Count > 0 ? columns : usual.Columns,
            Captions = figure.Has("captions") ? figure.Texts("captions") : usual.Captions,
            Class = figure.Text("class") ?? usual.Class,
            Reduction = figure.Choice<Reduction>("reduce") ?? usual.Reduction,
            Scale = figure.Choice<SheetScale>("scale") ?? usual.Scale,
            Colours = figure.Text("colours") ?? usual.Colours,
            Percentile = figure.Number("percentile") ?? usual.Percentile,
            Overlay = figure.Flag("overlay") ?? usual.Overlay,
            Photographs = figure.Flag("photographs") ?? usual.Photographs,
            Bars = figure.Flag("bars") ?? usual.Bars,
            Notes = figure.Flag("notes") ?? usual.Notes,
            RowLength = figure.Whole("row_length") ?? usual.RowLength,
            Width = figure.Number("width_mm") ?? usual.Width,
            Dpi = figure.Whole("dpi") ?? usual.Dpi,
            Maps = usual.Maps with
            {
                Samples = figure.Whole("samples") ?? usual.Maps.Samples,
                Steps = figure.Whole("steps") ?? usual.Maps.Steps,
                Noise = figure.Number("noise") ?? usual.Maps.Noise,
                NoiseSeed = (ulong?)figure.Whole("seed") ?? usual.Maps.NoiseSeed,
                Baseline = figure.Text("baseline") ?? usual.Maps.Baseline,
            },
        }, Model(figure.Text("model")), figure.Text("preprocess"));
    }

    /// <summary>A column by a single word: a map's name, or a rule.</summary>
    public static FigureColumn ColumnOf(string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return MapNames.All.ContainsKey(method) ? new FigureColumn { Map = method } : new FigureColumn { Rule = method };
    }

    /// <summary>Members of an object, each of one type; a name that is not known is refused.</summary>
    private sealed class Reader
    {
        private readonly JsonElement _object;
        private readonly string _path, _what;

        public Reader(JsonElement element, string path, string what, string[] known)
        {
            (_object, _path, _what) = (element, path, what);
            if (element.ValueKind != JsonValueKind.Object) throw Wrong("is no object");
            foreach (JsonProperty member in element.EnumerateObject())
            {
                if (known.Contains(member.Name)) continue;
                throw new NetVizException($"{path}: {what} has a member '{member.Name}' that is not known",
                    NearestName.Hint(member.Name, known) ?? $"there are {string.Join(", ", known)}");
            }
        }

        public bool Has(string name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

        public string? Text(string name) => !Has(name) ? null : _object.GetProperty(name) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()
            // A class may be given by its number.
            : _object.GetProperty(name).ValueKind == JsonValueKind.Number ? _object.GetProperty(name).GetRawText()
            : throw Wrong($"has a '{name}' that is no text");

        public IReadOnlyList<string> Texts(string name) => [.. Array(name).Select(item => item.ValueKind == JsonValueKind.String
            ? item.GetString()! : throw Wrong($"has an item in '{name}' that is no text"))];

        public IEnumerable<JsonElement> Array(string name) => !Has(name) ? []
            : _object.GetProperty(name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()]
            : throw Wrong($"has a '{name}' that is no list");

        public double? Number(string name) => !Has(name) ? null
            : _object.GetProperty(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value)
                && double.IsFinite(value) ? value : throw Wrong($"has a '{name}' that is no number");

        public int? Whole(string name) => !Has(name) ? null
            : _object.GetProperty(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value >= 0
                ? value : throw Wrong($"has a '{name}' that is no whole number");

        public bool? Flag(string name) => !Has(name) ? null : _object.GetProperty(name).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong($"has a '{name}' that is neither true nor false"),
        };

        public T? Choice<T>(string name)
            where T : struct, Enum
        {
            if (Text(name) is not { } text) return null;
            return Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text, ignoreCase: true)
                : throw Wrong($"has the {name} '{text}'; there are {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");
        }

        private NetVizException Wrong(string problem) => new($"{_path}: {_what} {problem}");
    }
}
