using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>The files that procedures write, and their JSON.</summary>
internal static class ResultFiles
{
    /// <summary>JSON as scripts get it: snake_case, indented, text as it is.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        TypeInfoResolver = JsonReflection.Resolver,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = PlainEncoder.Instance,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // JSON has no NaN: "NaN" as text, where weights that are no numbers were let through.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>As <see cref="JsonOptions"/>, with the names of choices instead of numbers.</summary>
    public static JsonSerializerOptions ProvenanceOptions { get; } = new(JsonOptions)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        // Pairs, such as a square's side and stride.
        IncludeFields = true,
    };

    // It is judged, and no input that must stay.
    private static readonly FileKind Earlier = FileKind.Result with { IsOwn = true };

    /// <summary>The version that results name.</summary>
    public static string Version { get; } = typeof(ResultFiles).Assembly.GetName().Version!.ToString(3);

    /// <summary>A result as JSON text.</summary>
    public static string Json(object value) => JsonSerializer.Serialize(value, JsonOptions);

    /// <summary>Writes JSON to a file, whole or not at all.</summary>
    public static void WriteJson(string path, object value) =>
        OutputFile.Write(path, ResultKind.Json, JsonSerializer.SerializeToUtf8Bytes(value, JsonOptions));

    /// <summary>Writes JSON to a file, whole or not at all, with all that it depends on as its last member.</summary>
    public static void WriteJson(string path, object value, ResultProvenance provenance)
    {
        JsonObject report = JsonSerializer.SerializeToNode(value, JsonOptions)!.AsObject();
        report["provenance"] = JsonSerializer.SerializeToNode(provenance, ProvenanceOptions);
        OutputFile.Write(path, ResultKind.Json, JsonSerializer.SerializeToUtf8Bytes(report, JsonOptions));
    }

    /// <summary>Finds out before the work whether the files that a procedure is going to write may be written.</summary>
    /// <param name="folder">The folder; null where nothing is written.</param>
    /// <param name="names">The files' names, whose extensions tell what they are.</param>
    /// <exception cref="NetVizException">One of them must not be written, or cannot be.</exception>
    public static void Check(string? folder, params IEnumerable<string> names)
    {
        if (folder is null) return;
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            OutputFile.Check(path, KindOf(name));
            RequireSameCommand(path);
        }
    }

    /// <summary>
    /// Refuses to take the place of another command's result: of a .json of that name the command is known. Kinds of results have
    /// names of their own, but pictures may be called as one of these.
    /// </summary>
    /// <exception cref="NetVizException">Another command wrote it.</exception>
    public static void RequireSameCommand(string path)
    {
        if (CommandRecord.Current?.Command is not { } now || FileGuard.Current?.IsForced != false
            || KindOf(path) != ResultKind.Json || !File.Exists(path)) return;
        string? before = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(UntrustedFile.ReadBytes(path, Earlier));
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("provenance", out JsonElement provenance)
                && provenance.TryGetProperty("command", out JsonElement command) && command.ValueKind == JsonValueKind.String)
                before = command.GetString();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NetVizException)
        {
            // What cannot be read is judged by its mark.
        }

        if (before is not null && before != now)
        {
            throw new NetVizException($"{path} is a result of netviz {before}, and netviz {now} would replace it",
                "choose another folder, or replace it with `Force`");
        }
    }

    /// <summary>What a result is by its name.</summary>
    public static ResultKind KindOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => ResultKind.Json,
        ".npy" => ResultKind.Array,
        ".webp" => ResultKind.Animation,
        ".html" => ResultKind.Page,
        ".zip" => ResultKind.Record,
        ".onnx" => ResultKind.Model,
        ".csv" => ResultKind.Table,
        ".svg" => ResultKind.Drawing,
        ".pdf" => ResultKind.Document,
        ".npz" => ResultKind.Arrays,
        _ => ResultKind.Picture,
    };

    /// <summary>A folder for results, which is made only once there is something to write.</summary>
    /// <exception cref="NetVizException">It is a file.</exception>
    [return: NotNullIfNotNull(nameof(folder))]
    public static string? CheckFolder(string? folder)
    {
        if (folder is null) return null;
        if (folder.Length == 0) throw new NetVizException("`Output` is empty; a folder is wanted");
        return FileFacts.Of(folder, follow: true).Type is FileType.Missing or FileType.Folder
            ? folder
            : throw new NetVizException($"`Output` '{folder}' is a file; a folder is wanted");
    }

    /// <summary>A file for a result; null where none is wanted.</summary>
    /// <exception cref="NetVizException">It is a folder.</exception>
    [return: NotNullIfNotNull(nameof(file))]
    public static string? CheckFile(string setting, string? file) =>
        Directory.Exists(file) ? throw new NetVizException($"`{setting}` '{file}' is a folder; a file is wanted") : file;
}
