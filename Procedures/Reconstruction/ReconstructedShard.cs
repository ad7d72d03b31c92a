using NetViz.Engine;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>Some pictures that a part looked at, and those of their units that were among the strongest then.</summary>
/// <param name="Names">The pictures.</param>
/// <param name="Units">The units, their pictures numbered among the names.</param>
internal sealed record SearchedRow(string[] Names, TopUnit[] Units);

/// <summary>A part of reconstruct over many pictures: its strongest units, of which the merge takes the strongest of all.</summary>
internal static class ReconstructedShard
{
    /// <summary>The command in manifests.</summary>
    public const string Command = "reconstruct";

    /// <summary>The manifest of a part, without rows.</summary>
    public static ShardFile Manifest(Explainer model, PictureSource source, string data, ReconstructOptions options,
        IReadOnlyList<InnerLayer> layers, IReadOnlyList<BackwardRule> rules)
    {
        Shard shard = options.Shard ?? new Shard(1, 1);
        (int first, int end) = shard.RangeOf(source.Count);
        ReconstructOptions whole = options with
        {
            Shard = null, ShardFolder = null, RuleFile = Shards.FullPath(options.RuleFile),
        };
        string settings = $"{ShardFile.Element(whole with { RuleFile = null, Strict = false })}; {model.Model.Head}; "
            + $"{model.Preprocessing.Describe()}; {string.Join(' ', layers.Select(layer => layer.Name))}"
            + string.Concat(rules.Select(rule => $"; {rule.Name} {EvaluatedModel.KeyOf(rule, model)}"));
        return new ShardFile
        {
            Command = Command,
            Index = shard.Index,
            Count = shard.Count,
            First = first,
            End = end,
            Total = source.Count,
            Read = 0,
            ModelSha256 = model.Model.Sha256,
            DataSha256 = source.Sha256(),
            OptionsSha256 = ShardFile.HashOf(settings),
            Version = ResultFiles.Version,
            Device = model.Prepared.Kernels.Name,
            Data = [Path.GetFullPath(data)],
            Model = model.Portable,
            Options = ShardFile.Element(whole),
            Broken = [],
            Rows = [],
        };
    }

    /// <summary>Looks through a part's pictures.</summary>
    public static ReconstructResult Find(Explainer model, ReconstructOptions options, ShardFile manifest, PictureSource source,
        TopOverPictures search, IReadOnlyList<InnerLayer> layers, IReadOnlyList<BackwardRule> rules, ProcedureRun run)
    {
        string folder = ResultFiles.CheckFolder(options.ShardFolder!);
        ResultFiles.Check(folder, NameOf(manifest.Shard));
        string key = $"{manifest.Version} {manifest.ModelSha256} {manifest.DataSha256} {manifest.OptionsSha256} {manifest.Shard} "
            + manifest.Device;
        using LineJournal<SearchedRow> journal = LineJournal<SearchedRow>.Open(Path.Combine(folder, JournalOf(manifest.Shard)),
            Command, key, row => row.Names is not null && row.Units is not null);
        foreach (SearchedRow row in journal.Found) search.Restore(row.Names, row.Units);
        int found = search.Names.Count;
        HashSet<string> wanted = [.. source.Names.Skip(manifest.First).Take(manifest.End - manifest.First).Except(search.Names)];
        if (wanted.Count > 0)
        {
            run.Do("looking for the strongest activations", manifest.End - manifest.First, bar => search.Find(bar.Report, wanted,
                first => journal.Write(new SearchedRow([.. search.Names.Skip(first)], search.UnitsFrom(first)))));
        }

        if (found > 0) run.Note($"{Counted.Of(found, "picture")} of an earlier run");
        ShardFile part = manifest with
        {
            Read = search.Names.Count,
            Broken = source.Broken.Found ?? [],
            Rows = [ShardFile.Element(new SearchedRow([.. search.Names], search.UnitsFrom(0)))],
        };
        return new ReconstructResult([], source.Broken, search.Names.Count) { Part = part };
    }

    /// <summary>Takes up what parts found, in their order.</summary>
    public static void Restore(IReadOnlyList<ShardFile> shards, ShardFile whole, TopOverPictures search, BrokenPictures broken)
    {
        foreach (ShardFile shard in shards)
        {
            if (Shards.DifferenceOf(shard, whole) is { } difference)
            {
                throw new NetVizException($"{shard.Path}: the {difference} it was searched with is not the one that is there now",
                    "put back what was searched, or run the shards again");
            }

            foreach (SearchedRow row in shard.Rows.Select(shard.Value<SearchedRow>))
            {
                if (row.Units.Any(unit => unit.Picture < 0 || unit.Picture >= row.Names.Length || unit.Layer >= search.Best.Length
                    || unit.Layer < 0 || unit.Channel < 0 || unit.Channel >= search.Best[unit.Layer].Channels))
                    throw new NetVizException($"{shard.Path}: a row names a unit that does not exist", "run the shard again");
                search.Restore(row.Names, row.Units);
            }

            broken.Restore(shard.Broken);
        }
    }

    /// <summary>Draws the strongest of all parts.</summary>
    public static MergeResult Merge(Explainer model, ShardFile[] shards, string data, MergeOptions options, ProcedureRun run)
    {
        if (options.Plot is not null) throw new NetVizException("`Plot` belongs to shards of evaluate");
        string folder = ResultFiles.CheckFolder(options.Output);
        ShardFile first = shards[0];
        ReconstructResult result = model.ReconstructOver(data, first.Value<ReconstructOptions>(first.Options), shards, run);
        IReadOnlyList<string> files = result.Save(folder);
        return new MergeResult(Command, shards.Length, result.PictureCount, result.Broken!,
            [.. files.Select(file => Path.Combine(folder, file))]);
    }

    /// <summary>The name of a part's file.</summary>
    public static string NameOf(Shard shard) => $"{Command}.{shard.FileName}{ShardFile.Ending}";

    /// <summary>The name of a part's journal.</summary>
    public static string JournalOf(Shard shard) => $"{Command}.{shard.FileName}.part";
}
