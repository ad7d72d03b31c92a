using System.Numerics.Tensors;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

public sealed partial class Explainer
{
    /// <summary>
    /// Class saliency maps (arXiv 1312.6034, section 3): the class's score sent down to the image under each rule, and further
    /// maps.
    /// </summary>
    /// <param name="image">A picture, or an array that is already preprocessed.</param>
    /// <param name="options">What is explained, by which rules, as which maps; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, or does not fit the network or the options.</exception>
    public SaliencyResult Saliency(InputFile image, SaliencyOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SaliencyJob(options ?? new SaliencyOptions()).Explain(image, new ProcedureRun(progress, token));
    }

    /// <summary>What is the same for all images of one run.</summary>
    internal SaliencyJob SaliencyJob(SaliencyOptions options)
    {
        options.Check();
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.All);
        if (options.Layer is { } layer) Network.Find(layer);
        string[] classes = options.Classes.Count > 0 ? [.. options.Classes.Distinct()] : [OneImage.TopClass];
        int?[] indices = [.. classes.Select(c =>
            c.Equals(OneImage.TopClass, StringComparison.OrdinalIgnoreCase) ? (int?)null : Model.FindClass(c))];
        return new SaliencyJob(this, options, rules, indices);
    }
}

/// <summary>What is the same for all inputs of one run.</summary>
internal sealed record SaliencyJob(Explainer Model, SaliencyOptions Options, BackwardRule[] Rules, int?[] Classes)
{
    private MapSettings Maps => Options.Maps;

    /// <summary>The layer at whose output signals are shown; null for the image.</summary>
    public string? At => Maps.HasCam ? null : Options.Layer;

    private string? CamLayer => Maps.HasCam ? Options.Layer : null;

    /// <summary>How channels become one map unless numbers have a sign.</summary>
    public Reduction Reduction => Options.Reduction ?? Reduction.Max;

    /// <summary>What must be known of the rules; null for nothing.</summary>
    public string? RuleNote { get; } = LrnNote.Of(Rules, Model.Network);

