using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using NetViz.Cli.Bench;
using NetViz.Cli.ClassModels;
using NetViz.Cli.Classify;
using NetViz.Cli.Cluster;
using NetViz.Cli.Common;
using NetViz.Cli.CompareRules;
using NetViz.Cli.Decompose;
using NetViz.Cli.Devices;
using NetViz.Cli.Docs;
using NetViz.Cli.Evaluate;
using NetViz.Cli.Explore;
using NetViz.Cli.Export;
using NetViz.Cli.Figures;
using NetViz.Cli.Help;
using NetViz.Cli.Info;
using NetViz.Cli.LinearRegions;
using NetViz.Cli.Localise;
using NetViz.Cli.Looking;
using NetViz.Cli.Merge;
using NetViz.Cli.Models;
using NetViz.Cli.Prove;
using NetViz.Cli.Reconstruction;
using NetViz.Cli.Repeat;
using NetViz.Cli.Reports;
using NetViz.Cli.Saliency;
using NetViz.Cli.Samples;
using NetViz.Cli.Step;
using NetViz.Cli.Tracing;
using NetViz.Cli.Train;
using NetViz.Cli.Unpool;
using NetViz.Engine;
using NetViz.Kernels.Gpu;
using NetViz.Procedures;

namespace NetViz.Cli;

/// <summary>The command <c>netviz</c>: arguments to library calls, results to files and standard output.</summary>
public static class Program
{
    /// <summary>Runs the command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>0; 2 for what the user can mend; 1 for a fault of the program.</returns>
    public static int Main(string[] args)
    {
        if (!OperatingSystem.IsWindows() && StartupLimits.CheckOpenFiles() is { } problem)
        {
            StartupLimits.Tell(problem);
            return 2;
        }

        try
        {
            return RunGuarded(args);
        }
        catch (Exception e) when (StartupLimits.Explain(e) is { } limit)
        {
            // The console itself could not be opened, so that no error reached it.
            StartupLimits.Tell(limit);
            return 2;
        }
    }

    // A method of its own: what it names is loaded after the check above.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunGuarded(string[] args)
    {
        // Before anything is written: no text that comes from elsewhere commands the terminal.
        using IDisposable filters = PrintableWriter.Install();

        // Numbers are read and written as in English and JSON, whatever the machine's language.
        CultureInfo culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return Run(args);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    /// <summary>
    /// Reads a command line. Nothing in it is read from elsewhere or means more than it says: no response files, so that a
    /// picture may be called @x.png, and no directives.
    /// </summary>
    internal static ParseResult Parse(IReadOnlyList<string> args) =>
        Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>Commands by the names that they had before. Help does not list them; they go with the next version.</summary>
    internal static IReadOnlyDictionary<string, Func<Command>> FormerNames { get; } = new Dictionary<string, Func<Command>>
    {
        ["parting"] = () => CompareRulesCommand.Create("parting"),
        ["telescope"] = () => DecomposeCommand.Create("telescope"),
        ["radius"] = () => LinearRegionCommand.Create("radius"),
        ["switches"] = () => UnpoolCommand.Create("switches"),
    };

    /// <summary>The name that a command has now.</summary>
    /// <param name="name">This name, or a former one.</param>
    internal static string PresentName(string name) => name switch
    {
        "parting" => "compare-rules",
        "telescope" => "decompose",
        "radius" => "linear-region",
        "switches" => "unpool",
        _ => name,
    };

    /// <summary>All commands. They are made once: options know every command that they were ever added to.</summary>
    internal static RootCommand Root => field ??= CreateRoot();

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "Shows what a convolutional network looks at: runs ONNX networks forward and backward down to the image, under the "
            + "gradient, DeconvNet and guided rules (Simonyan, Vedaldi, Zisserman, arXiv 1312.6034).")
        {
            SaliencyCommand.Create(),
            ClassifyCommand.Create(),
            ClassModelCommand.Create(),
            LocaliseCommand.Create(),
            ReconstructCommand.Create(),
            ActivationsCommand.Create(),
            FiltersCommand.Create(),
            ProveCommand.Create(),
            CompareRulesCommand.Create(),
            DecomposeCommand.Create(),
            LinearRegionCommand.Create(),
            TraceCommand.Create(),
            StepCommand.Create(),
            ExploreCommand.Create(),
            UnpoolCommand.Create(),
            ReportCommand.Create(),
            FigureCommand.Create(),
            RepeatCommand.Create(),
            EvaluateCommand.Create(),
            MergeCommand.Create(),
            ClusterCommand.Create(),
            InfoCommand.Create(),
            DevicesCommand.Create(),
            BenchCommand.Create(),
            ExportCommand.Create(),
            SamplesCommand.Create(),
            ModelsCommand.Create(),
            TrainCommand.Create(),
            DocsCommand.Create(),
        };
        foreach (Func<Command> create in FormerNames.Values)
        {
            Command former = create();
            former.Hidden = true;
            root.Add(former);
        }

