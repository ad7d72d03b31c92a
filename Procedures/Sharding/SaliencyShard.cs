using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>What one picture of a part left.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Json">The name of its report.</param>
/// <param name="Files">The names of all its files, the report among them.</param>
internal sealed record ExplainedRow(string Picture, string Json, string[] Files);

/// <summary>A part of saliency over many pictures: which pictures, its journal and its manifest in the results' folder.</summary>
internal sealed class SaliencyShard : IDisposable
{
    /// <summary>The command in manifests.</summary>
    public const string Command = "saliency";

    private readonly ShardFile _manifest;
    private readonly string _path;
    private readonly LineJournal<ExplainedRow> _journal;
    private readonly List<ExplainedRow> _rows = [];

    private SaliencyShard(ShardFile manifest, string path, LineJournal<ExplainedRow> journal, IReadOnlyList<InputFile> files) =>
        (_manifest, _path, _journal, Files) = (manifest, path, journal, files);

    /// <summary>The pictures of the part that are still to be explained.</summary>
    public IReadOnlyList<InputFile> Files { get; private init; }

    /// <summary>How many an earlier run explained.</summary>
    public int Found => _rows.Count - _written;

    private int _written;

    /// <summary>Finds the part's pictures, and what an earlier run explained of them.</summary>
    /// <param name="shard">The part.</param>
    /// <param name="job">What is the same for all pictures.</param>
    /// <param name="files">All pictures of the run.</param>
    /// <param name="folder">The results' folder.</param>
    /// <exception cref="NetVizException">The journal is another file's, or is in use.</exception>
    public static SaliencyShard Open(Shard shard, SaliencyJob job, IReadOnlyList<InputFile> files, string folder)
    {
        (int first, int end) = shard.RangeOf(files.Count);
        Explainer model = job.Model;
        string path = Path.Combine(folder, $"{Command}.{shard.FileName}{ShardFile.Ending}");
        ResultFiles.Check(folder, Path.GetFileName(path));
        SaliencyOptions options = job.Options with { RuleFile = Shards.FullPath(job.Options.RuleFile) };
        var manifest = new ShardFile
        {
            Command = Command,
            Index = shard.Index,
            Count = shard.Count,
            First = first,
            End = end,
            Total = files.Count,
            Read = 0,
            ModelSha256 = model.Model.Sha256,
            DataSha256 = ShardFile.HashOf(string.Join('\n', files.Select(LineOf))),
            OptionsSha256 = ShardFile.HashOf($"{ShardFile.Element(options with { RuleFile = null })}; {model.Model.Head}; "
                + (model.Model.Preprocessing?.Describe() ?? "") + string.Concat(job.Rules.Select(rule => KeyOf(rule, model)))),
            Version = ResultFiles.Version,
            Device = model.Prepared.Kernels.Name,
            Data = [.. files.Skip(first).Take(end - first).Select(file => Shards.FullPath(file.Path))],
            Model = model.Portable,
            Options = ShardFile.Element(options),
            Broken = [],
            Rows = [],
        };
        string key = $"{manifest.Version} {manifest.ModelSha256} {manifest.DataSha256} {manifest.OptionsSha256} {shard} {manifest.Device}";
        LineJournal<ExplainedRow> journal = LineJournal<ExplainedRow>.Open(
            Path.Combine(folder, $"{Command}.{shard.FileName}.part"), Command, key, row => row.Files is not null);
        // A picture counts as explained where all of its files are still there.
        ExplainedRow[] found = [.. journal.Found.Where(row => row.Files.All(name => File.Exists(Path.Combine(folder, name))))];
        HashSet<string> done = [.. found.Select(row => row.Json)];
        var part = new SaliencyShard(manifest, path, journal,
            [.. files.Skip(first).Take(end - first).Where(file => !done.Contains($"{file.Stem}.json"))]);
        part._rows.AddRange(found);
        return part;
    }

    /// <summary>Records that a picture's files are written.</summary>
    public void Wrote(SaliencyReport report, string stem)
    {
        IEnumerable<ClassReport> classes = report.Images.SelectMany(image => image.Classes);
        string json = $"{stem}.json";
        string[] files = [.. classes.SelectMany(c => c.Maps.SelectMany(map => map.Files.Values)
            .Concat(c.Sheet is { } sheet ? [sheet] : [])).Distinct(), json];
        var row = new ExplainedRow(report.Image, json, files);
        _journal.Write(row);
        _rows.Add(row);
        _written++;
    }

    /// <summary>Writes the manifest and removes the journal.</summary>
    public void Finish(BrokenPictures broken)
    {
        (_manifest with
        {
            Read = _rows.Count,
            Broken = broken.Found ?? [],
            Rows = [.. _rows.OrderBy(row => row.Json, StringComparer.Ordinal).Select(ShardFile.Element)],
        }).Write(_path);
        _journal.Finish();
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>Brings the results of all parts into one folder.</summary>
    /// <exception cref="NetVizException">A result is missing, or must not be replaced.</exception>
    public static MergeResult Merge(ShardFile[] shards, MergeOptions options, ProcedureRun run)
    {
        string folder = ResultFiles.CheckFolder(options.Output);
        var broken = new BrokenPictures(isStrict: false, shards[0].Total);
        var copies = new List<(string From, string Name)>();
        int read = 0;
        foreach (ShardFile shard in shards)
        {
            broken.Restore(shard.Broken);
            read += shard.Read;
            string from = Path.GetDirectoryName(Path.GetFullPath(shard.Path))!;
            foreach (string name in shard.Rows.SelectMany(row => shard.Value<ExplainedRow>(row).Files ?? []))
            {
                string path = Path.Combine(from, name);
                if (Path.GetFileName(name) != name || !File.Exists(path))
                    throw new NetVizException($"{shard.Path}: its result {name} is missing", "run the shard again");
                copies.Add((path, name));
            }
        }

        broken.RequireAny(read);
        if (copies.GroupBy(copy => copy.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new NetVizException($"{string.Join(" and ", twice.Select(copy => copy.From))} would have one name in {folder}");
        bool IsInPlace((string From, string Name) copy) => copy.From == Path.GetFullPath(Path.Combine(folder, copy.Name));
        (string From, string Name)[] needed = [.. copies.Where(copy => !IsInPlace(copy))];
        ResultFiles.Check(folder, needed.Select(copy => copy.Name));
        run.Do("copying the results", needed.Length, bar =>
        {
            for (int i = 0; i < needed.Length; i++)
            {
                OutputFile.Copy(needed[i].From, Path.Combine(folder, needed[i].Name), ResultFiles.KindOf(needed[i].Name));
                bar.Report(i + 1);
            }

            return true;
        });
        return new MergeResult(Command, shards.Length, read, broken, [.. copies.Select(copy => Path.Combine(folder, copy.Name))]);
    }

    private static string LineOf(InputFile file) => string.Create(CultureInfo.InvariantCulture,
        $"{file.Stem}\t{file.Name}\t{(File.Exists(file.Path) ? new FileInfo(file.Path).Length : 0)}");

    private static string KeyOf(BackwardRule rule, Explainer model) =>
        $"; {rule.Name} {EvaluatedModel.KeyOf(rule, model)}";
}
