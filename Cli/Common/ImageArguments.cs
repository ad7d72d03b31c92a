using System.CommandLine;
using NetViz.Procedures;

namespace NetViz.Cli.Common;

/// <summary>The arguments and options of commands that look at pictures.</summary>
internal static class ImageArguments
{
    /// <summary>What the help of a command on several pictures says of exit codes.</summary>
    public const string Help = " Of several pictures, those that cannot be read are left out and named at the end on standard "
        + "error; the exit code is 0 where at least one was read, otherwise 2 (--strict stops at the first).";

    public static Option<bool> Strict { get; } = new("--strict")
    {
        Description = "Stop at the first picture that cannot be read, with exit code 2, instead of leaving it out.",
    };

    public static Argument<string?> One { get; } = new("IMAGE")
    {
        Description = "A picture, a .npy file of float32 [1, C, H, W] that is already preprocessed, or sample:NAME for a "
            + "picture that comes with netviz (netviz samples). [default: a sample]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<string> ClassName { get; } = new("--class", "-c")
    {
        Description = "The class whose score is looked at, by number or name, or 'top' for the one with the highest score.",
        HelpName = "N|NAME|top",
        DefaultValueFactory = _ => OneImage.TopClass,
    };

    public static Option<string?> Start { get; } = StartOf("--start");

    /// <summary>The same where no other layers are named.</summary>
    public static Option<string?> LayerStart { get; } = StartOf("--layer", "--start");

    private static Option<string?> StartOf(string name, params string[] aliases) => new(name, aliases)
    {
        Description = "Where the signal starts instead of at the class score: LAYER:c,y,x one neuron, LAYER:c a channel, or "
            + "LAYER all of it, 1 everywhere. Zeiler and Fergus start from one activation.",
        HelpName = "LAYER[:c[,y,x]]",
    };

    /// <summary>The one image of the command line.</summary>
    public static InputFile OneOf(ParseResult parsed) => OneImage.TheOne(parsed.GetValue(One), Output.Note);

    /// <summary>The images of the command line.</summary>
    public static IReadOnlyList<InputFile> AllOf(ParseResult parsed) =>
        InputFile.Expand(parsed.GetValue(CommonOptions.Images)!, Output.Note);

    /// <summary>Names what was left out on standard error, whether the command is quiet or not.</summary>
    /// <param name="broken">What was left out.</param>
    /// <param name="read">How many pictures were read.</param>
    public static void Tell(BrokenPictures broken, int read)
    {
        foreach (string sentence in broken.Sentences(read)) Output.Warn(sentence);
    }
}
