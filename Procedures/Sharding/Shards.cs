using System.Diagnostics.CodeAnalysis;
using NetViz.Engine;

namespace NetViz.Procedures;

/// <summary>How <see cref="Shards.Merge"/> finds what the shards were run on.</summary>
public sealed record MergeOptions
{
    /// <summary>The table, or of saliency and reconstruct the folder, that one run over all pictures would write.</summary>
    public required string Output { get; init; }

    /// <summary>The plot of an evaluation (.png); null for the one beside <see cref="Output"/> that the metric has.</summary>
    public string? Plot { get; init; }

    /// <summary>Where the model lies now; null for where the shards found it.</summary>
    public string? Model { get; init; }

    /// <summary>Where the pictures lie now; null for where the shards found them.</summary>
    public string? Data { get; init; }
}

/// <summary>The result of a merge.</summary>
/// <param name="Command">The command whose shards were merged.</param>
/// <param name="ShardCount">How many shards.</param>
/// <param name="Pictures">Pictures that could be read.</param>
/// <param name="Broken">Those that could not.</param>
/// <param name="Files">The files that were written.</param>
public sealed record MergeResult(string Command, int ShardCount, int Pictures, BrokenPictures Broken, IReadOnlyList<string> Files)
{
    /// <summary>The evaluation of all pictures; null for another command.</summary>
    public EvaluateResult? Evaluation { get; init; }

    /// <summary>The result as JSON has it.</summary>
    internal object Report => Evaluation?.Report ?? new
    {
        Command, Shards = ShardCount, Pictures, PicturesBroken = Broken.Found, Files, ResultFiles.Version,
    };
}

/// <summary>Shards of a run, put together to what one run over all pictures would have written.</summary>
public static class Shards
{
    /// <summary>Merges the shards of a run.</summary>
    /// <param name="files">The shards' results: tables of evaluate, folders of saliency and reconstruct, or the .shard files
    /// themselves; all shards of one run, in any order.</param>
    /// <param name="options">Where the result goes.</param>
    /// <param name="progress">Receives events.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">A shard is missing, there twice, or was measured with another model, other pictures,
    /// other options or another version; or a file cannot be read or written.</exception>
    public static MergeResult Merge(IReadOnlyList<string> files, MergeOptions options,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var run = new ProcedureRun(progress, token);
        string[] paths = [.. files.SelectMany(ManifestsOf)];
        ShardFile[] shards = run.Do("reading the shards", paths.Length, bar => paths.Select((path, i) =>
        {
            bar.Report(i);
            return ShardFile.ReadFrom(path);
        }).ToArray());
        shards = Complete(shards);
        // The results name the command line of the run that the shards are parts of.
        using IDisposable? invocation = shards[0].Invocation?.Begin();
        if (shards[0].Command != SaliencyShard.Command) return MergeOnModel(shards, options, run, progress, token);
        if (options.Plot is not null) throw new NetVizException("`Plot` belongs to shards of evaluate");
        return SaliencyShard.Merge(shards, options, run);
    }

    /// <summary>What two shards differ in: model, list of pictures, options or version; null for nothing.</summary>
    internal static string? DifferenceOf(ShardFile first, ShardFile second) =>
        first.Command != second.Command ? "command"
        : first.Version != second.Version ? "version of NetViz"
        : first.ModelSha256 != second.ModelSha256 ? "model"
        : first.DataSha256 != second.DataSha256 ? "list of pictures"
        : first.OptionsSha256 != second.OptionsSha256 || first.Total != second.Total ? "set of options"
        : first.Device != second.Device ? "device"
        : null;

    /// <summary>A path that means the same in another folder; what is no existing file or folder stays.</summary>
    [return: NotNullIfNotNull(nameof(path))]
    internal static string? FullPath(string? path) => path is { Length: > 0 } && Path.Exists(path) ? Path.GetFullPath(path) : path;

