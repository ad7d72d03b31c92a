using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Procedures;
using NetViz.Visualisation;

namespace NetViz.Cli.Saliency;

/// <summary>
/// <c>netviz saliency</c>: the class's score sent down to the image, under each rule, as pictures, as raw signal and with
/// everything needed to repeat it.
/// </summary>
internal static class SaliencyCommand
{
    private static readonly Option<string[]> Classes = new("--class", "-c")
    {
        Description = "The class to explain, by number or name, or 'top' for the one with the highest score. "
            + "May be repeated. [default: top]",
        HelpName = "N|NAME|top",
    };

    private static readonly Option<string?> Reduce = new("--reduce")
    {
        Description = "How the channels of the signal w become one map: max over c of |w| [paper], sum of |w|, mean of |w|, or "
            + "signed sum of w [secondary]. [default: max; signed where numbers have a sign, as relevance has]",
        HelpName = "max|sum|mean|signed",
    };

    private static readonly Option<string?> At = new("--layer", "--at")
    {
        Description = "The layer at whose output the signal is shown, instead of the image; with class activation maps their "
            + "layer. [default: the image; the last convolution that has rows and columns]",
        HelpName = "LAYER",
    };

    private static readonly Option<bool> Ledger = new("--ledger")
    {
        Description = "Print for each score what the image and the biases of each layer contribute to it, S = <w, I> + sum over "
            + "layers of <dS/db, b>, w the gradient, and the gap between both sides.",
    };

    private static readonly Option<string?> Pack = new("--pack")
    {
        Description = "Write the raw signals of all pictures into one file, maps.npz (an array for each) or maps.npy ([pictures, maps, "
            + "C, H, W] of one shape), instead of a .npy for each unless --write names npy.",
        HelpName = "FILE.npz|npy",
    };

    public static Command Create() => CommonOptions.Create("saliency",
        "Shows which pixels a class score depends on: class saliency maps (arXiv 1312.6034, section 3) under the gradient, "
        + "DeconvNet and guided rules. "
        + "For x.png it writes x.RULE.png, x.RULE.overlay.png, x.RULE.npy, x.sheet.png and x.json; for x.npy it writes "
        + "x.RULE.npy and x.json. Further maps (--map) are x.smoothgrad.RULE.png, x.input-x-gradient.RULE.png, "
        + "x.integrated-gradients.png, x.occlusion.score.png, x.occlusion.probability.png and so on, on the same sheet."
        + ImageArguments.Help,
        [CommonOptions.Images, Classes, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Reduce, .. MapOptions.All, At, Ledger, ShardOption.Shard,
            .. LookOptions.OfMaps, LookOptions.Write, Pack, CommonOptions.OutputFolder, ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        IReadOnlyList<InputFile> files = ImageArguments.AllOf(parsed);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        var options = new SaliencyOptions
        {
            Classes = parsed.GetValue(Classes) ?? [],
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Reduction = parsed.GetValue(Reduce) is { } reduction
                ? CommonOptions.ParseChoice<Reduction>("--reduce", reduction)
                : null,
            Layer = parsed.GetValue(At),
            Ledger = parsed.GetValue(Ledger),
            Maps = MapOptions.Of(parsed),
        };
        options.Check();
        Shard? shard = ShardOption.Of(parsed);
        Look look = LookOptions.Of(parsed);

        using Explainer model = CommonOptions.Open(parsed);
        model.Model.BeginSha256();
        SaliencyJob job = model.SaliencyJob(options);
        if (shard is { } wanted) return RunShard(parsed, wanted, job, files, folder, look);
        string? pack = ResultFiles.CheckFile("Pack", parsed.GetValue(Pack));
        if (pack is not null) OutputFile.Check(pack, SignalPack.KindOf(pack));
        // One file for all takes the place of one for each, unless both are wanted.
        if (pack is not null && parsed.GetValue(LookOptions.Write) is null) look = look with { Parts = look.Parts & ~SavedParts.Npy };
        bool isMany = files.Count > 1, hasThumbnails = isMany && look.Parts.HasFlag(SavedParts.Sheet);
        string[] summary = isMany ? FolderSummary.NamesOf("", hasThumbnails, look) : [];
        foreach (InputFile file in files) ResultFiles.Check(folder, job.KnownResults(file, look));
        ResultFiles.Check(folder, summary);
        var broken = new BrokenPictures(parsed.GetValue(ImageArguments.Strict), files.Count);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        IReadOnlyList<WrittenPicture> written = [];
        if (pack is null) Run(null);
        else OutputFile.Write(pack, SignalPack.KindOf(pack), stream =>
        {
            using SignalPack signals = SignalPack.On(stream, pack);
            Run(signals);
        });
        SaliencyReport[] reports = [.. written.Select(picture => picture.Report)];
        if (isMany)
        {
            FolderSummary.Write(folder, "", $"{string.Join(", ", job.Rules.Select(rule => rule.Name))} of "
                + $"{Path.GetFileName(model.Model.Path)}", look, [.. written.SelectMany(LinesOf)]);
        }

        if (json) Output.PrintJson(reports);
        else if (!quiet)
        {
            Print(reports, folder, job);
            if (isMany) Output.Wrote(folder, summary);
            if (pack is not null) Output.Line($"wrote all signals to {pack}");
            Output.FirstPhotograph(model, files);
        }

        ImageArguments.Tell(broken, reports.Length);
        return 0;

        void Run(SignalPack? signals)
        {
            var pipeline = new SaliencyPipeline(job, look, folder)
            {
                ThumbnailSide = hasThumbnails ? FolderSummary.ThumbnailSide : 0,
                Computed = signals is null ? null : (_, result) =>
                {
                    (IReadOnlyList<string> names, var arrays) = result.PackedSignals();
                    signals.Add(names, arrays);
                },
            };
            written = console.Do("saliency", files.Count, _ => pipeline.Run(files, broken, console, done => console.Advance(done)));
            broken.RequireAny(written.Count);
        }
    }

    private static int RunShard(ParseResult parsed, Shard shard, SaliencyJob job, IReadOnlyList<InputFile> files, string folder,
        Look look)
    {
        using SaliencyShard part = SaliencyShard.Open(shard, job, files, folder);
        foreach (InputFile file in part.Files) ResultFiles.Check(folder, job.KnownResults(file, look));
        var broken = new BrokenPictures(parsed.GetValue(ImageArguments.Strict), files.Count);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        var pipeline = new SaliencyPipeline(job, look, folder) { Written = (file, report) => part.Wrote(report, file.Stem) };
        IReadOnlyList<WrittenPicture> written = console.Do("saliency", part.Files.Count,
            _ => pipeline.Run(part.Files, broken, console, done => console.Advance(done)));
        SaliencyReport[] reports = [.. written.Select(picture => picture.Report)];
        part.Finish(broken);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(reports);
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Output.Line($"shard {shard}: {Counted.Of(reports.Length, "picture")}"
                + (part.Found > 0 ? $", and {part.Found} of an earlier run" : "")
                + $", in {folder}{Path.DirectorySeparatorChar}; netviz merge {folder} puts the shards together");
        }

        ImageArguments.Tell(broken, reports.Length + part.Found);
        return 0;
    }

