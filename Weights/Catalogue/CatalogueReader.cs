using System.Text.Json;
using NetViz.Engine;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Weights.Catalogue;

/// <summary>What is known of a file by its SHA-256.</summary>
internal sealed record KnownFile(string Sha256, long Bytes, ModelFacts Facts);

/// <summary>Reads the form that <see cref="ModelCatalogue"/> describes.</summary>
internal static class CatalogueReader
{
    /// <summary>Reads a catalogue.</summary>
    /// <param name="json">The whole of it.</param>
    /// <param name="where">Its file, for errors and as the place from which folders and label files are named.</param>
    /// <exception cref="NetVizException">Something in it is wrong.</exception>
    public static ModelCatalogue Read(JsonElement json, string where)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("models", out JsonElement entries)
            || entries.ValueKind != JsonValueKind.Array)
            throw new NetVizException($"the catalogue {where} is no object with an array \"models\"");
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (member.Name is not ("from" or "models"))
                throw new NetVizException($"{where}: there is no member \"{member.Name}\" here", "known are from and models");
        }

        string? from = json.TryGetProperty("from", out JsonElement source) ? Text(source, "from", where) : null;
        var models = new List<CatalogueModel>();
        var known = new List<KnownFile>();
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            ModelFacts facts = ModelFacts.Of(entry, where);
            string name = Text(Member(entry, "name", where), "name", where);
            string sha256 = Digest(Member(entry, "sha256", where), $"{where}, {name}");
            JsonElement length = Member(entry, "bytes", where);
            if (length.ValueKind != JsonValueKind.Number || !length.TryGetInt64(out long bytes) || bytes < 1)
                throw Wrong(length, "bytes", $"{where}, {name}", "the file's length");
            known.Add(new KnownFile(sha256, bytes, facts));
            if (!entry.TryGetProperty("path", out JsonElement path)) continue;
            models.Add(new CatalogueModel
            {
                Name = Named(name, where),
                Family = entry.TryGetProperty("model", out JsonElement model) ? Named(Text(model, "model", where), where) : name,
                Opset = entry.TryGetProperty("opset", out JsonElement opset) ? Opset(opset, $"{where}, {name}") : null,
                Sha256 = sha256,
                Bytes = bytes,
                Path = Inside(Text(path, "path", where), $"{where}, {name}"),
                From = from is null
                    ? throw new NetVizException($"{where}: {name} has a path, and nothing says below what",
                        "\"from\" names an address or a folder")
                    : ModelSource.IsAddress(from) ? from : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(where))!, from),
                Preprocessing = facts.Preprocessing,
                Labels = facts.Labels,
            });
        }

        return new ModelCatalogue(models, known);
    }

    // A name becomes a file's name in the cache.
    private static string Named(string name, string where) =>
        name.Length <= 100 && name.Length > 0 && name[0] != '.'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? name
            : throw new NetVizException($"{where}: '{name}' is no name for a model",
                "letters, digits, dot, minus and underscore make one, up to 100");

    // A path must stay below the folder or address that it is put behind.
    private static string Inside(string path, string where) =>
        path.Split('/').All(part => part.Length > 0 && part is not ("." or ".."))
            && !path.Any(c => c is '\\' or ':' or '?' or '#' || char.IsControl(c))
            ? path
            : throw new NetVizException($"{where}: \"path\" is '{path}'; a relative path with slashes is needed, without '..'");

    private static string Digest(JsonElement json, string where)
    {
        string text = Text(json, "sha256", where);
        return text.Length == 64 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant()
            : throw Wrong(json, "sha256", where, "64 hexadecimal digits");
    }

    private static int Opset(JsonElement json, string where) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int opset) && opset > 0 ? opset
            : throw Wrong(json, "opset", where, "a positive whole number");

    private static JsonElement Member(JsonElement entry, string name, string where) =>
        entry.TryGetProperty(name, out JsonElement value) ? value
            : throw new NetVizException($"{where}: an entry has no \"{name}\": {Shortened(entry)}");

    private static string Text(JsonElement json, string name, string where) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong(json, name, where, "text");

    private static NetVizException Wrong(JsonElement json, string name, string where, string needed) =>
        new($"{where}: \"{name}\" is {Shortened(json)}; {needed} is needed");

    private static string Shortened(JsonElement json) =>
        json.GetRawText() is { Length: > 80 } text ? text[..80] + "..." : json.GetRawText();
}