    /// <summary>The shards in their order, of which none is missing or there twice.</summary>
    private static ShardFile[] Complete(ShardFile[] shards)
    {
        ShardFile first = shards[0];
        foreach (ShardFile other in shards.Skip(1))
        {
            if (DifferenceOf(first, other) is { } difference)
            {
                throw new NetVizException($"{first.Path} and {other.Path} are shards of different runs: the {difference} is not the "
                    + $"same ({Of(first, difference)} and {Of(other, difference)})", "merge the shards of one run");
            }

            if (first.Count != other.Count)
            {
                throw new NetVizException($"{first.Path} is shard {first.Shard}, and {other.Path} is shard {other.Shard}: they "
                    + $"are parts of {first.Count} and of {other.Count}", "merge shards of one count");
            }
        }

        if (shards.GroupBy(shard => shard.Index).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new NetVizException($"the shards overlap: {string.Join(" and ", twice.Select(shard => shard.Path))} are both "
                + $"shard {twice.First().Shard}, pictures {twice.First().First + 1} to {twice.First().End}", "give each shard once");
        }

        int[] missing = [.. Enumerable.Range(1, first.Count).Except(shards.Select(shard => shard.Index))];
        if (missing.Length > 0)
        {
            throw new NetVizException($"{Counted.Of(missing.Length, "shard")} of {first.Count} {Counted.Form(missing.Length, "is",
                "are")} missing: {string.Join(", ", missing.Take(20).Select(index => new Shard(index, first.Count)))}"
                + (missing.Length > 20 ? ", ..." : ""), "run what is missing, and merge all of them");
        }

        return [.. shards.OrderBy(shard => shard.Index)];
    }

    private static string Of(ShardFile shard, string difference) => difference switch
    {
        "command" => shard.Command,
        "version of NetViz" => shard.Version,
        "model" => $"SHA-256 {shard.ModelSha256[..12]}...",
        "set of options" => $"SHA-256 {shard.OptionsSha256[..12]}...",
        "device" => shard.Device,
        _ => $"{Counted.Of(shard.Total, "picture")}, SHA-256 {shard.DataSha256[..12]}...",
    };

    private static MergeResult MergeOnModel(ShardFile[] shards, MergeOptions options, ProcedureRun run,
        IProgress<ProcedureEvent>? progress, CancellationToken token)
    {
        ShardFile first = shards[0];
        bool measures = first.Command == EvaluatedShard.Command;
        foreach (ShardFile shard in measures ? shards : []) RequireTable(shard);
        ModelOptions model = first.Model with { Model = options.Model ?? first.Model.Model };
        // The rows of an evaluation are there; only reconstruct computes.
        if (measures) model = model with { Device = "cpu" };
        string data = options.Data ?? first.Data[0];
        if (!Path.Exists(data) && !data.Contains('{', StringComparison.Ordinal))
            throw new NetVizException($"{first.Path}: the pictures are no longer at {data}", "name their place with `Data`");
        using Explainer explainer = Explainer.Open(model, progress, token);
        if (explainer.Model.Sha256 != first.ModelSha256)
        {
            throw new NetVizException($"{first.Path}: the shards were measured with another model than {explainer.Model.Path} "
                + $"(SHA-256 {first.ModelSha256[..12]}... and {explainer.Model.Sha256[..12]}...)", "name the right one with `Model`");
        }

        if (!measures) return ReconstructedShard.Merge(explainer, shards, data, options, run);
        EvaluateOptions whole = first.Value<EvaluateOptions>(first.Options) with { Output = options.Output, Plot = options.Plot };
        whole.Check();
        EvaluateResult result = explainer.EvaluateOn(data, whole, shards, run);
        string[] files = [options.Output, .. whole.PlotFile is { } plot ? (string[])[plot] : []];
        return new MergeResult(first.Command, shards.Length, result.Judged, result.Broken, files) { Evaluation = result };
    }

    private static void RequireTable(ShardFile shard)
    {
        string table = shard.Path[..^ShardFile.Ending.Length];
        if (!File.Exists(table)) throw new NetVizException($"{table} is missing beside {shard.Path}", "run the shard again");
        if (ShardFile.HashOfFile(table) != shard.TableSha256)
            throw new NetVizException($"{table} was changed after {shard.Path} was written", "run the shard again");
    }

    private static IEnumerable<string> ManifestsOf(string file)
    {
        if (Directory.Exists(file))
        {
            string[] inside = [.. Directory.EnumerateFiles(file, "*" + ShardFile.Ending).Order(StringComparer.Ordinal)];
            return inside.Length > 0 ? inside : throw new NetVizException($"folder '{file}' holds no shard (*{ShardFile.Ending})",
                "a shard of saliency or reconstruct leaves one in its folder when it is finished");
        }

        if (file.EndsWith(ShardFile.Ending, StringComparison.Ordinal) && File.Exists(file)) return [file];
        if (File.Exists(file + ShardFile.Ending)) return [file + ShardFile.Ending];
        if (!File.Exists(file))
        {
            throw new NetVizException($"'{file}' does not exist", File.Exists($"{file}.part")
                ? $"{file}.part shows that the shard is not finished; the same command goes on from there"
                : "give the files that the shards wrote as `Output`");
        }

        throw new NetVizException($"{file} is no shard: {file}{ShardFile.Ending} is missing beside it",
            "evaluate writes it with `Shard`");
    }
}
