using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>A .json that a command wrote, with what it takes to make the result again.</summary>
internal sealed class RepeatableResult
{
    private readonly string _path;
    private readonly JsonObject _report;

    private RepeatableResult(string path, JsonObject report, ResultProvenance provenance) =>
        (_path, _report, Provenance) = (path, report, provenance);

    /// <summary>What the result depends on.</summary>
    public ResultProvenance Provenance { get; }

    /// <summary>Reads a .json.</summary>
    /// <exception cref="NetVizException">It is missing, is none of netviz's, or does not say how it was made.</exception>
    public static RepeatableResult Read(string path)
    {
        if (!File.Exists(path)) throw new NetVizException($"'{path}' does not exist");
        try
        {
            string text = Encoding.UTF8.GetString(UntrustedFile.ReadBytes(path, FileKind.Result)).TrimStart('\uFEFF');
            using JsonDocument document = StrictJson.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("provenance", out JsonElement provenance))
            {
                throw new NetVizException($"{path} does not say how it was made: it has no member 'provenance'",
                    "give a .json that a command of this version wrote");
            }

            ResultProvenance made = provenance.Deserialize<ResultProvenance>(ResultFiles.ProvenanceOptions)
                ?? throw new JsonException("the provenance is null");
            if (made.CommandLine is not { Count: > 0 } words || words.Any(word => word is null))
            {
                throw new NetVizException($"{path} names no command line: a program wrote it, not netviz",
                    "run the program again");
            }

            if (made.Files is null || made.Inputs is null || made.OtherFiles is null || made.Inputs.Concat(made.OtherFiles)
                .Any(file => file?.Path is null || file.Sha256 is null) || made.Model is { Path: null } or { Sha256: null })
                throw new JsonException("a file of the provenance has no path or no hash");
            return new RepeatableResult(path, JsonNode.Parse(text)!.AsObject(), made);
        }
        catch (JsonException error)
        {
            throw new NetVizException($"{path} is no result that can be repeated: {error.Message}", inner: error);
        }
    }

    /// <summary>Finds a file that the result was made from: where it was, or from the folder of that time.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <returns>Its path now.</returns>
    /// <exception cref="NetVizException">It is missing, or another one.</exception>
    public string Find(FileOrigin file, string what)
    {
        if (file.Path.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal))
        {
            Require(file, what, Convert.ToHexStringLower(((InputFile)file.Path).Sha256()));
            return file.Path;
        }

        string there = Provenance.Directory is { } directory ? Path.Combine(directory, file.Path) : file.Path;
        string found = Path.Exists(file.Path) ? file.Path : Path.Exists(there) ? there
            : throw new NetVizException($"{what} '{file.Path}' of {_path} does not exist", "put it where it was, or start from its folder");
        Require(file, what, FileOrigin.OfPath(found).Sha256);
        return found;
    }

    private void Require(FileOrigin file, string what, string found)
    {
        if (found == file.Sha256) return;
        throw new NetVizException($"{what} '{file.Path}' is another one now: its SHA-256 is {found}, and {_path} was made from "
            + file.Sha256);
    }

    /// <summary>Compares the result with one that was made again.</summary>
    /// <param name="folder">Where that lies.</param>
    /// <param name="stem">What its files' names begin with.</param>
    /// <exception cref="NetVizException">Nothing was written there, or class names or preprocessing are others.</exception>
    public RepeatedResult CompareWith(string folder, string stem)
    {
        string NameNow(string name) => Provenance.Stem is { Length: > 0 } was && name.StartsWith(was, StringComparison.Ordinal)
            ? stem + name[was.Length..] : name;
        string json = Provenance.Json is { } own && Path.GetFileName(own) == own ? NameNow(own)
            : throw new NetVizException($"{_path} does not say which file it is");
        RepeatableResult again = Read(Path.Combine(folder, json));
        RequireSame("preprocessing", Provenance.Model?.Preprocessing, again.Provenance.Model?.Preprocessing);
        RequireSame("class names", Provenance.Model?.LabelsSha256, again.Provenance.Model?.LabelsSha256);
        RequireSame("SHA-256 of the model", Provenance.Model?.Sha256, again.Provenance.Model?.Sha256);
        var files = new List<RepeatedFile>();
        foreach ((string name, string hash) in Provenance.Files)
        {
            files.Add(new RepeatedFile(name, !again.Provenance.Files.TryGetValue(NameNow(name), out string? now) ? "missing"
                : now == hash ? "same" : "differs"));
        }

        string? difference = DifferenceOf(_report, again._report, "", Provenance.Stem ?? "", stem);
        files.Add(new RepeatedFile(Path.GetFileName(_path), difference is null ? "same" : $"differs at {difference}"));
        return new RepeatedResult(files, [.. Notes(again.Provenance)]);
    }

    private void RequireSame(string what, string? was, string? now)
    {
        if (was != now) throw new NetVizException($"the {what} differ: {_path} was made with '{was}', now it is '{now}'");
    }

    private IEnumerable<string> Notes(ResultProvenance now)
    {
        if (Provenance.Version != now.Version) yield return $"version {Provenance.Version} made it, this is {now.Version}";
        if (Provenance.Commit != now.Commit) yield return $"commit {Provenance.Commit} made it, this is {now.Commit}";
        if (Provenance.Device?.Device != now.Device?.Device)
            yield return $"device {Provenance.Device?.Device} made it, this is {now.Device?.Device}";
        if (Provenance.Device?.InstructionSet != now.Device?.InstructionSet)
            yield return $"instruction set {Provenance.Device?.InstructionSet} made it, this is {now.Device?.InstructionSet}";
    }

    // What tells of the run and not of the result: times, threads, where files lay.
    private static readonly HashSet<string> OfRun =
        ["netviz", "provenance", "times_ms", "compilation", "threads", "device_description", "version", "image", "images_from", "model", "pictures"];

    private static string? DifferenceOf(JsonNode? a, JsonNode? b, string at, string stem, string stemNow)
    {
        switch (a, b)
        {
            case (JsonObject x, JsonObject y):
                foreach (string name in x.Select(member => member.Key).Union(y.Select(member => member.Key)))
                {
                    if (OfRun.Contains(name) && x[name] is not JsonArray && (name is "provenance" or "times_ms" or "compilation"
                        || x[name] is not JsonObject)) continue;
                    if (DifferenceOf(x[name], y[name], $"{at}.{name}", stem, stemNow) is { } inner) return inner;
                }

                return null;
            case (JsonArray x, JsonArray y):
                if (x.Count != y.Count) return at.TrimStart('.');
                for (int i = 0; i < x.Count; i++)
                    if (DifferenceOf(x[i], y[i], $"{at}[{i}]", stem, stemNow) is { } inner) return inner;
                return null;
            case (JsonValue x, JsonValue y) when stem != stemNow && stem.Length > 0 && x.TryGetValue(out string? text)
                && text.StartsWith(stem, StringComparison.Ordinal):
                return y.TryGetValue(out string? other) && other == stemNow + text[stem.Length..] ? null : at.TrimStart('.');
            default:
                return JsonNode.DeepEquals(a, b) ? null : at.TrimStart('.');
        }
    }
}

/// <summary>One file of a repeated result.</summary>
/// <param name="File">Its name beside the .json.</param>
/// <param name="State">same, differs, missing; of the .json the first member that differs.</param>
internal sealed record RepeatedFile(string File, string State);

/// <summary>A result beside the one that was made again.</summary>
/// <param name="Files">Each file.</param>
/// <param name="Notes">What is other than it was, a sentence each.</param>
internal sealed record RepeatedResult(IReadOnlyList<RepeatedFile> Files, IReadOnlyList<string> Notes)
{
    /// <summary>Whether all bytes and numbers are the same.</summary>
    public bool Agrees => Files.All(file => file.State == "same");
}
