using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>
/// One image run forward and one class of it: where the procedures begin that look at a single backward pass.
/// </summary>
internal sealed class OneImage : IDisposable
{
    private OneImage(InputFile file, Explainer model, Tensor<float> input, Photo? photo, InputPlacement? placement,
        ForwardRecord record, RankedClass ranked, string? start, ProcedureRun run) =>
        (File, Model, Input, Photo, Placement, Record, Class, StartText, Run) =
            (file, model, input, photo, placement, record, ranked, start, run);

    /// <summary>The class with the highest score, as options write it.</summary>
    public const string TopClass = "top";

    /// <summary>The call that the image belongs to.</summary>
    public ProcedureRun Run { get; }

    /// <summary>The rules that signals of this image follow, as far as <see cref="NoteRules"/> was told.</summary>
    private BackwardRule[] Rules { get; set; } = [];

    /// <summary>What must be known of the rules that signals follow; null if nothing: <see cref="LrnNote"/>.</summary>
    public string? RuleNote => LrnNote.Of(Rules, Network);

    /// <summary>Takes note of rules that signals follow.</summary>
    public OneImage NoteRules(params BackwardRule[] rules)
    {
        Rules = [.. Rules, .. rules];
        return this;
    }

    public InputFile File { get; }

    /// <summary>The model; the caller disposes it.</summary>
    public Explainer Model { get; }

    /// <summary>What went in: [1, C, H, W], or [1, H, W, C] where the network takes it so.</summary>
    public Tensor<float> Input { get; }

    /// <summary>The photograph; null where an array was given.</summary>
    public Photo? Photo { get; }

    /// <summary>Where the input lies on the photograph.</summary>
    public InputPlacement? Placement { get; }

    /// <summary>The forward pass.</summary>
    public ForwardRecord Record { get; }

    /// <summary>The class that is looked at.</summary>
    public RankedClass Class { get; }

    public Network Network => Model.Network;

    /// <summary>Where the options let the signal start; null where the signal starts at the class's score.</summary>
    public string? StartText { get; }

    /// <summary>Where a backward pass starts: at the class's score, or where the options say.</summary>
    public Seed Seed => StartText is null ? Seed.Class(Class.Index) : SeedOf(StartText, Network);

    /// <summary>The start for people, for example <c>orange</c> or <c>conv5_1:17</c>.</summary>
    public string StartName => StartText ?? Class.Name;

    /// <summary>Reads an image and runs it forward.</summary>
    /// <param name="file">The image.</param>
    /// <param name="model">The model.</param>
    /// <param name="className">The class by number or name, or 'top'.</param>
    /// <param name="start">Where the signal starts; null for the class's score.</param>
    /// <param name="run">Receives warnings.</param>
    /// <param name="keep">Layers whose activations the record shall hold.</param>
    /// <exception cref="NetVizException">The image or the class does not exist, or does not fit the network.</exception>
    public static OneImage Open(InputFile file, Explainer model, string className, string? start, ProcedureRun run,
        params string[] keep)
    {
        (Tensor<float> input, Photo? photo, InputPlacement? placement) = Read(file, model, run);
        run.Token.ThrowIfCancellationRequested();
        ForwardRecord record = model.Prepared.Forward(input, progress: null, run.Token, keep);
        try
        {
            Explainer.CheckScores(file, record, run);
            RankedClass ranked = className.Equals(TopClass, StringComparison.OrdinalIgnoreCase)
                ? Ranking.Top(model, record, 0, 1)[0]
                : Ranking.Of(model, record, 0, model.Model.FindClass(className));
            if (start is not null) SeedOf(start, model.Network);
            return new OneImage(file, model, input, photo, placement, record, ranked, start, run);
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>Reads an image and runs it forward.</summary>
    /// <param name="file">The image.</param>
    /// <param name="model">The model.</param>
    /// <param name="run">Receives warnings.</param>
    /// <exception cref="NetVizException">The image does not exist, or does not fit the network.</exception>
    public static ForwardRecord Forward(InputFile file, Explainer model, ProcedureRun run)
    {
        ForwardRecord record = model.Prepared.Forward(Read(file, model, run).Input, progress: null, run.Token);
        Explainer.CheckScores(file, record, run);
        return record;
    }

    /// <summary>For example <c>orange.png: orange (41), score 12.3, probability 77.8 %</c>.</summary>
    public override string ToString() => Printable.Line(
        $"{File.Path}: {Class.Name} ({Class.Index}), {Class.ScoreInWords}"
        + (StartText is null ? "" : $"; the signal starts at {StartText}"));

    public void Dispose() => Record.Dispose();

    private static Seed SeedOf(string start, Network network)
    {
        (string layer, int[] place) = SplitStart(start, network);
        return place switch
        {
            [] => Seed.Layer(layer),
            [int c] => Seed.Channel(layer, c),
            [int c, int y, int x] => Seed.Neuron(layer, c, y, x),
            _ => throw new NetVizException($"`Start` '{start}': after the colon stand one or three numbers: a channel, or c,y,x"),
        };
    }

    /// <summary>
    /// Parts LAYER:c,y,x or LAYER:c. A layer's name may hold a colon itself: what is no number belongs to it, and a name that the
    /// network has is taken whole.
    /// </summary>
    internal static (string Layer, int[] Place) SplitStart(string start, Network network)
    {
        if (network.Nodes.Any(node => node.Name == start) || network.Input.Name == start) return (start, []);
        int colon = start.LastIndexOf(':');
        string[] numbers = colon < 0 ? [] : start[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        bool isPlace = numbers.Length > 0 && numbers.All(number => int.TryParse(number, out _));
        string layer = isPlace ? start[..colon] : start;
        network.Find(layer);
        return (layer, isPlace ? [.. numbers.Select(number => int.Parse(number, CultureInfo.InvariantCulture))] : []);
    }

    /// <summary>The one image that a path names; null names a sample.</summary>
    /// <exception cref="NetVizException">It names several, or none.</exception>
    public static InputFile TheOne(string? path, Action<string>? note = null)
    {
        IReadOnlyList<InputFile> files = InputFile.Expand(path is null ? [] : [path], note);
        return files.Count == 1
            ? files[0]
            : throw new NetVizException($"'{path}' holds {Counted.Of(files.Count, "image")}; this command takes one");
    }

    private static (Tensor<float> Input, Photo? Photo, InputPlacement? Placement) Read(InputFile file, Explainer model,
        ProcedureRun run)
    {
        if (!file.IsArray) return model.ReadPicture(file, run);
        Tensor<float> input = model.ReadArray(file, run);
        return input.Rank > 0 && input.Lengths[0] != 1
            ? throw new NetVizException($"'{file.Path}' holds {Counted.Of(input.Lengths[0], "image")}; this command takes one")
            : (input, null, null);
    }
}
