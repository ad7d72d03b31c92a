using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;

namespace NetViz.Procedures;

/// <summary>One class of one image.</summary>
/// <param name="Class">The class with its score.</param>
/// <param name="Maps">Its maps, in the order of <see cref="MapSettings.Kinds"/>; of an array each holds all of its
/// images.</param>
public sealed record ExplainedClass(RankedClass Class, IReadOnlyList<ComputedMap> Maps)
{
    internal TaylorReport? Ledger { get; init; }
}

/// <summary>One image of an input.</summary>
/// <param name="Index">Its place in the batch.</param>
/// <param name="Classes">The classes that were explained.</param>
public sealed record ExplainedImage(int Index, IReadOnlyList<ExplainedClass> Classes);

/// <summary>The maps of one picture or array.</summary>
public sealed class SaliencyResult
{
    private readonly SaliencyJob _job;
    private readonly SaliencyReport _whole;

    internal SaliencyResult(SaliencyJob job, InputFile file, IReadOnlyList<ExplainedImage> images, SaliencyReport whole) =>
        (_job, File, Images, _whole) = (job, file, images, whole);

    /// <summary>The picture or array.</summary>
    public InputFile File { get; }

    /// <summary>Its images: one of a picture, those of the batch of an array.</summary>
    public IReadOnlyList<ExplainedImage> Images { get; }

    internal ResultProvenance Provenance { get; init; } = new();

    /// <summary>The picture and its crops; null for an array.</summary>
    internal (Photo Photo, InputPlacement Placement, CroppedInput? Ten)? Picture { get; init; }

