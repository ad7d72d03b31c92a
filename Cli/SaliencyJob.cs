using System.Diagnostics;
using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Proofs;
using NetViz.Kernels;
using NetViz.Visualisation;

namespace NetViz.Cli;

/// <summary>What is the same for all inputs of one run.</summary>
internal sealed record SaliencyJob(LoadedModel Model, BackwardRule[] Rules, Reduction Reduction, string? At, int?[] Classes,
    string Folder)
{
    /// <summary>Whether the Taylor ledger of each score is wanted.</summary>
    public bool Ledger { get; init; }

    /// <summary>A picture: one image, pictures of each class and rule, and the raw signal.</summary>
    public SaliencyReport ExplainPicture(InputFile file)
    {
        (Tensor<float> input, Photo photo, InputPlacement placement) = Model.ReadPicture(file);
        using Explained explained = Explain(input);
        var classes = new List<ClassReport>();
        foreach ((int[] indices, Dictionary<BackwardRule, Tensor<float>> signals) in explained.ByClass)
        {
            RankedClass ranked = Ranking.Of(Model, explained.Record, 0, indices[0]);
            IReadOnlyList<TaylorLedger>? ledgers = Ledger ? TaylorLedger.Of(explained.Record, indices) : null;
            string stem = Stem(file, indices[0]);
            Tensor<float>[] planes = [.. Rules.Select(rule => Planes(signals[rule]))];
            InputPlacement laid = placement with
            {
                InputHeight = (int)planes[0].Lengths[2],
                InputWidth = (int)planes[0].Lengths[3],
            };
            RuleSignal[] planesByRule =
                [.. Rules.Select((rule, r) => new RuleSignal(rule.FileName(), planes[r], Caption: rule.Name))];
            var pictures = new SaliencyPictures(photo, laid, planesByRule, new SaliencyPictureOptions
            {
                Reduction = Reduction,
                Channels = Model.Preprocessing.Order,
                Title = $"{Path.GetFileName(file.Path)}: {ranked.Name}",
                Subtitle = $"{Path.GetFileName(Model.Model.Path)}, class {ranked.Index}, score {ranked.Score:0.00}, "
                    + $"probability {ranked.Probability:P1}{(At is null ? "" : $", at {At}")}",
            });
            IReadOnlyList<string> written = pictures.Save(Folder, stem);
            var maps = new List<MapReport>();
            for (int r = 0; r < Rules.Length; r++)
            {
                string npy = WriteSignal(stem, Rules[r], signals[Rules[r]]);
                maps.Add(Map(explained.Record, indices, Rules[r], signals[Rules[r]], new Dictionary<string, string>
                {
                    ["map"] = Path.GetFileName(written[2 * r]),
                    ["overlay"] = Path.GetFileName(written[2 * r + 1]),
                    ["signal"] = npy,
                }) with
                {
                    Peak = pictures.Maps[r].Peak,
                    ScaleLimit = pictures.Scales[r].Limit,
                    ScalePercentile = pictures.Scales[r].Percentile,
                });
            }

            classes.Add(new ClassReport(ranked.Index, ranked.Name, ranked.Score, ranked.Probability, maps,
                Path.GetFileName(written[^1])) { Ledger = TaylorReport.Of(ledgers?[0]) });
        }

        return Finish(file, explained, [new ImageReport(0, classes)], new CropReport(placement, photo.Width, photo.Height));
    }

    /// <summary>A preprocessed array: the raw signal for all its images at once.</summary>
    public SaliencyReport ExplainArray(InputFile file)
    {
        using Explained explained = Explain(Model.ReadArray(file));
        int n = explained.Record.InputShape.N;
        List<ClassReport>[] classes = [.. Enumerable.Range(0, n).Select(_ => new List<ClassReport>())];
        for (int k = 0; k < explained.ByClass.Count; k++)
        {
            (int[] indices, Dictionary<BackwardRule, Tensor<float>> signals) = explained.ByClass[k];
            string stem = Classes.Length == 1
                ? file.Stem
                : $"{file.Stem}.{(Classes[k] is int index ? $"{index}" : SaliencyCommand.TopClass)}";
            MapReport[] maps = [.. Rules.Select(rule => Map(explained.Record, indices, rule, signals[rule],
                new Dictionary<string, string> { ["signal"] = WriteSignal(stem, rule, signals[rule]) }))];
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

        return Finish(file, explained, [.. classes.Select((c, i) => new ImageReport(i, c))], null);
    }

    /// <summary>One forward pass, then all classes and rules from its record.</summary>
    private Explained Explain(Tensor<float> input)
    {
        long start = Stopwatch.GetTimestamp();
        ForwardRecord record = Model.Prepared.Forward(input, Ledger ? TaylorLedger.Keeps(Model.Network) : []);
        var explained = new Explained(record, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        try
        {
            foreach (int? wanted in Classes)
            {
                int[] indices = [.. Enumerable.Range(0, record.InputShape.N)
                    .Select(n => wanted ?? Ranking.Top(Model, record, n, 1)[0].Index)];
                var signals = new Dictionary<BackwardRule, Tensor<float>>();
                foreach (BackwardRule rule in Rules)
                {
                    start = Stopwatch.GetTimestamp();
                    signals[rule] = record.Backward(Seed.Classes(indices), rule, At);
                    explained.BackwardMs.TryAdd(rule.Name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                explained.ByClass.Add((indices, signals));
            }

            return explained;
        }
        catch
        {
            explained.Dispose();
            throw;
        }
    }

    private string Stem(InputFile file, int index) => Classes.Length == 1 ? file.Stem : $"{file.Stem}.{index}";

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

    private string WriteSignal(string stem, BackwardRule rule, Tensor<float> signal)
    {
        string name = $"{stem}.{rule.FileName()}.npy";
        Npy.Write(Path.Combine(Folder, name), signal);
        return name;
    }

    private static MapReport Map(ForwardRecord record, int[] classes, BackwardRule rule, Tensor<float> signal,
        Dictionary<string, string> files)
    {
        double norm = Norm(signal);
        return new MapReport(rule.Name, files, [.. signal.Lengths.ToArray().Select(length => (int)length)], norm)
        {
            Note = norm > 0 ? null
                : double.IsNaN(norm) ? "the signal holds NaN: weights are no numbers, or something grew beyond float32"
                : $"every value is 0: {LastReached(record, classes, rule)}",
        };
    }

    /// <summary>Where on the way down the last signal was seen.</summary>
    private static string LastReached(ForwardRecord record, int[] classes, BackwardRule rule)
    {
        (string layer, double norm, double positive) last = ("", 0, 0);
        record.Descend(Seed.Classes(classes), rule, (layer, signal) =>
        {
            double norm = Norm(signal);
            if (norm > 0) last = (layer, norm, signal.Count(value => value > 0) / (double)signal.FlattenedLength);
        });
        return last.positive > 0
            ? $"the signal ends below {last.layer}"
            : $"at {last.layer} all that is left of the signal is negative, and this rule passes positive signal only";
    }

    private static double Norm(Tensor<float> signal) => Math.Sqrt(signal.Sum(value => (double)value * value));

    private SaliencyReport Finish(InputFile file, Explained explained, IReadOnlyList<ImageReport> images, CropReport? crop)
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
            new TimesReport(Model.LoadMilliseconds, explained.ForwardMs, explained.BackwardMs), Model.TakeWarnings());
        AtomicFile.Write(Path.Combine(Folder, $"{file.Stem}.json"),
            JsonSerializer.SerializeToUtf8Bytes(report, Output.JsonOptions));
        return report;
    }
}

/// <summary>One forward pass and its signals.</summary>
internal sealed record Explained(ForwardRecord Record, double ForwardMs) : IDisposable
{
    /// <summary>For each wanted class: the class of each image, and one signal a rule.</summary>
    public List<(int[] Indices, Dictionary<BackwardRule, Tensor<float>> Signals)> ByClass { get; } = [];

    public Dictionary<string, double> BackwardMs { get; } = [];

    public void Dispose() => Record.Dispose();
}
