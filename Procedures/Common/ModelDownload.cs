using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Catalogue;

namespace NetViz.Procedures;

/// <summary>Models that are named rather than given as files.</summary>
public static class ModelDownload
{
    private const double MostHours = 10_000;

    /// <summary>
    /// The file of a model: the one of that path, else the catalogue's of that name, downloaded if it must be; of no name the
    /// model that ships with NetViz.
    /// </summary>
    /// <exception cref="NetVizException">The file of a name could not be had.</exception>
    internal static string PathOf(ModelOptions options, ProcedureRun run)
    {
        string given = options.Model ?? DefaultModel.Name;
        if (File.Exists(given)) return given;
        if (given == DefaultModel.Name) return DefaultModel.Path;
        if (ModelCatalogue.Current.Find(given) is { } model) return Get(new ModelCache(), model, options, run);
        bool isPath = Directory.Exists(given) || given.IndexOfAny(['/', '\\']) >= 0
            || Path.GetExtension(given).Equals(".onnx", StringComparison.OrdinalIgnoreCase);
        return isPath
            ? given
            : throw new NetVizException($"'{given}' is neither a file nor a model of the catalogue",
                "netviz models list shows the catalogue");
    }

    /// <summary>Downloads a model, unless it is there.</summary>
    /// <param name="cache">Where it is kept.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The mirror and the hours.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="token">Cancels it; what came by then is kept.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="NetVizException">It could not be had, or a setting of downloads is out of range.</exception>
    public static string Get(ModelCache cache, CatalogueModel model, ModelOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default) =>
        Get(cache, model, options ?? new ModelOptions(), new ProcedureRun(progress, token));

    private static string Get(ModelCache cache, CatalogueModel model, ModelOptions given, ProcedureRun run)
    {
        double hours = given.DownloadHours;
        if (!(hours > 0 && hours <= MostHours))
            throw new NetVizException($"`DownloadHours` {hours}; more than 0 and up to {MostHours} are supported");
        var options = new DownloadOptions { From = given.From, Deadline = TimeSpan.FromHours(hours) };
        return run.Do($"downloading {model.Name}, {ByteText.Of(model.Bytes)}", model.Bytes, progress =>
            cache.GetAsync(model, options, new Reporter(progress), run.Token).GetAwaiter().GetResult());
    }

    // Not System.Progress, which would report later, on another thread.
    private sealed class Reporter(JobProgress progress) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            progress.Report(value.Bytes);
            progress.Note(value.Note);
        }
    }
}
