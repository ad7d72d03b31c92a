using NetViz.Weights.Catalogue;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>
/// Published model files whose preprocessing and classes are known, by SHA-256: those of the catalogue, and a few test models
/// (known-models.json).
/// </summary>
internal static class KnownModels
{
    /// <summary>How many files are known.</summary>
    public static int Count => ModelCatalogue.Current.Known.Length;

    /// <summary>The facts of a file, or null. It is hashed only where its length is that of a known file.</summary>
    public static ModelFacts? Find(OnnxFile file) =>
        ModelCatalogue.Current.Known.FirstOrDefault(known => known.Bytes == file.Length && known.Sha256 == file.Sha256)?.Facts;

    /// <summary>All entries, for tests.</summary>
    internal static IEnumerable<ModelFacts> All => ModelCatalogue.Current.Known.Select(known => known.Facts);
}