    /// <summary>Computes the maps of a picture or an array.</summary>
    public SaliencyResult Explain(InputFile file, ProcedureRun run)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        return Explain(Read(file, run));
    }

    /// <summary>Reads and prepares a picture or an array, which needs no device.</summary>
    public ReadInput Read(InputFile file, ProcedureRun run)
    {
        // Its hash is computed now, on this thread.
        file.Sha256();
        if (file.IsArray)
        {
            return Maps.TenCrops ? throw new NetVizException($"'{file.Path}' is already cropped; `TenCrops` needs a picture")
                : new ReadInput(file, run, Model.ReadArray(file, run), null);
        }

        if (Maps.TenCrops)
        {
            CroppedInput ten = CroppedInput.Of(Model, file, Maps.CropsFrom, run);
            return new ReadInput(file, run, ten.Input, (ten.Photo, ten.Region, ten));
        }

        (Tensor<float> input, Photo photo, InputPlacement placement) = Model.ReadPicture(file, run);
        return new ReadInput(file, run, input, (photo, placement, null));
    }

    /// <summary>Computes the maps of what was read.</summary>
    public SaliencyResult Explain(ReadInput read) => read.Picture is { } picture
        ? ExplainPicture(read.File, read.Input, picture.Photo, picture.Placement, picture.Ten, read.Run)
        : ExplainArray(read.File, read.Input, read.Run);

    private SaliencyResult ExplainPicture(InputFile file, Tensor<float> input, Photo photo, InputPlacement placement,
        CroppedInput? ten, ProcedureRun run)
    {
        using Explained explained = Explain(input, run);
        ExplainedClass[] classes = [.. explained.ByClass.Select(c =>
            new ExplainedClass(Ranking.Mean(Model, explained.Record, c.Indices[0]), c.Maps)
            {
                Ledger = Options.Ledger ? TaylorReport.Of(TaylorLedger.Of(explained.Record, c.Indices)[0]) : null,
            })];
        ExplainedImage[] images = [new ExplainedImage(0, classes)];
        SaliencyReport report = Report(file, explained, classes[0].Class, new CropReport(placement, photo.Width, photo.Height),
            ten is null ? null : CropsOf(explained, ten), run);
        return new SaliencyResult(this, file, images, report)
        {
            Picture = (photo, placement, ten),
            Provenance = Model.ProvenanceOf(Options, file.Stem, file),
        };
    }

    private SaliencyResult ExplainArray(InputFile file, Tensor<float> input, ProcedureRun run)
    {
        using Explained explained = Explain(input, run);
        int n = explained.Record.InputShape.N;
        List<ExplainedClass>[] classes = [.. Enumerable.Range(0, n).Select(_ => new List<ExplainedClass>())];
        foreach ((int[] indices, IReadOnlyList<ComputedMap> maps) in explained.ByClass)
        {
            IReadOnlyList<TaylorLedger>? ledgers = Options.Ledger ? TaylorLedger.Of(explained.Record, indices) : null;
            for (int i = 0; i < n; i++)
            {
                classes[i].Add(new ExplainedClass(Ranking.Of(Model, explained.Record, i, indices[i]), maps)
                {
                    Ledger = TaylorReport.Of(ledgers?[i]),
                });
            }
        }

        ExplainedImage[] images = [.. classes.Select((c, i) => new ExplainedImage(i, c))];
        return new SaliencyResult(this, file, images, Report(file, explained, images[0].Classes[0].Class, null, null, run))
        {
            Provenance = Model.ProvenanceOf(Options, file.Stem, file),
        };
    }

    /// <summary>The layers whose activations the maps want.</summary>
    private IEnumerable<string> KeptFor(Tensor<float> input)
    {
        if (Options.Ledger || Maps.Kinds.Contains(MapKind.FullGrad))
            foreach (string name in TaylorLedger.Keeps(Model.Network)) yield return name;
        if (Maps.HasCam) yield return FurtherMaps.LayerOf(Model, CamLayer, input);
    }

    /// <summary>One forward pass, then all classes and maps from its record.</summary>
    private Explained Explain(Tensor<float> input, ProcedureRun run)
    {
        run.Token.ThrowIfCancellationRequested();
        (ForwardRecord record, double milliseconds) = MapTimes.Timed(Model,
            () => Model.Prepared.Forward(input, progress: null, run.Token, [.. KeptFor(input)]));
        var explained = new Explained(record, milliseconds, new MapTimes(Model));
        try
        {
            run.Token.ThrowIfCancellationRequested();
            var computation = new MapComputation(Model, Rules, Maps, At, CamLayer, run);
            // Crops of one picture are of one class, the one with the highest mean probability.
            int[][] classes = [.. Classes.Select(wanted => Maps.TenCrops
                ? Enumerable.Repeat(wanted ?? Ranking.TopOfMeans(record), record.InputShape.N).ToArray()
                : [.. Enumerable.Range(0, record.InputShape.N)
                    .Select(n => wanted ?? Ranking.Top(Model, record, n, 1)[0].Index)])];
            explained.ByClass.AddRange(classes.Zip(computation.Of(record, input, classes, explained.Times))
                .Select(pair => (pair.First, (IReadOnlyList<ComputedMap>)[.. pair.Second.Select(map =>
                    map with { ZeroNote = ZeroNoteOf(record, pair.First, map) })])));
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
    public IEnumerable<string> KnownResults(InputFile file, Look look)
    {
        SavedParts parts = look.Parts;
        if (parts.HasFlag(SavedParts.Json)) yield return $"{file.Stem}.json";
        string[] stems = Classes.Length == 1 ? [file.Stem]
            : [.. Classes.OfType<int>().Select(index => $"{file.Stem}.{index}")];
        foreach (string stem in stems)
        {
            if (!file.IsArray && parts.HasFlag(SavedParts.Sheet)) yield return stem + ".sheet" + look.Format.Extension();
            foreach (BackwardRule rule in Maps.Kinds.Contains(MapKind.Signal) ? Rules : [])
            {
                if (parts.HasFlag(SavedParts.Npy)) yield return $"{stem}.{rule.FileName()}.npy";
                if (file.IsArray) continue;
                if (parts.HasFlag(SavedParts.Png)) yield return $"{stem}.{rule.FileName()}.png";
                if (parts.HasFlag(SavedParts.Overlay)) yield return $"{stem}.{rule.FileName()}.overlay.png";
            }
        }
    }

    /// <summary>What the names of a picture's results begin with.</summary>
    public string PictureStem(InputFile file, int index) => Classes.Length == 1 ? file.Stem : $"{file.Stem}.{index}";

    /// <summary>What the names of an array's results begin with, for the wanted class k.</summary>
    public string ArrayStem(InputFile file, int k) => Classes.Length == 1
        ? file.Stem
        : $"{file.Stem}.{(Classes[k] is int index ? $"{index}" : OneImage.TopClass)}";

    private TenCropReport CropsOf(Explained explained, CroppedInput ten)
    {
        int first = explained.ByClass[0].Indices[0];
        return new TenCropReport(ten.Region.InputWidth, ten.Region.InputHeight, ten.From,
            "each pixel's mean over the crops that hold it [ours]",
            [.. ten.Crops.Places.Select((place, n) => new CropPlaceReport(place.Left, place.Top, place.IsMirrored,
                explained.Record.Scores[n, first], Ranking.Of(Model, explained.Record, n, first).Probability))]);
    }

    /// <summary>Why a signal is 0 everywhere; null where it is not.</summary>
    private static string? ZeroNoteOf(ForwardRecord record, int[] classes, ComputedMap map) =>
        map.Kind == MapKind.Signal && SignalNorm.Of(map.Signal!) == 0
            ? $"every value is 0: {LastReached(record, classes, map.Rule!)}"
            : null;

    /// <summary>The last layer of the backward pass at which a signal was seen.</summary>
    internal static string LastReached(ForwardRecord record, int[] classes, BackwardRule rule)
    {
        (int tensor, bool isAnyPositive) last = (-1, false);
        float[] values = [];
        record.Descend(Seed.Classes(classes), rule, (int tensor, DeviceTensor signal) =>
        {
            int count = checked((int)signal.Shape.Count);
            if (values.Length < count) values = new float[count];
            Span<float> numbers = values.AsSpan(0, count);
            record.Prepared.Kernels.Download(signal, numbers);
            float max = TensorPrimitives.Max<float>(numbers);
            // Both are NaN where a number is, which counts as nothing seen.
            if (max > 0 || TensorPrimitives.Min<float>(numbers) < 0) last = (tensor, max > 0);
        });
        string layer = last.tensor < 0 ? "" : record.Prepared.Network.NameOf(last.tensor);
        return last.isAnyPositive
            ? $"the signal ends below {layer}"
            : $"at {layer} all that is left of the signal is negative, and this rule passes positive signal only";
    }

    private SaliencyReport Report(InputFile file, Explained explained, RankedClass first, CropReport? crop, TenCropReport? ten,
        ProcedureRun run)
    {
        IKernels kernels = Model.Prepared.Kernels;
        Explainer.CheckScores(file, explained.Record, run);
        return new SaliencyReport(file.Path, Convert.ToHexStringLower(file.Sha256()), first.Index, first.Name, first.Score,
            first.Probability, [], [.. Rules.Select(rule => rule.Name)],
            crop is null ? null : Reduction.ToString().ToLowerInvariant(), At ?? Model.Network.Input.Name,
            Model.Model.Path, Model.Model.Sha256,
            crop is null ? "none: the input was given preprocessed" : Model.Preprocessing.Describe(),
            crop is null ? null : Model.Preprocessing.Source, crop,
            explained.Record.InputShape.Lengths.ToArray(), explained.Record.InputSha256,
            kernels.Name, kernels.Description, kernels.Threads, ResultFiles.Version,
            new TimesReport(Model.LoadMilliseconds, explained.ForwardMs, explained.Times.Milliseconds)
            {
                Compilation = Model.Compiled,
            }, run.TakeWarnings(Model))
        {
            Head = Model.Model.Head,
            RuleNote = RuleNote,
            TenCrops = ten,
        };
    }
}

/// <summary>A picture or an array that is ready for the network.</summary>
/// <param name="File">The file.</param>
/// <param name="Run">Receives warnings of it.</param>
/// <param name="Input">The network's input.</param>
/// <param name="Picture">The photograph, where the input lies on it, and the ten crops if there are; null for an array.</param>
internal sealed record ReadInput(InputFile File, ProcedureRun Run, Tensor<float> Input,
    (Photo Photo, InputPlacement Placement, CroppedInput? Ten)? Picture);

/// <summary>One forward pass and its maps.</summary>
internal sealed record Explained(ForwardRecord Record, double ForwardMs, MapTimes Times) : IDisposable
{
    /// <summary>For each wanted class: the class of each image, and the maps.</summary>
    public List<(int[] Indices, IReadOnlyList<ComputedMap> Maps)> ByClass { get; } = [];

    public void Dispose() => Record.Dispose();
}
