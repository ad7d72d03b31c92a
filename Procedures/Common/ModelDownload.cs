using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Catalogue;

namespace NetViz.Cli.Models;

/// <summary>Models that are named rather than given as files.</summary>
internal static class ModelDownload
{
    private const double MostHours = 10_000;

    /// <summary>
    /// The file of --model: the one of that path, else the catalogue's of that name, downloaded if it must be; without one, the
    /// model that ships with the project.
    /// </summary>
    /// <exception cref="NetVizException">The file of a name could not be had.</exception>
    public static string PathOf(ParseResult parsed)
    {
        string given = parsed.GetValue(CommonOptions.Model) ?? DefaultModel.Name;
        if (File.Exists(given)) return given;
        if (given == DefaultModel.Name) return DefaultModel.Path;
        if (ModelCatalogue.Current.Find(given) is { } model)
            return Get(new ModelCache(), model, parsed, parsed.GetValue(CommonOptions.Quiet));
        bool isPath = Directory.Exists(given) || given.IndexOfAny(['/', '\\']) >= 0
            || Path.GetExtension(given).Equals(".onnx", StringComparison.OrdinalIgnoreCase);
        return isPath
            ? given
            : throw new NetVizException($"'{given}' is neither a file nor a model of the catalogue",
                "netviz models list shows the catalogue");
    }

    /// <summary>Downloads a model with a progress bar, unless it is there.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="NetVizException">It could not be had, or an option of downloads is out of range.</exception>
    public static string Get(ModelCache cache, CatalogueModel model, ParseResult parsed, bool quiet)
    {
        double hours = parsed.CommandResult.Command.Options.Contains(CommonOptions.DownloadHours)
            ? parsed.GetValue(CommonOptions.DownloadHours)
            : CommonOptions.DefaultDownloadHours;
        if (!(hours > 0 && hours <= MostHours))
            throw new NetVizException($"--download-hours {hours}; more than 0 and up to {MostHours} are supported");
        var options = new DownloadOptions
        {
            From = parsed.GetValue(CommonOptions.From),
            Deadline = TimeSpan.FromHours(hours),
        };
        return JobProgress.Run($"downloading {model.Name}, {Output.Bytes(model.Bytes)}", model.Bytes, quiet, progress =>
            cache.GetAsync(model, options, new Reporter(progress)).GetAwaiter().GetResult());
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