        root.Directives.Clear();
        HelpCommands.Install(root);
        return root;
    }

    private static int Run(string[] args)
    {
        // Asked by scripts and installers: answered before the commands are made.
        if (args is ["--version"])
        {
            Console.Out.WriteLine(typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
                .InformationalVersion);
            return 0;
        }

        GpuDevices.Register();
        if (AmbiguousIn(args) is { } ambiguous)
        {
            Console.Error.WriteLine($"netviz: {OneLine($"'{ambiguous}' is an option and the name of a file in this folder")} "
                + $"({OneLine($"write ./{ambiguous} for the file; for the option, call netviz from another folder")})");
            return 2;
        }

        // The library takes it for a directive, and goes on without.
        if (args.Length > 0 && args[0].StartsWith('['))
        {
            Console.Error.WriteLine($"netviz: '{OneLine(args[0])}' is no command (netviz --help lists what is known)");
            return 2;
        }

        if (Environment.GetEnvironmentVariable(CompletionScript.Variable) is { Length: > 0 } line)
        {
            foreach (string completion in CompletionScript.Complete(line, Root)) Console.Out.WriteLine(OneLine(completion));
            return 0;
        }

        ParseResult parsed = Parse(args.Length == 0 ? ["--help"] : args);
        if (UnknownOptionIn(args, parsed) is { } unknown)
        {
            Command command = parsed.CommandResult.Command;
            string path = command is RootCommand ? "netviz" : $"netviz {HelpText.PathOf(command)}";
            string hint = NearestName.Hint(unknown, command.Options.Where(option => !option.Hidden).Select(option => option.Name))
                ?? $"{path} --help lists what is known";
            Console.Error.WriteLine($"netviz: '{OneLine(unknown)}' is no option of {path} ({OneLine(hint)})");
            return 2;
        }

        if (parsed.Errors.Count > 0 && parsed.Action is not SynchronousCommandLineAction { ClearsParseErrors: true })
        {
            // "Unrecognized ..." tells more than "required command was not provided", which comes with it.
            string problem = parsed.Errors.Select(error => error.Message.TrimEnd('.'))
                .OrderBy(m => m.Contains('\'') ? 0 : 1).First();
            string command = "netviz";
            foreach (SymbolResult result in Lineage(parsed.CommandResult)) command += $" {((CommandResult)result).Command.Name}";
            problem = problem
                .Replace(" as expected type 'System.Int32'", ": a whole number is expected", StringComparison.Ordinal)
                .Replace(" as expected type 'System.Nullable`1[System.Int32]'", ": a whole number is expected",
                    StringComparison.Ordinal);
            string hint = HintOf(parsed) ?? $"{command} --help lists what is known";
            Console.Error.WriteLine($"netviz: {OneLine(problem)} ({OneLine(hint)})");
            return 2;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (NetVizException e)
        {
            Console.Error.WriteLine($"netviz: {OneLine(SettingNames.AsOptions(e.Message))}");
            return 2;
        }
        catch (Exception e) when (StartupLimits.Explain(e) is { } limit)
        {
            Console.Error.WriteLine($"netviz: {limit}");
            return 2;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"netviz: {OneLine(SettingNames.AsOptions(e.Message))}");
            return 2;
        }
        catch (UnauthorizedAccessException e)
        {
            Console.Error.WriteLine($"netviz: {OneLine(SettingNames.AsOptions(e.Message))}");
            return 2;
        }
#pragma warning disable CA1031 // The outermost frame: whatever else escapes is a fault of ours, told in one line.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"netviz: internal error, {e.GetType().Name}: {OneLine(e.Message)} (please report it; "
                + "NETVIZ_TRACE=1 shows where)");
            if (Environment.GetEnvironmentVariable("NETVIZ_TRACE") == "1") Console.Error.WriteLine(e.StackTrace);
            return 1;
        }
    }

    /// <summary>
    /// A file whose name begins with a hyphen comes out of a pattern such as *.png as an option: the first such argument; null
    /// if there is none. What follows "--" is never an option.
    /// </summary>
    private static string? AmbiguousIn(string[] args) => args.TakeWhile(argument => argument != "--")
        .FirstOrDefault(argument => argument.Length > 1 && argument[0] == '-'
            && !argument.Contains('\0', StringComparison.Ordinal) && Path.Exists(argument));

    /// <summary>
    /// The first word that looks like an option and was taken for an argument, before what follows it is complained about; null
    /// if there is none.
    /// </summary>
    private static string? UnknownOptionIn(string[] args, ParseResult parsed)
    {
        List<string> taken = [.. parsed.UnmatchedTokens, .. parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(result => result.Tokens).Select(token => token.Value)];
        // A command behind "--" may have an option of the same name.
        foreach (string word in args.SkipWhile(arg => arg != "--").Skip(1)) taken.Remove(word);
        return args.TakeWhile(arg => arg != "--").FirstOrDefault(arg => arg.Length > 2 && arg.StartsWith("--", StringComparison.Ordinal)
            && taken.Contains(arg))?.Split('=')[0];
    }

    /// <summary>The command or option that was probably meant by one that is not known; null where none is near.</summary>
    private static string? HintOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        foreach (string token in parsed.UnmatchedTokens)
        {
            IEnumerable<string> known = token.StartsWith("--", StringComparison.Ordinal)
                ? command.Options.Where(option => !option.Hidden).Select(option => option.Name)
                : command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);
            if (NearestName.Hint(token, known) is { } hint) return hint;
        }

        return null;
    }

    /// <summary>The commands from the first below the root to the innermost.</summary>
    private static IEnumerable<SymbolResult> Lineage(SymbolResult result) =>
        result.Parent is null ? [] : [.. Lineage(result.Parent), result];

    private static string OneLine(string message) => Printable.Line(message);
}
