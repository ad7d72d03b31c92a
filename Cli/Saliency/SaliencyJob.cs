using System.Numerics.Tensors;
using NetViz.Analysis.Traces;
using NetViz.Cli.Classify;
using NetViz.Cli.Common;
using NetViz.Cli.Maps;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;

namespace NetViz.Cli.Saliency;

/// <summary>What is the same for all inputs of one run.</summary>
internal sealed record SaliencyJob(LoadedModel Model, BackwardRule[] Rules, Reduction Reduction, string? At, int?[] Classes,
    string Folder, MapSettings Maps)
{
    /// <summary>Whether the Taylor ledger of each score is wanted.</summary>
    public bool Ledger { get; init; }

    /// <summary>Whether --reduce was given; otherwise maps of relevance keep their sign.</summary>
    public bool IsReductionGiven { get; init; }

    /// <summary>A picture: one image or ten crops of it, pictures of each class and map, and the raw signal.</summary>
    public SaliencyReport ExplainPicture(InputFile file)
    {
        if (Maps.TenCrops)
        {
            CroppedInput ten = CroppedInput.Of(Model, file, Maps.CropsFrom);
            return ExplainPicture(file, ten.Input, ten.Photo, ten.Region, ten);
        }

        (Tensor<float> input, Photo photo, InputPlacement placement) = Model.ReadPicture(file);
        return ExplainPicture(file, input, photo, placement, null);
    }

    private SaliencyReport ExplainPicture(InputFile file, Tensor<float> input, Photo photo, InputPlacement placement,
        CroppedInput? ten)
    {
        using Explained explained = Explain(input);
        var classes = new List<ClassReport>();
        foreach ((int[] indices, IReadOnlyList<ComputedMap> maps) in explained.ByClass)
        {
            RankedClass ranked = Ranking.Mean(Model, explained.Record, indices[0]);
            IReadOnlyList<TaylorLedger>? ledgers = Ledger ? TaylorLedger.Of(explained.Record, indices) : null;
            string stem = Stem(file, indices[0]);
            RuleSignal[] drawn = [.. maps.Select(map => Drawn(map, ten?.Crops))];
            (int height, int width) = drawn[0].Signal is { } first
                ? ((int)first.Lengths[2], (int)first.Lengths[3])
                : (drawn[0].Map!.Height, drawn[0].Map!.Width);
            InputPlacement laid = placement with { InputHeight = height, InputWidth = width };
            var pictures = new SaliencyPictures(photo, laid, drawn, new SaliencyPictureOptions
            {
                Reduction = Reduction,
                Channels = Model.Preprocessing.Order,
                Title = $"{Path.GetFileName(file.Path)}: {ranked.Name}",
                Subtitle = $"{Path.GetFileName(Model.Model.Path)}, class {ranked.Index}, "
                    + $"{ScoreText.Of(ranked.Score, ranked.Probability, "0.00")}{(At is null ? "" : $", at {At}")}"
                    + (ten is null ? "" : $", means over ten crops out of "
                    + $"{ten.Region.InputWidth}x{ten.Region.InputHeight} pixels"),
            });
            IReadOnlyList<string> written = pictures.Save(Folder, stem);
            MapReport[] reports = [.. maps.Select((map, k) => Map(explained.Record, indices, map, WriteArrays(stem, map,
                ten is null || drawn[k].Signal is null ? map.Signal : drawn[k].Signal, new Dictionary<string, string>
                {
                    ["map"] = Path.GetFileName(written[2 * k]),
                    ["overlay"] = Path.GetFileName(written[2 * k + 1]),
                }), ten is null ? map.Signal : drawn[k].Signal) with
            {
                Peak = pictures.Maps[k].Peak,
                ScaleLimit = pictures.Scales[k].Limit,
                ScalePercentile = pictures.Scales[k].Percentile,
            })];
            classes.Add(new ClassReport(ranked.Index, ranked.Name, ranked.Score, ranked.Probability, reports,
                Path.GetFileName(written[^1])) { Ledger = TaylorReport.Of(ledgers?[0]) });
        }

        return Finish(file, explained, [new ImageReport(0, classes)], new CropReport(placement, photo.Width, photo.Height),
            ten is null ? null : CropsOf(explained, ten));
    }

    /// <summary>A preprocessed array: the raw signal for all its images at once.</summary>
    public SaliencyReport ExplainArray(InputFile file)
    {
        if (Maps.TenCrops)
            throw new NetVizException($"'{file.Path}' is already cropped; --crops 10 needs a picture");
        using Explained explained = Explain(Model.ReadArray(file));
        int n = explained.Record.InputShape.N;
        List<ClassReport>[] classes = [.. Enumerable.Range(0, n).Select(_ => new List<ClassReport>())];
        for (int k = 0; k < explained.ByClass.Count; k++)
        {
            (int[] indices, IReadOnlyList<ComputedMap> computed) = explained.ByClass[k];
            string stem = Classes.Length == 1
                ? file.Stem
                : $"{file.Stem}.{(Classes[k] is int index ? $"{index}" : SaliencyCommand.TopClass)}";
            MapReport[] maps = [.. computed.Select(map => Map(explained.Record, indices, map,
                WriteArrays(stem, map, map.Signal, []), map.Signal))];
            IReadOnlyList<TaylorLedger>? ledgers = Ledger ? TaylorLedger.Of(explained.Record, indices) : null;
            for (int i = 0; i < n; i++)
            {
                RankedClass ranked = Ranking.Of(Model, explained.Record, i, indices[i]);
                classes[i].Add(new ClassReport(ranked.Index, ranked.Name, ranked.Score, ranked.Probability, maps, null)
                {
                    Ledger = TaylorReport.Of(ledgers?[i]),
                });
            }
        }

        return Finish(file, explained, [.. classes.Select((c, i) => new ImageReport(i, c))], null, null);
    }

    /// <summary>The layers whose activations the maps want.</summary>
    private IEnumerable<string> KeptFor(Tensor<float> input)
    {
        if (Ledger || Maps.Kinds.Contains(MapKind.FullGrad))
            foreach (string name in TaylorLedger.Keeps(Model.Network)) yield return name;
        if (Maps.HasCam) yield return FurtherMaps.LayerOf(Model, Maps, input);
    }

    /// <summary>One forward pass, then all classes and maps from its record.</summary>
    private Explained Explain(Tensor<float> input)
    {
        (ForwardRecord record, double milliseconds) = MapTimes.Timed(Model,
            () => Model.Prepared.Forward(input, [.. KeptFor(input)]));
        var explained = new Explained(record, milliseconds, new MapTimes(Model));
        try
        {
            var computation = new MapComputation(Model, Rules, Maps, At);
            // Crops of one picture are of one class, the one with the highest mean probability.
            int[][] classes = [.. Classes.Select(wanted => Maps.TenCrops
                ? Enumerable.Repeat(wanted ?? Ranking.TopOfMeans(record), record.InputShape.N).ToArray()
                : [.. Enumerable.Range(0, record.InputShape.N)
                    .Select(n => wanted ?? Ranking.Top(Model, record, n, 1)[0].Index)])];
            explained.ByClass.AddRange(classes.Zip(computation.Of(record, input, classes, explained.Times)));
            return explained;
        }
        catch
        {
            explained.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The results of a file whose names are known before it is looked at: not those of further maps, nor, of several classes,
    /// of the one with the highest score.
    /// </summary>
    public IEnumerable<string> KnownResults(InputFile file)
    {
        yield return $"{file.Stem}.json";
        string[] stems = Classes.Length == 1 ? [file.Stem]
            : [.. Classes.OfType<int>().Select(index => $"{file.Stem}.{index}")];
        foreach (string stem in stems)
        {
            if (!file.IsArray) yield return $"{stem}.sheet.png";
            foreach (BackwardRule rule in Maps.Kinds.Contains(MapKind.Signal) ? Rules : [])
            {
                yield return $"{stem}.{rule.FileName()}.npy";
                if (file.IsArray) continue;
                yield return $"{stem}.{rule.FileName()}.png";
                yield return $"{stem}.{rule.FileName()}.overlay.png";
            }
        }
    }

    private string Stem(InputFile file, int index) => Classes.Length == 1 ? file.Stem : $"{file.Stem}.{index}";

    /// <summary>A map as pictures take it: of ten crops the mean.</summary>
    private RuleSignal Drawn(ComputedMap map, TenCrops? crops)
    {
        Tensor<float>? planes = map.Signal is null || MapOptions.IsDrawnFromMap(map.Kind) ? null : Planes(map.Signal);
        string? formula = map.Formula;
        SaliencyMap? laid = map.Map;
        if (crops is not null)
        {
            laid = crops.Average([.. Enumerable.Range(0, TenCrops.Count).Select(k => SaliencyMap.Of(planes!, k, Reduction))]);
            planes = crops.Average(planes!);
            formula = $"mean over ten crops of {SaliencyPictures.FormulaOf(Reduction, map.Symbol)}";
        }

        if (laid is null && map.IsSigned && !IsReductionGiven) laid = SaliencyMap.Of(planes!, 0, Reduction.Signed);
        if (map.IsSigned && !IsReductionGiven) formula = SaliencyPictures.FormulaOf(Reduction.Signed, map.Symbol);
        return new RuleSignal(map.FileName, planes, Caption: map.Name) { Map = laid, Symbol = map.Symbol, Formula = formula };
    }

    /// <summary>
    /// A signal as [N, C, H, W] for pictures. An inner layer's map lies where the input lies, with its own rows and columns.
    /// </summary>
    private Tensor<float> Planes(Tensor<float> signal)
    {
        if (signal.Rank != 4)
            throw new NetVizException($"layer '{At}' has the output shape [{string.Join(", ", signal.Lengths.ToArray())}]; "
                + "a map needs rows and columns", "choose a layer before the network flattens");
        return signal.ToPlanes(Model.Network.LayoutOf(At is null ? 0 : Model.Network.Find(At)));
    }

    /// <summary>Writes the raw signal and what else belongs to a map, and adds the files' names.</summary>
    private Dictionary<string, string> WriteArrays(string stem, ComputedMap map, Tensor<float>? signal,
        Dictionary<string, string> files)
    {
        if (map.Exact is { } exact && Model.Prepared.Kernels.ComputesInDouble && !Maps.TenCrops)
        {
            string name = $"{stem}.{map.FileName}.npy";
            Npy.Write(Path.Combine(Folder, name), exact);
            files["signal"] = name;
        }
        else if (signal is not null)
        {
            Write("signal", $"{stem}.{map.FileName}.npy", signal);
        }

        foreach ((string name, Tensor<float> array) in map.Arrays) Write(name, $"{stem}.{map.FileName}.{name}.npy", array);
        return files;

        void Write(string what, string name, Tensor<float> array)
        {
            Npy.Write(Path.Combine(Folder, name), array);
            files[what] = name;
        }
    }

    private static MapReport Map(ForwardRecord record, int[] classes, ComputedMap map, Dictionary<string, string> files,
        Tensor<float>? signal)
    {
        double? norm = signal is null ? null : SignalNorm.Of(signal);
        return new MapReport(map.Rule?.Name, files, signal is null ? null
            : [.. signal.Lengths.ToArray().Select(length => (int)length)], norm)
        {
            Map = MapOptions.NameOf(map.Kind),
            Title = map.Name,
            Part = map.Part,
            Constants = map.Constants,
            Note = norm is null or > 0 ? map.Note
                : double.IsNaN(norm.Value) ? "the signal holds NaN: weights are no numbers, or something grew beyond float32"
                : map.Kind == MapKind.Signal ? $"every value is 0: {LastReached(record, classes, map.Rule!)}"
                : map.Note ?? "every value is 0",
        };
    }

    private TenCropReport CropsOf(Explained explained, CroppedInput ten)
    {
        int first = explained.ByClass[0].Indices[0];
        return new TenCropReport(ten.Region.InputWidth, ten.Region.InputHeight, ten.From,
            "each pixel's mean over the crops that hold it [ours]",
            [.. ten.Crops.Places.Select((place, n) => new CropPlaceReport(place.Left, place.Top, place.IsMirrored,
                explained.Record.Scores[n, first], Ranking.Of(Model, explained.Record, n, first).Probability))]);
    }

    /// <summary>Where on the way down the last signal was seen.</summary>
    internal static string LastReached(ForwardRecord record, int[] classes, BackwardRule rule)
    {
        (string layer, double norm, double positive) last = ("", 0, 0);
        record.Descend(Seed.Classes(classes), rule, (layer, signal) =>
        {
            double norm = SignalNorm.Of(signal);
            if (norm > 0) last = (layer, norm, signal.Count(value => value > 0) / (double)signal.FlattenedLength);
        });
        return last.positive > 0
            ? $"the signal ends below {last.layer}"
            : $"at {last.layer} all that is left of the signal is negative, and this rule passes positive signal only";
    }

    private SaliencyReport Finish(InputFile file, Explained explained, IReadOnlyList<ImageReport> images, CropReport? crop,
        TenCropReport? ten)
    {
        IKernels kernels = Model.Prepared.Kernels;
        ClassReport first = images[0].Classes[0];
        Model.CheckScores(file, explained.Record);
        var report = new SaliencyReport(file.Path, Convert.ToHexStringLower(file.Sha256()), first.ClassIndex,
            first.ClassName, first.Score, first.Probability, images, [.. Rules.Select(rule => rule.Name)],
            crop is null ? null : Reduction.ToString().ToLowerInvariant(), At ?? Model.Network.Input.Name,
            Model.Model.Path, Model.Model.Sha256,
            crop is null ? "none: the input was given preprocessed" : Model.Preprocessing.Describe(),
            crop is null ? null : Model.Preprocessing.Source, crop,
            explained.Record.InputShape.Lengths.ToArray(), explained.Record.InputSha256,
            kernels.Name, kernels.Description, kernels.Threads, Output.Version,
            new TimesReport(Model.LoadMilliseconds, explained.ForwardMs, explained.Times.Milliseconds)
            {
                Compilation = Model.Compiled,
            }, Model.TakeWarnings())
        {
            Head = Model.Model.Head,
            RuleNote = Model.RuleNote,
            TenCrops = ten,
        };
        Output.WriteJson(Path.Combine(Folder, $"{file.Stem}.json"), report);
        return report;
    }
}

/// <summary>One forward pass and its maps.</summary>
internal sealed record Explained(ForwardRecord Record, double ForwardMs, MapTimes Times) : IDisposable
{
    /// <summary>For each wanted class: the class of each image, and the maps.</summary>
    public List<(int[] Indices, IReadOnlyList<ComputedMap> Maps)> ByClass { get; } = [];

    public void Dispose() => Record.Dispose();
}