    /// <summary>
    /// Writes what <c>netviz saliency</c> writes: of a picture heat maps, overlays, the raw signals (.npy), a sheet a class and
    /// a .json; of an array the raw signals and the .json.
    /// </summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look, and what is written; null for the usual, and all.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder, Look? look = null)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder, look);
        Write(writer);
        return writer.Names;
    }

    /// <summary>Writes the files, and returns what the .json holds.</summary>
    internal SaliencyReport Write(ResultWriter writer)
    {
        SaliencyReport report = _whole with { Images = Picture is null ? OfArray(writer) : OfPicture(writer) };
        if (writer.Look.Parts.HasFlag(SavedParts.Json)) writer.Json($"{File.Stem}.json", report, Provenance);
        return report;
    }

    private List<ImageReport> OfArray(ResultWriter writer)
    {
        var written = new List<IReadOnlyList<MapReport>>();
        for (int k = 0; k < Images[0].Classes.Count; k++)
        {
            string stem = _job.ArrayStem(File, k);
            written.Add([.. Images[0].Classes[k].Maps.Select(map =>
                MapReport.Of(map, WriteArrays(writer, stem, map, map.Signal, []), map.Signal))]);
        }

        return [.. Images.Select(image => new ImageReport(image.Index,
            [.. image.Classes.Select((c, k) => ClassReport.Of(c, written[k], null))]))];
    }

    /// <summary>The first map over the picture, small; null for an array.</summary>
    internal Photo? ThumbnailOf(int side, Look look)
    {
        if (Picture is null) return null;
        (SaliencyPictures pictures, InputPlacement placement, Photo photo) = PicturesOf(Images[0].Classes[0], look);
        double shrink = Math.Min(1, (double)side / Math.Max(photo.Width, photo.Height));
        int width = Math.Max(1, (int)Math.Round(photo.Width * shrink)), height = Math.Max(1, (int)Math.Round(photo.Height * shrink));
        return pictures.SmallOverlay(0, width, height);
    }

    /// <summary>The signals of all maps that have one, with what they are called in one file for many pictures.</summary>
    internal (IReadOnlyList<string> Names, IReadOnlyList<Tensor<float>> Signals) PackedSignals()
    {
        var (names, signals) = (new List<string>(), new List<Tensor<float>>());
        for (int k = 0; k < Images[0].Classes.Count; k++)
        {
            ExplainedClass c = Images[0].Classes[k];
            string stem = Picture is null ? _job.ArrayStem(File, k) : _job.PictureStem(File, c.Class.Index);
            foreach (ComputedMap map in c.Maps.Where(map => map.Signal is not null))
            {
                names.Add($"{stem}.{map.FileName}");
                signals.Add(map.Signal!);
            }
        }

        return (names, signals);
    }

    /// <summary>The maps of a class as pictures, none of which is drawn yet.</summary>
    internal (SaliencyPictures Pictures, InputPlacement Placement, Photo Photo) PicturesOf(ExplainedClass explained, Look look)
    {
        (Photo photo, InputPlacement placement, CroppedInput? ten) = Picture!.Value;
        RankedClass ranked = explained.Class;
        RuleSignal[] drawn = [.. explained.Maps.Select(map => Drawn(map, ten?.Crops))];
        (int height, int width) = drawn[0].Signal is { } first
            ? ((int)first.Lengths[2], (int)first.Lengths[3])
            : (drawn[0].Map!.Height, drawn[0].Map!.Width);
        InputPlacement laid = placement with { InputHeight = height, InputWidth = width };
        return (new SaliencyPictures(photo, laid, drawn, new SaliencyPictureOptions
        {
            Reduction = _job.Reduction,
            Channels = _job.Model.Preprocessing.Order,
            Colors = look.ColorMap,
            Percentile = look.Percentile,
            SheetScale = look.Scale ?? SheetScale.Shared,
            Title = $"{Path.GetFileName(File.Path)}: {ranked.Name}",
            Subtitle = $"{Path.GetFileName(_job.Model.Model.Path)}, class {ranked.Index}, "
                + $"{ScoreText.Of(ranked.Score, ranked.Probability, "0.00")}"
                + (_job.At is { } layer ? $", at {layer}" : "")
                + (ten is null ? "" : $", means over ten crops out of "
                + $"{ten.Region.InputWidth}x{ten.Region.InputHeight} pixels"),
        }), laid, photo);
    }

    private List<ImageReport> OfPicture(ResultWriter writer)
    {
        (Look look, SavedParts parts) = (writer.Look, writer.Look.Parts);
        (Photo photo, InputPlacement placement, CroppedInput? ten) = Picture!.Value;
        var classes = new List<ClassReport>();
        foreach (ExplainedClass explained in Images[0].Classes)
        {
            RankedClass ranked = explained.Class;
            string stem = _job.PictureStem(File, ranked.Index);
            SaliencyPictures pictures = PicturesOf(explained, look).Pictures;
            IReadOnlyList<RuleSignal> drawn = pictures.Rules;
            MapReport[] reports = [.. explained.Maps.Select((map, k) =>
            {
                Tensor<float>? signal = ten is null || drawn[k].Signal is null ? map.Signal : drawn[k].Signal;
                var files = new Dictionary<string, string>();
                (Photo? heat, Photo? overlay) = pictures.Draw(k, parts.HasFlag(SavedParts.Png), parts.HasFlag(SavedParts.Overlay));
                if (heat is not null) files["map"] = writer.Picture($"{stem}.{map.FileName}.png", heat);
                if (overlay is not null) files["overlay"] = writer.Picture($"{stem}.{map.FileName}.overlay.png", overlay);
                return MapReport.Of(map, WriteArrays(writer, stem, map, signal, files), signal) with
                {
                    Peak = pictures.Maps[k].Peak,
                    ScaleLimit = pictures.Scales[k].Limit,
                    ScalePercentile = pictures.Scales[k].Percentile,
                    NearlyEmpty = pictures.IsNearlyEmpty(k) ? true : null,
                };
            })];
            string? sheet = parts.HasFlag(SavedParts.Sheet) ? writer.Sheet($"{stem}.sheet", pictures.Page()) : null;
            classes.Add(ClassReport.Of(explained, reports, sheet) with
            {
                SheetScale = (look.Scale ?? SheetScale.Shared).ToString().ToLowerInvariant(),
                SharedScaleLimit = pictures.IsShared && look.Scale is null or SheetScale.Shared ? pictures.SharedScale.Limit : null,
            });
        }

        return [new ImageReport(0, classes)];
    }

    /// <summary>A map as pictures take it: of ten crops the mean.</summary>
    private RuleSignal Drawn(ComputedMap map, TenCrops? crops)
    {
        Tensor<float>? planes = map.Signal is null || MapNames.IsDrawnFromMap(map.Kind) ? null : Planes(map.Signal);
        string? formula = map.Formula;
        SaliencyMap? laid = map.Map;
        Reduction reduction = _job.Reduction;
        if (crops is not null)
        {
            laid = crops.Average([.. Enumerable.Range(0, TenCrops.Count).Select(k => SaliencyMap.Of(planes!, k, reduction))]);
            planes = crops.Average(planes!);
            formula = $"mean over ten crops of {SaliencyPictures.FormulaOf(reduction, map.Symbol)}";
        }

        if (map.IsSigned && _job.Options.Reduction is null)
        {
            laid ??= SaliencyMap.Of(planes!, 0, Reduction.Signed);
            formula = SaliencyPictures.FormulaOf(Reduction.Signed, map.Symbol);
        }

        return new RuleSignal(map.FileName, planes, Caption: map.Name) { Map = laid, Symbol = map.Symbol, Formula = formula };
    }

    /// <summary>
    /// A signal as [N, C, H, W] for pictures. An inner layer's map lies where the input lies, with its own rows and columns.
    /// </summary>
    private Tensor<float> Planes(Tensor<float> signal)
    {
        string? layer = _job.At;
        if (signal.Rank != 4)
            throw new NetVizException($"layer '{layer}' has the output shape [{string.Join(", ", signal.Lengths.ToArray())}]; "
                + "a map needs rows and columns", "choose a layer before the network flattens");
        return signal.ToPlanes(_job.Model.Network.LayoutOf(layer is null ? 0 : _job.Model.Network.Find(layer)));
    }

    /// <summary>Writes the raw signal and what else belongs to a map, and adds the files' names.</summary>
    private Dictionary<string, string> WriteArrays(ResultWriter writer, string stem, ComputedMap map, Tensor<float>? signal,
        Dictionary<string, string> files)
    {
        if (!writer.Look.Parts.HasFlag(SavedParts.Npy)) return files;
        if (map.Exact is { } exact && _job.Model.Prepared.Kernels.ComputesInDouble && !_job.Options.Maps.TenCrops)
        {
            files["signal"] = writer.Array($"{stem}.{map.FileName}.npy", exact);
        }
        else if (signal is not null)
        {
            Write("signal", $"{stem}.{map.FileName}.npy", signal);
        }

        foreach ((string name, Tensor<float> array) in map.Arrays) Write(name, $"{stem}.{map.FileName}.{name}.npy", array);
        return files;

        void Write(string what, string name, Tensor<float> array)
        {
            files[what] = writer.Array(name, array);
        }
    }
}
