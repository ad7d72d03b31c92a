using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Help;

/// <summary>--help, --help-advanced, --version and -v, and the commands help, completion and man.</summary>
internal static class HelpCommands
{
    /// <summary>The option that shows constants and limits, too.</summary>
    public const string AdvancedName = "--help-advanced";

    /// <summary>Puts our help into a command line.</summary>
    public static void Install(RootCommand root)
    {
        for (int i = 0; i < root.Options.Count; i++)
        {
            // Not /h and /?, which are names of files.
            if (root.Options[i] is HelpOption) root.Options[i] = new HelpOption("--help", "-h", "-?") { Action = new Show(false) };
            if (root.Options[i] is VersionOption) root.Options[i] = new VersionOption("--version", "-v");
        }

        root.Add(new Option<bool>(AdvancedName)
        {
            Description = "Shows all options with whole descriptions.", Recursive = true, Hidden = true, Action = new Show(true),
        });
        root.Add(Help(root));
        root.Add(Completion(root));
        root.Add(Man(root));
    }

    private static Command Help(RootCommand root)
    {
        var names = new Argument<string[]>("COMMAND") { Description = "The command.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("help", CommandGuide.Entries["help"].Summary) { names };
        command.SetAction(parsed =>
        {
            Command found = root;
            foreach (string name in parsed.GetValue(names) ?? [])
            {
                found = found.Subcommands.FirstOrDefault(sub => sub.Name == name || sub.Aliases.Contains(name))
                    ?? throw new NetVizException($"'{name}' is no command of netviz",
                        NearestName.Hint(name, found.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name))
                        ?? "netviz --help lists all commands");
            }

            Console.Out.Write(HelpText.Of(found, isAdvanced: false, HelpText.Width));
            return 0;
        });
        return command;
    }

    private static Command Completion(RootCommand root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        var command = new Command("completion", CommandGuide.Entries["completion"].Summary) { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(CompletionScript.Of(parsed.GetValue(shell)!, root));
            return 0;
        });
        return command;
    }

    private static Command Man(RootCommand root)
    {
        var command = new Command("man", CommandGuide.Entries["man"].Summary);
        command.SetAction(_ =>
        {
            Console.Out.Write(ManPage.Of(root, ResultFiles.Version));
            return 0;
        });
        return command;
    }

    private sealed class Show(bool isAdvanced) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.Write(HelpText.Of(parseResult.CommandResult.Command, isAdvanced, HelpText.Width));
            return 0;
        }
    }
}
