using NetViz.Engine;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// Downloaded models on this machine: models/SHA/NAME.onnx, beside it NAME.onnx.part while it is not complete; SHA is the
/// beginning of the file's SHA-256, so that a catalogue whose file changed finds the new one. A file gets its final name only
/// after its SHA-256 was checked. Afterwards a file of that name and length is taken without hashing it again;
/// <see cref="ModelCatalogue.Identify"/> hashes. Any number of processes may use one cache, and any of them may be killed.
/// </summary>
public sealed class ModelCache
{
    /// <summary>The environment variable that names the cache's folder.</summary>
    public const string Variable = "NETVIZ_CACHE";

    /// <summary>What the user can do where something else lies in a file's place.</summary>
    internal const string RemoveHint = $"remove it, or name another folder by {Variable}";

    private const int DigestLetters = 16;

    /// <summary>Opens a cache; nothing is written yet.</summary>
    /// <param name="folder">Its folder; null for <see cref="DefaultFolder"/>.</param>
    public ModelCache(string? folder = null) => Folder = Path.GetFullPath(folder ?? DefaultFolder);

    /// <summary>
    /// $NETVIZ_CACHE, else the user's: $XDG_CACHE_HOME/netviz or ~/.cache/netviz, on macOS ~/Library/Caches/netviz, on Windows
    /// netviz in the local application data.
    /// </summary>
    /// <exception cref="NetVizException">The user has no home folder, and NETVIZ_CACHE is not set.</exception>
    public static string DefaultFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen) return chosen;
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile,
                Environment.SpecialFolderOption.DoNotVerify);
            string? xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            string caches = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
                    Environment.SpecialFolderOption.DoNotVerify)
                : Path.IsPathRooted(xdg) ? xdg!
                : home.Length == 0 ? ""
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
                : Path.Combine(home, ".cache");
            return caches.Length > 0 ? Path.Combine(caches, "netviz")
                : throw new NetVizException("there is no home folder to keep models in", $"{Variable} names a folder");
        }
    }

    /// <summary>The cache's folder.</summary>
    public string Folder { get; }

    /// <summary>Where a model lies, or would lie.</summary>
    public string PathOf(CatalogueModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Path.Combine(Folder, "models", model.Sha256[..DigestLetters], model.FileName);
    }

    /// <summary>Whether a model is there: a file of its name and length.</summary>
    public bool Has(CatalogueModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FileInfo(PathOf(model)) is { Exists: true } file && file.Length == model.Bytes;
    }

    /// <summary>
    /// Downloads a model, unless it is there. Of several processes one downloads, and the others wait and take its file; when the
    /// one is killed another goes on where it ended.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Receives the progress, on any thread.</param>
    /// <param name="cancellation">Ends it; what has come is kept.</param>
    /// <returns>Its path. No network was needed if it was there.</returns>
    /// <exception cref="NetVizException">It could not be had: no network, no such file, a wrong file, no space.</exception>
    public async Task<string> GetAsync(CatalogueModel model, DownloadOptions? options = null,
        IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        string path = PathOf(model);
        if (Has(model)) return path;
        var download = new Download(model, options ?? new DownloadOptions(), progress);
        MakeFolder(Locks);
        void Waiting() => progress?.Report(new DownloadProgress(0, "another process is downloading it"));
        using FileLock held = await FileLock.TakeAsync(LockOf(model), Waiting, cancellation).ConfigureAwait(false);
        if (Has(model)) return path;
        MakeFolder(Path.GetDirectoryName(path)!);
        using PartFile part = PartFile.Open(PartOf(path), model.Bytes);
        await download.RunAsync(part, cancellation).ConfigureAwait(false);
        part.FinishAs(path);
        return path;
    }

    /// <summary>Removes a model, or what has come of it.</summary>
    /// <returns>How many bytes are free again; 0 where there was nothing.</returns>
    /// <exception cref="NetVizException">Another process is downloading it.</exception>
    public long Remove(CatalogueModel model)
    {
        string path = PathOf(model);
        MakeFolder(Locks);
        using FileLock held = FileLock.TryTake(LockOf(model))
            ?? throw new NetVizException($"{model.Name} is being downloaded by another process");
        string[] files = [.. ((string[])[path, PartOf(path)]).Where(File.Exists)];
        if (files.Length == 0) return 0;
        long bytes = files.Sum(file => new FileInfo(file).Length);
        foreach (string file in files) File.Delete(file);
        // A side-car that the user put beside the model stays.
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        return bytes;
    }

    private static string PartOf(string path) => path + ".part";

    private string Locks => Path.Combine(Folder, "locks");

    private string LockOf(CatalogueModel model) => Path.Combine(Locks, model.Sha256[..DigestLetters] + ".lock");

    private void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"the cache {Folder} cannot be written: {e.Message.TrimEnd('.')}",
                $"{Variable} names another folder", e);
        }
    }
}
