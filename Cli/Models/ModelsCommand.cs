using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Weights.Catalogue;
using Spectre.Console;

namespace NetViz.Cli.Models;

/// <summary><c>netviz models</c>: published networks by name, downloaded into the user's cache.</summary>
internal static class ModelsCommand
{
    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "A model of the catalogue: a short name such as vgg16, which means the file of the newest opset, or a "
            + "file's own, such as vgg16-7.",
    };

    private static readonly Argument<string> PathOrName = new("PATH")
    {
        Description = "A model file, or the name of a model that was downloaded.",
    };

    private static readonly Option<bool> All = new("--all")
    {
        Description = "Every file; without it, one for each short name.",
    };

    public static Command Create() => new("models",
        "Lists, downloads, verifies and removes published networks. They lie in the user's cache, or where NETVIZ_CACHE says; "
            + "NETVIZ_CATALOGUE names a catalogue of your own.")
    {
        CommonOptions.CreatePlain("list", "Shows the catalogue, and what of it is downloaded.", [All], List),
        CommonOptions.CreatePlain("get", "Downloads a model, unless it is there, and prints its path.",
            [Name, CommonOptions.From, CommonOptions.DownloadHours], Get),
        CommonOptions.CreatePlain("verify",
            "Hashes a file and says which model of the catalogue it is; the exit code is 2 if it is none.", [PathOrName], Verify),
        CommonOptions.CreatePlain("path", "Prints the path of a downloaded model; the exit code is 2 if it is not downloaded.",
            [Name], PrintPath),
        CommonOptions.CreatePlain("remove", "Removes a downloaded model, also one that has come in part.", [Name], Remove),
    };

    private static int List(ParseResult parsed)
    {
        ModelCatalogue catalogue = ModelCatalogue.Current;
        var cache = new ModelCache();
        ModelInfo[] models = [.. (parsed.GetValue(All) ? catalogue.Models : catalogue.Defaults).Select(model => new ModelInfo(
            model.Family, model.Name, model.Opset, model.Bytes, model.Sha256, model.From, model.Path,
            model.Preprocessing?.Name, model.Labels?.Count, cache.PathOf(model), cache.Has(model)))];
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(models);
        }
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Table table = Output.Table("name", "<file", "opset", "size", "<preprocessing", "classes", "<downloaded");
            foreach (ModelInfo m in models)
                table.AddRow(m.Name, m.File, $"{m.Opset}", ByteText.Of(m.Bytes), m.Preprocessing ?? "", $"{m.Classes}",
                    m.Downloaded ? "yes" : "");
            Output.Console.Write(table);
            Output.Console.MarkupLineInterpolated($"cache: {cache.Folder}");
        }

        return 0;
    }

    private static int Get(ParseResult parsed)
    {
        CatalogueModel model = Named(parsed);
        var cache = new ModelCache();
        bool wasThere = cache.Has(model);
        string path = ModelDownload.Get(cache, model, new ModelOptions
        {
            From = parsed.GetValue(CommonOptions.From),
            DownloadHours = parsed.GetValue(CommonOptions.DownloadHours),
        }, ConsoleProgress.Of(parsed));
        return Print(parsed, path, new { model.Name, Path = path, model.Bytes, model.Sha256, WasThere = wasThere });
    }

    private static int Verify(ParseResult parsed)
    {
        string given = parsed.GetValue(PathOrName)!;
        CatalogueModel? named = ModelCatalogue.Current.Find(given);
        string path = File.Exists(given) || named is null ? given : new ModelCache().PathOf(named);
        IdentifiedFile file = ConsoleProgress.Of(parsed).Do($"hashing {Path.GetFileName(path)}", 0,
            _ => ModelCatalogue.Current.Identify(path));
        if (file.Model is { } model && (named is null || path == given || model == named))
            return Print(parsed, $"{path} is {model.Name}: SHA-256 {file.Sha256}",
                new { model.Name, Path = path, file.Bytes, file.Sha256 });
        CatalogueModel? meant = named ?? ModelCatalogue.Current.Find(Path.GetFileNameWithoutExtension(path));
        throw new NetVizException(
            $"{path} is no model of the catalogue: it has {file.Bytes:N0} bytes and the SHA-256 {file.Sha256}"
            + (meant is null ? "" : $"; {meant.Name} has {meant.Bytes:N0} and {meant.Sha256}"),
            meant is null ? null : $"netviz models remove {meant.Name} and netviz models get {meant.Name} bring it anew");
    }

    private static int PrintPath(ParseResult parsed)
    {
        CatalogueModel model = Named(parsed);
        var cache = new ModelCache();
        if (!cache.Has(model))
            throw new NetVizException($"{model.Name} is not downloaded", $"netviz models get {model.Name} does it");
        return Print(parsed, cache.PathOf(model), new { model.Name, Path = cache.PathOf(model), model.Bytes, model.Sha256 });
    }

    private static int Remove(ParseResult parsed)
    {
        CatalogueModel model = Named(parsed);
        var cache = new ModelCache();
        long bytes = cache.Remove(model);
        if (bytes == 0) throw new NetVizException($"{model.Name} is not downloaded, so there is nothing to remove");
        return Print(parsed, $"{model.Name}: {ByteText.Of(bytes)} removed",
            new { model.Name, Path = cache.PathOf(model), BytesRemoved = bytes });
    }

    private static CatalogueModel Named(ParseResult parsed) => ModelCatalogue.Current.Require(parsed.GetValue(Name)!);

    private static int Print(ParseResult parsed, string line, object json)
    {
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(json);
        else if (!parsed.GetValue(CommonOptions.Quiet)) Console.WriteLine(line);
        return 0;
    }

    private sealed record ModelInfo(string Name, string File, int? Opset, long Bytes, string Sha256, string From, string Source,
        string? Preprocessing, int? Classes, string Path, bool Downloaded);
}
