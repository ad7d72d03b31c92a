using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Cli.Classify;
using NetViz.Cli.Saliency;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;

namespace NetViz.Cli.Common;

/// <summary>
/// One image run forward and one class of it: where the commands begin that look at a single backward pass.
/// </summary>
internal sealed class OneImage : IDisposable
{
    public static Argument<string?> Argument { get; } = new("IMAGE")
    {
        Description = "A picture, a .npy file of float32 [1, C, H, W] that is already preprocessed, or sample:NAME for a "
            + "picture that comes with netviz (netviz samples). [default: a sample]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<string> ClassName { get; } = new("--class", "-c")
    {
        Description = "The class whose score is looked at, by number or name, or 'top' for the one with the highest score.",
        HelpName = "N|NAME|top",
        DefaultValueFactory = _ => SaliencyCommand.TopClass,
    };

    public static Option<string?> Start { get; } = new("--start")
    {
        Description = "Where the signal starts instead of at the class score: LAYER:c,y,x one neuron, LAYER:c a channel, or "
            + "LAYER all of it, 1 everywhere. Zeiler and Fergus start from one activation.",
        HelpName = "LAYER[:c[,y,x]]",
    };

    private OneImage(InputFile file, LoadedModel model, Tensor<float> input, Photo? photo, InputPlacement? placement,
        ForwardRecord record, RankedClass ranked, string? start) =>
        (File, Model, Input, Photo, Placement, Record, Class, StartText) =
            (file, model, input, photo, placement, record, ranked, start);

    public InputFile File { get; }

    /// <summary>The model; the caller disposes it.</summary>
    public LoadedModel Model { get; }

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

    /// <summary>What --start says; null where the signal starts at the class's score.</summary>
    public string? StartText { get; }

    /// <summary>Where a backward pass starts: at the class's score, or where --start says.</summary>
    public Seed Seed => StartText is null ? Seed.Class(Class.Index) : SeedOf(StartText, Network);

    /// <summary>The start for people, for example <c>orange</c> or <c>conv5_1:17</c>.</summary>
    public string StartName => StartText ?? Class.Name;

    /// <summary>Reads the IMAGE of the command line and runs it forward.</summary>
    /// <param name="parsed">The command line, with <see cref="Argument"/> and <see cref="ClassName"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="keep">Layers whose activations the record shall hold.</param>
    /// <exception cref="NetVizException">The image or the class does not exist, or does not fit the network.</exception>
    public static OneImage Open(ParseResult parsed, LoadedModel model, params string[] keep) => Open(
        TheOne(parsed.GetValue(Argument)), model, parsed.GetValue(ClassName)!,
        parsed.CommandResult.Command.Options.Contains(Start) ? parsed.GetValue(Start) : null, keep);

    /// <summary>Reads an image and runs it forward.</summary>
    /// <param name="file">The image.</param>
    /// <param name="model">The model.</param>
    /// <param name="className">The class by number or name, or 'top'.</param>
    /// <param name="start">Where the signal starts; null for the class's score.</param>
    /// <param name="keep">Layers whose activations the record shall hold.</param>
    /// <exception cref="NetVizException">The image or the class does not exist, or does not fit the network.</exception>
    public static OneImage Open(InputFile file, LoadedModel model, string className, string? start, params string[] keep)
    {
        (Tensor<float> input, Photo? photo, InputPlacement? placement) = Read(file, model);
        ForwardRecord record = model.Prepared.Forward(input, keep);
        try
        {
            model.CheckScores(file, record);
            RankedClass ranked = className.Equals(SaliencyCommand.TopClass, StringComparison.OrdinalIgnoreCase)
                ? Ranking.Top(model, record, 0, 1)[0]
                : Ranking.Of(model, record, 0, model.Model.FindClass(className));
            if (start is not null) SeedOf(start, model.Network);
            return new OneImage(file, model, input, photo, placement, record, ranked, start);
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>Reads an image and runs it forward.</summary>
    /// <param name="path">A picture, a .npy, sample:NAME, or null for a sample.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="NetVizException">The image does not exist, or does not fit the network.</exception>
    public static (InputFile File, ForwardRecord Record) Forward(string? path, LoadedModel model)
    {
        InputFile file = TheOne(path);
        Tensor<float> input = Read(file, model).Input;
        ForwardRecord record = model.Prepared.Forward(input);
        model.CheckScores(file, record);
        return (file, record);
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
            _ => throw new NetVizException($"--start '{start}': after the colon stand one or three numbers: a channel, or c,y,x"),
        };
    }

    /// <summary>A layer's name may hold a colon itself: what is no number belongs to it.</summary>
    internal static (string Layer, int[] Place) SplitStart(string start, Network network)
    {
        int colon = start.LastIndexOf(':');
        string[] numbers = colon < 0 ? [] : start[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        bool isPlace = numbers.Length > 0 && numbers.All(number => int.TryParse(number, out _));
        string layer = isPlace ? start[..colon] : start;
        network.Find(layer);
        return (layer, isPlace ? [.. numbers.Select(number => int.Parse(number, CultureInfo.InvariantCulture))] : []);
    }

    /// <summary>The one image that a path names; null names a sample.</summary>
    /// <exception cref="NetVizException">It names several, or none.</exception>
    public static InputFile TheOne(string? path)
    {
        IReadOnlyList<InputFile> files = InputFile.Expand(path is null ? [] : [path]);
        return files.Count == 1
            ? files[0]
            : throw new NetVizException($"'{path}' holds {Counted.Of(files.Count, "image")}; this command takes one");
    }

    private static (Tensor<float> Input, Photo? Photo, InputPlacement? Placement) Read(InputFile file, LoadedModel model)
    {
        if (!file.IsArray) return model.ReadPicture(file);
        Tensor<float> input = model.ReadArray(file);
        return input.Rank > 0 && input.Lengths[0] != 1
            ? throw new NetVizException($"'{file.Path}' holds {Counted.Of(input.Lengths[0], "image")}; this command takes one")
            : (input, null, null);
    }
}