    /// <summary>A line of the summary for each class of a picture.</summary>
    private static IEnumerable<SummaryLine> LinesOf(WrittenPicture picture) =>
        from image in picture.Report.Images
        from c in image.Classes
        select new SummaryLine(picture.Report.Image, c.ClassIndex, c.ClassName, c.Score, c.Probability,
            [.. c.Maps.Where(map => map.SignalNorm is not null).Select(map => ($"norm {map.Title}", map.SignalNorm))], c.Sheet,
            picture.Thumbnail);

    private static void Print(SaliencyReport[] reports, string folder, SaliencyJob job)
    {
        foreach (SaliencyReport report in reports)
        {
            foreach (ImageReport image in report.Images)
            {
                string which = report.Images.Count > 1 ? $"{report.Image}[{image.Index}]" : report.Image;
                string found = string.Join("; ", image.Classes.Select(c =>
                    $"{c.ClassName} ({c.ClassIndex}), {ScoreText.Of(c.Score, c.Probability)}"));
                Console.WriteLine(Printable.Line($"{which}: {found}"));
                foreach ((ClassReport c, MapReport map) in image.Classes
                    .SelectMany(c => c.Maps.Where(m => m.Note is not null).Select(m => (c, m))))
                    Console.WriteLine("  " + Printable.Line($"{map.Title} of {c.ClassName}: {map.Note}"));
                foreach ((ClassReport c, MapReport map) in image.Classes
                    .SelectMany(c => c.Maps.Where(m => m.NearlyEmpty == true).Select(m => (c, m))))
                {
                    Console.WriteLine("  " + Printable.Line($"{map.Title} of {c.ClassName} is nearly empty on the sheet: its largest "
                        + $"value is under {SaliencyPictures.NearlyEmptyShare:P0} of the common scale (--scale own shows it)"));
                }

                foreach (ClassReport c in image.Classes)
                {
                    if (c.Ledger is { } ledger) TaylorText.Print(ledger, c.ClassName, job.Rules, job.Model.Network);
                }
            }

            if (report.TenCrops is { } ten) Print(ten);
        }

        Output.RuleNote(job.RuleNote);
        string[] sheets = [.. reports.SelectMany(r => r.Images).SelectMany(i => i.Classes).Select(c => c.Sheet).OfType<string>()];
        string[] files = [.. reports.SelectMany(r => r.Images).SelectMany(i => i.Classes).SelectMany(c => c.Maps)
            .SelectMany(m => m.Files.Values).Distinct()];
        if (files.Length == 0 && sheets.Length == 0) return;
        string some = string.Join(", ", files.Take(3)) + (files.Length > 3 ? ", ..." : "");
        IEnumerable<string> titles = reports[0].Images[0].Classes[0].Maps.Select(map => map.Title);
        Console.WriteLine(Printable.Line($"{string.Join(", ", titles)}: {some} "
            + $"in {folder}{Path.DirectorySeparatorChar}"));
        if (sheets.Length > 0)
        {
            string more = sheets.Length > 1 ? $" and {sheets.Length - 1} more" : "";
            Console.WriteLine(Printable.Line($"all maps in one picture: {Path.Combine(folder, sheets[0])}{more}"));
        }
    }

    private static void Print(TenCropReport ten) => Output.Line(
        $"  ten crops, cut from {ten.RegionWidth}x{ten.RegionHeight} pixels ({ten.RegionFrom}): "
        + (ten.Crops.All(crop => crop.Probability is null)
            ? $"score {ten.Crops.Min(crop => crop.Score):0.000} to {ten.Crops.Max(crop => crop.Score):0.000}"
            : $"probability {ten.Crops.Min(crop => crop.Probability):P1} to {ten.Crops.Max(crop => crop.Probability):P1}")
        + "; each pixel of a map gets its mean over the crops that hold it");
}
