using System.Collections.Immutable;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// Published model files by name: the ONNX model zoo's VGG, AlexNet, CaffeNet, ZFNet, SqueezeNet, FER+ and MNIST networks
/// (known-models.json), and before them those of a catalogue of the user's own, which $NETVIZ_CATALOGUE names. Its form:
/// <code>
/// {
///   "from": "https://server/models",      where the files lie: an address, or a folder relative to this file
///   "models": [
///     {
///       "name": "flowers-2",              what the file is called in the cache, without .onnx
///       "model": "flowers",               the short name, shared by the versions of a network; else the name
///       "opset": 17,                      of the files of one short name the one of the newest opset is meant
///       "path": "2024/flowers-2.onnx",    below "from"; without a path the file is recognised, and not downloaded
///       "sha256": "...", "bytes": 553437752,
///       "preprocessing": ..., "labels": ...        as in a side-car
///     }
///   ]
/// }
/// </code>
/// </summary>
public sealed class ModelCatalogue
{
    /// <summary>The environment variable that names a catalogue of the user's own.</summary>
    public const string Variable = "NETVIZ_CATALOGUE";

    private static readonly Lazy<ModelCatalogue> Zoo = new(() =>
    {
        using Stream stream = typeof(ModelCatalogue).Assembly.GetManifestResourceStream("known-models.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        return CatalogueReader.Read(document.RootElement, "known-models.json");
    });

    private static readonly Lazy<ModelCatalogue> Chosen = new(() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? Read(path).Over(BuiltIn) : BuiltIn);

    private readonly ImmutableArray<KnownFile> _known;

    internal ModelCatalogue(IEnumerable<CatalogueModel> models, IEnumerable<KnownFile> known) =>
        (Models, _known) = ([.. models], [.. known]);

    /// <summary>The catalogue that comes with the program.</summary>
    public static ModelCatalogue BuiltIn => Zoo.Value;

    /// <summary>The catalogue that $NETVIZ_CATALOGUE names, before the one that comes with the program.</summary>
    /// <exception cref="NetVizException">The named catalogue is missing or wrong.</exception>
    public static ModelCatalogue Current => Chosen.Value;

    /// <summary>All files that can be downloaded. Of two with one name the first counts.</summary>
    public ImmutableArray<CatalogueModel> Models { get; }

    /// <summary>For each short name the file that it means, sorted by name.</summary>
    public IEnumerable<CatalogueModel> Defaults =>
        Models.Select(model => model.Family).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)
            .Select(Require);

    internal ImmutableArray<KnownFile> Known => _known;

    /// <summary>Reads a catalogue.</summary>
    /// <exception cref="NetVizException">It is missing, is no JSON, or an entry is wrong.</exception>
    public static ModelCatalogue Read(string path)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(UntrustedFile.ReadText(path, FileKind.Catalogue));
            return CatalogueReader.Read(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new NetVizException($"the catalogue {path} is not valid JSON: {e.Message}", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the catalogue {path} cannot be read: {e.Message}", $"{Variable} names it", e);
        }
    }

    /// <summary>
    /// The file of a name: a file's own, or a short name, which means the file of the newest opset (all are float32). Case
    /// does not matter.
    /// </summary>
    /// <returns>Null if there is none.</returns>
    public CatalogueModel? Find(string name) =>
        Models.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? Models.Where(model => model.Family.Equals(name, StringComparison.OrdinalIgnoreCase)).MaxBy(model => model.Opset ?? 0);

    /// <summary>As <see cref="Find"/>, for a name that has to be there.</summary>
    /// <exception cref="NetVizException">It is not; the message lists the names.</exception>
    public CatalogueModel Require(string name) => Find(name)
        ?? throw new NetVizException($"the catalogue has no model '{name}'",
            $"there are {string.Join(", ", Defaults.Select(model => model.Family))}");

    /// <summary>The files of this catalogue and, after them, another's.</summary>
    public ModelCatalogue Over(ModelCatalogue other)
    {
        ArgumentNullException.ThrowIfNull(other);
        // A short name of this catalogue hides the other's files of it: "vgg16" must not mean whichever opset is newer.
        HashSet<string> taken = new(Models.SelectMany(model => (string[])[model.Name, model.Family]),
            StringComparer.OrdinalIgnoreCase);
        bool IsFree(CatalogueModel model) => !taken.Contains(model.Name) && !taken.Contains(model.Family);
        return new ModelCatalogue([.. Models, .. other.Models.Where(IsFree)], [.. _known, .. other._known]);
    }

    /// <summary>Hashes a file and looks it up.</summary>
    /// <exception cref="NetVizException">The file cannot be read.</exception>
    public IdentifiedFile Identify(string path)
    {
        try
        {
            using FileStream stream = UntrustedFile.Open(path, FileKind.Hashed, share: FileShare.ReadWrite | FileShare.Delete);
            string sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
            return new IdentifiedFile(path, stream.Length, sha256, Models.FirstOrDefault(model => model.Sha256 == sha256));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {e.Message}", inner: e);
        }
    }
}

/// <summary>A file and what the catalogue knows it as.</summary>
/// <param name="Path">Its path as it was given.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
/// <param name="Model">The entry of that SHA-256, or null.</param>
public sealed record IdentifiedFile(string Path, long Bytes, string Sha256, CatalogueModel? Model);
