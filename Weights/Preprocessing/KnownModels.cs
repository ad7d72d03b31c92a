using System.Text.Json;
using NetViz.Weights.Onnx;

namespace NetViz.Weights;

/// <summary>
/// Published model files whose preprocessing and classes are known, by SHA-256 (known-models.json): the ONNX model
/// zoo's networks, as their authors describe them, and a few test models.
/// </summary>
internal static class KnownModels
{
    private static readonly Lazy<List<JsonElement>> Table = new(ReadTable);

    /// <summary>How many files are known.</summary>
    public static int Count => Table.Value.Count;

    /// <summary>The facts of a file, or null. It is hashed only where its length is that of a known file.</summary>
    public static ModelFacts? Find(OnnxFile file)
    {
        foreach (JsonElement entry in Table.Value)
        {
            if (entry.GetProperty("bytes").GetInt64() == file.Length && entry.GetProperty("sha256").GetString() == file.Sha256)
                return ModelFacts.Of(entry, "known-models.json");
        }

        return null;
    }

    /// <summary>All entries, for tests.</summary>
    internal static IEnumerable<ModelFacts> All => Table.Value.Select(entry => ModelFacts.Of(entry, "known-models.json"));

    private static List<JsonElement> ReadTable()
    {
        using Stream stream = typeof(KnownModels).Assembly.GetManifestResourceStream("known-models.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateArray().Select(entry => entry.Clone())];
    }
}
