using System.CommandLine;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Cli;

/// <summary>
/// One image run forward and one class of it: where the commands begin that look at a single backward pass.
/// </summary>
internal sealed class OneImage : IDisposable
{
    public static Argument<string?> Argument { get; } = new("IMAGE")
    {
        Description = "A picture, a .npy file of float32 [1, C, H, W] that is already preprocessed, or sample:NAME for a scene "
            + "that netviz draws itself (netviz samples). [default: a sample]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<string> ClassName { get; } = new("--class", "-c")
    {
        Description = "The class whose score is looked at, by number or name, or 'top' for the one with the highest score.",
        HelpName = "N|NAME|top",
        DefaultValueFactory = _ => SaliencyCommand.TopClass,
    };

    private OneImage(InputFile file, LoadedModel model, Tensor<float> input, Photo? photo, InputPlacement? placement,
        ForwardRecord record, RankedClass ranked) =>
        (File, Model, Input, Photo, Placement, Record, Class) = (file, model, input, photo, placement, record, ranked);

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

    /// <summary>The class's score as the start of a backward pass.</summary>
    public Seed Seed => Seed.Class(Class.Index);

    /// <summary>Reads the IMAGE of the command line and runs it forward.</summary>
    /// <param name="parsed">The command line, with <see cref="Argument"/> and <see cref="ClassName"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="keep">Layers whose activations the record shall hold.</param>
    /// <exception cref="NetVizException">The image or the class does not exist, or does not fit the network.</exception>
    public static OneImage Open(ParseResult parsed, LoadedModel model, params string[] keep)
    {
        string? path = parsed.GetValue(Argument);
        IReadOnlyList<InputFile> files = InputFile.Expand(path is null ? [] : [path]);
        if (files.Count != 1) throw new NetVizException($"'{path}' holds {files.Count} images; this command takes one");
        InputFile file = files[0];
        Photo? photo = null;
        InputPlacement? placement = null;
        Tensor<float> input;
        if (file.IsArray)
        {
            input = model.ReadArray(file);
            if (input.Rank > 0 && input.Lengths[0] != 1)
                throw new NetVizException($"'{path}' holds {input.Lengths[0]} images; this command takes one");
        }
        else
        {
            (input, photo, placement) = model.ReadPicture(file);
        }

        ForwardRecord record = model.Prepared.Forward(input, keep);
        try
        {
            model.CheckScores(file, record);
            string name = parsed.GetValue(ClassName)!;
            RankedClass ranked = name.Equals(SaliencyCommand.TopClass, StringComparison.OrdinalIgnoreCase)
                ? Ranking.Top(model, record, 0, 1)[0]
                : Ranking.Of(model, record, 0, model.Model.FindClass(name));
            return new OneImage(file, model, input, photo, placement, record, ranked);
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>For example <c>orange.png: orange (41), score 12.3, probability 77.8 %</c>.</summary>
    public override string ToString() => Printable.Line(
        $"{File.Path}: {Class.Name} ({Class.Index}), score {Class.Score:0.000}, probability {Class.Probability:P1}");

    public void Dispose() => Record.Dispose();
}
