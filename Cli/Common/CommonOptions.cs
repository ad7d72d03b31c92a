using System.CommandLine;
using System.CommandLine.Parsing;
using NetViz.Cli.Help;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Kernels;
using NetViz.Procedures;

namespace NetViz.Cli.Common;

/// <summary>The options that every command knows.</summary>
internal static class CommonOptions
{
    public static Argument<string[]> Images { get; } = new("IMAGE")
    {
        Description = "Pictures, folders of pictures, .npy files of float32 [N, C, H, W] that are already preprocessed, or "
            + "sample:NAME for a picture that comes with netviz (netviz samples). [default: a sample]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Option<string?> Model { get; } = new("--model", "-m")
    {
        Description = "The network: an ONNX file, or a name of the catalogue (netviz models list), which is downloaded on first "
            + "use. Default: the small VGG of 50 classes that ships with netviz.",
        HelpName = "FILE|NAME",
    };

    public static Option<string?> From { get; } = new("--from")
    {
        Description = "Where models of the catalogue come from: a mirror's address or a folder. Default: NETVIZ_MIRROR, else the "
            + "address in the catalogue.",
        HelpName = "URL",
    };

    public static Option<double> DownloadHours { get; } = new("--download-hours")
    {
        Description = "The hours that the download of a model may take in all; what came by then is kept, and the next run goes "
            + "on from there.",
        HelpName = "HOURS",
        DefaultValueFactory = _ => ModelOptions.DefaultDownloadHours,
    };

    public static Option<string> DeviceName { get; } = new("--device")
    {
        Description = "Where to compute: auto (a CUDA device, else an OpenCL card, else the processor), cpu, cuda[:n], "
            + "opencl[:n], reference (plain loops), reference64 (the same in double), ilgpu-cpu (the GPU's kernels in ILGPU's "
            + "emulation, very slow). netviz devices lists what there is. Default: NETVIZ_DEVICE, else auto.",
        HelpName = "DEVICE",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NETVIZ_DEVICE") is { Length: > 0 } named ? named : "auto",
    };

    public static Option<int> Threads { get; } = new("--threads")
    {
        Description = "Threads of the processor; 0 is one a core.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    public static Option<string> Algorithm { get; } = new("--algorithm")
    {
        Description = "How convolutions are computed, on the CPU and on GPUs: auto, winograd (3x3 kernels of stride 1 with "
            + "a quarter of the products; a layer's relative error about 1e-6), direct (plain float32 sums, about 3e-7).",
        HelpName = "auto|winograd|direct",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<string> Precision { get; } = new("--precision")
    {
        Description = "The arithmetic of products: float32, or tf32 (ten bits of mantissa; a layer's relative error about 3e-4), "
            + "on CUDA devices that have tensor cores.",
        HelpName = "float32|tf32",
        DefaultValueFactory = _ => "float32",
    };

    public static Option<string?> Preprocess { get; } = new("--preprocess")
    {
        Description = "What becomes of pixels before they enter: torchvision, caffe-vgg, caffe or unit. Default: the side-car "
            + "MODEL.netviz.json, what the file itself carries, or what is known of it by its SHA-256.",
        HelpName = "PRESET",
    };

    public static Option<int?> Size { get; } = new("--size")
    {
        Description = "Side of the square input, for networks that leave it open.",
        HelpName = "PIXELS",
    };

    public static Option<string?> Labels { get; } = new("--labels")
    {
        Description = "Class names: a text file with one a line, or a JSON array. Default: the side-car's, those in the file, or "
            + "ImageNet's for 1000 classes.",
        HelpName = "FILE",
    };

    public static Option<string?> Head { get; } = new("--head")
    {
        Description = "Which output of a network with several is taken: by its name, by the name of a node, or of anything that "
            + "a node writes. Its numbers are the scores. Default: the first on which no other output depends, named on standard "
            + "error where there are several such; netviz info lists all outputs.",
        HelpName = "NODE",
    };

    public static Option<bool> AllowNonFinite { get; } = new("--allow-non-finite")
    {
        Description = "Take weights and arrays that hold NaN or infinity.",
    };

    public static Option<double?> MaxMemory { get; } = new("--max-memory")
    {
        Description = "Gigabytes that loading and one pass may take. Default: 0.8, and 64 times the file's length.",
        HelpName = "GB",
    };

    public static Option<double?> MaxWork { get; } = new("--max-work")
    {
        Description = "Billions of operations that one pass in both directions may take. Default: 100, and 10 for each megabyte "
            + "of the file.",
        HelpName = "N",
    };

    public static Option<long?> MaxPixels { get; } = new("--max-pixels")
    {
        Description = "Pixels that a picture may have; larger ones are refused before they are decoded. Default: 12 million, and "
            + "8 for each byte of the file, up to 100 million.",
        HelpName = "N",
    };

    public static Option<string> OutputFolder { get; } = new("--output", "-o")
    {
        Description = "The folder for the results; made if it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print the result as JSON on standard output, and nothing else there.",
    };

    public static Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Print nothing but errors (and JSON, if asked for).",
    };

    public static Option<bool> Force { get; } = new("--force")
    {
        Description = "Replace files that netviz did not write. Files that the command reads are never written over.",
    };

    /// <summary>A command on a network, with the common options after its own.</summary>
    public static Command Create(string name, string description, IEnumerable<Symbol> own, Func<ParseResult, int> action) =>
        CreatePlain(name, description,
            [
                .. own, Model, From, DownloadHours, DeviceName, Threads, Algorithm, Precision, Preprocess, Size, Labels, Head,
                AllowNonFinite, MaxMemory, MaxWork,
            ],
            action);

    /// <summary>A command on something else than a network: only the options on how to print come after its own.</summary>
    public static Command CreatePlain(string name, string description, IEnumerable<Symbol> own, Func<ParseResult, int> action)
    {
        var command = new Command(name, description);
        Symbol[] symbols = [.. own];
        Symbol[] force = symbols.Any(IsOutput) ? [Force] : [];
        foreach (Symbol symbol in (Symbol[])[.. symbols, .. force, Json, Quiet])
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        command.SetAction(parsed =>
        {
            using FileGuard guard = FileGuard.Begin(force.Length > 0 && parsed.GetValue(Force));
            Output.IsQuiet.Value = parsed.GetValue(Quiet);
            RecordInputs(parsed);
            using IDisposable record = new CommandRecord(Program.PresentName(HelpText.PathOf(parsed.CommandResult.Command).Split(' ')[0]), WordsOf(parsed),
                Directory.GetCurrentDirectory(), FilesOf(parsed)).Begin();
            return action(parsed);
        });
        return command;
    }

    /// <summary>Whether an option names where results go.</summary>
    public static bool IsOutput(Symbol symbol) => symbol is Option { Name: "--output" or "--plot" or "--pack" };

    /// <summary>Every file that the command line names, but as a place for results, is one that the command reads.</summary>
    private static void RecordInputs(ParseResult parsed)
    {
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            if (result is OptionResult { Option: var option } && IsOutput(option)) continue;
            foreach (string value in result.Tokens.Select(token => token.Value))
            {
                FileType type = value.Contains('\0', StringComparison.Ordinal)
                    ? FileType.Missing
                    : FileFacts.Of(value, follow: true).Type;
                if (type == FileType.Regular) FileGuard.Reads(value);
                else if (type == FileType.Folder && result is OptionResult) FileGuard.ReadsFolder(value);
            }
        }
    }

    /// <summary>
    /// The command line without where its results go and which shard it is: no result depends on these, so that two folders, or
    /// the shards of a run, hold the same bytes.
    /// </summary>
    private static string[] WordsOf(ParseResult parsed)
    {
        HashSet<string> places = [.. parsed.CommandResult.Command.Options.Where(option => IsOutput(option) || option == ShardOption.Shard)
            .SelectMany(option => option.Aliases.Append(option.Name))];
        var words = new List<string>();
        for (int i = 0; i < parsed.Tokens.Count; i++)
        {
            if (parsed.Tokens[i].Type == TokenType.Option && places.Contains(parsed.Tokens[i].Value)) i++;
            else words.Add(parsed.Tokens[i].Value);
        }

        return [.. words];
    }

    /// <summary>The files that options name, whose hashes results keep; models have theirs.</summary>
    private static string[] FilesOf(ParseResult parsed)
    {
        const string Toward = "toward:";
        return [.. parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(result => !IsOutput(result.Option) && result.Option != Model && result.Option != From)
            .SelectMany(result => result.Tokens)
            // A figure's file is an argument.
            .Concat(parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens)
                .Where(token => token.Value.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
            .Select(token => token.Value)
            .Select(value => value.StartsWith(Toward, StringComparison.Ordinal) ? value[Toward.Length..] : value)
            .Where(value => value.Length > 0 && !value.Contains('\0', StringComparison.Ordinal)
                && FileFacts.Of(value, follow: true).Type == FileType.Regular)
            .Distinct()];
    }

    /// <summary>Which model is meant, and where it is computed.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="auto">The algorithm that <c>--algorithm auto</c> stands for.</param>
    public static ModelOptions ModelOf(ParseResult parsed, ConvAlgorithm auto = ConvAlgorithm.Auto)
    {
        IList<Option> known = parsed.CommandResult.Command.Options;
        var algorithm = ParseChoice<ConvAlgorithm>("--algorithm", parsed.GetValue(Algorithm)!);
        return new ModelOptions
        {
            Model = parsed.GetValue(Model),
            From = known.Contains(From) ? parsed.GetValue(From) : null,
            DownloadHours = known.Contains(DownloadHours) ? parsed.GetValue(DownloadHours) : ModelOptions.DefaultDownloadHours,
            Device = parsed.GetValue(DeviceName)!,
            Threads = parsed.GetValue(Threads),
            Algorithm = algorithm == ConvAlgorithm.Auto ? auto : algorithm,
            Precision = ParseChoice<GpuPrecision>("--precision", parsed.GetValue(Precision)!),
            Preprocess = parsed.GetValue(Preprocess),
            Size = parsed.GetValue(Size),
            Labels = parsed.GetValue(Labels),
            Head = parsed.GetValue(Head),
            AllowNonFinite = parsed.GetValue(AllowNonFinite),
            MaxMemory = parsed.GetValue(MaxMemory),
            MaxWork = parsed.GetValue(MaxWork),
            MaxPixels = known.Contains(MaxPixels) ? parsed.GetValue(MaxPixels) : null,
        };
    }

    /// <summary>Loads the model of the command line on its device.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="auto">The algorithm that <c>--algorithm auto</c> stands for.</param>
    public static Explainer Open(ParseResult parsed, ConvAlgorithm auto = ConvAlgorithm.Auto) =>
        Explainer.Open(ModelOf(parsed, auto), ConsoleProgress.Of(parsed));

    /// <summary>One of an enumeration's names, in whatever case.</summary>
    /// <exception cref="NetVizException">It is none of them.</exception>
    public static T ParseChoice<T>(string option, string name)
        where T : struct, Enum =>
        Enum.GetNames<T>().Contains(name, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<T>(name, ignoreCase: true)
            : throw new NetVizException($"{option} '{name}' is unknown; there are "
                + $"{string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");
}
