using NetViz.Engine;

namespace NetViz.Procedures;

/// <summary>The manifest and the rows of a part of an evaluation.</summary>
internal static class EvaluatedShard
{
    /// <summary>The command in manifests.</summary>
    public const string Command = "evaluate";

    /// <summary>The manifest of a part, without rows.</summary>
    public static ShardFile Manifest(Explainer model, EvaluatedModel evaluated, string data, EvaluateOptions options,
        PictureMetric metric, PictureChoice chosen)
    {
        Shard shard = options.Shard ?? new Shard(1, 1);
        return new ShardFile
        {
            Command = Command,
            Index = shard.Index,
            Count = shard.Count,
            First = chosen.Range.First,
            End = chosen.Range.End,
            Total = chosen.Total,
            Read = 0,
            ModelSha256 = model.Model.Sha256,
            DataSha256 = evaluated.Set.Sha256Of(evaluated.Split),
            OptionsSha256 = ShardFile.HashOf(
                $"{options.Kind.Name}; {metric.Settings}; {chosen.Total} of {chosen.Known}; {evaluated.Settings}"),
            Version = ResultFiles.Version,
            Device = model.Prepared.Kernels.Name,
            Data = [Path.GetFullPath(data)],
            Model = model.Portable,
            Options = ShardFile.Element(WholeOf(options)),
            Broken = [],
            Rows = [],
        };
    }

    /// <summary>The options of the run over all pictures, which mean the same in another folder.</summary>
    public static EvaluateOptions WholeOf(EvaluateOptions options) => options with
    {
        Output = null,
        Plot = null,
        Shard = null,
        RuleFile = Shards.FullPath(options.RuleFile),
        Constants = options.Constants with { Masks = Shards.FullPath(options.Constants.Masks) },
        MapConstants = options.MapConstants with
        {
            Baseline = Shards.FullPath(options.MapConstants.Baseline), Fill = Shards.FullPath(options.MapConstants.Fill),
        },
    };

    /// <summary>What the same part left when it was finished by an earlier run; null where there is no such file.</summary>
    public static ShardFile? Finished(EvaluateOptions options, Func<ShardFile> manifest)
    {
        if (options.Shard is null || options.Output is not { } table) return null;
        string path = table + ShardFile.Ending;
        if (!File.Exists(table) || !File.Exists(path)) return null;
        ShardFile found;
        try
        {
            found = ShardFile.ReadFrom(path);
        }
        catch (NetVizException)
        {
            // It is written anew.
            return null;
        }

        return found.Shard == options.Shard && Shards.DifferenceOf(found, manifest()) is null
            && found.TableSha256 == ShardFile.HashOfFile(table) ? found : null;
    }

    /// <summary>Takes up the rows of parts, in their order.</summary>
    public static void Restore(IReadOnlyList<ShardFile> shards, ShardFile whole, PictureMetric metric, BrokenPictures broken)
    {
        foreach (ShardFile shard in shards)
        {
            if (Shards.DifferenceOf(shard, whole with { Device = shard.Device }) is { } difference)
            {
                throw new NetVizException($"{shard.Path}: the {difference} it was measured with is not the one that is there now",
                    "put back what was measured, or run the shards again");
            }

            MeasuredPicture[] rows = [.. shard.Rows.Select(shard.Value<MeasuredPicture>)];
            if (rows.Any(row => row.Values?.Length != metric.ValueCount || row.Name is null))
                throw new NetVizException($"{shard.Path}: a row does not hold {metric.ValueCount} numbers", "run the shard again");
            metric.Restore(rows);
            broken.Restore(shard.Broken);
        }
    }

    /// <summary>Writes what a part leaves beside its table.</summary>
    public static void Write(ShardFile manifest, string table, PictureMetric metric, BrokenPictures broken)
    {
        MeasuredPicture[] rows = [.. metric.All];
        (manifest with
        {
            Read = rows.Length,
            Broken = broken.Found ?? [],
            TableSha256 = ShardFile.HashOfFile(table),
            Rows = [.. rows.Select(ShardFile.Element)],
        }).Write(table + ShardFile.Ending);
    }
}
