using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace NetViz.Cli.Help;

/// <summary>
/// The help: of the program its commands in groups; of a command a sentence, examples, and its options in groups. Constants of
/// methods and limits appear with <c>--help-advanced</c> only.
/// </summary>
internal static class HelpText
{
    private const int Usual = 80, Widest = 120, NameColumn = 26;

    /// <summary>The columns of the terminal, 80 if there is none.</summary>
    public static int Width => Console.IsOutputRedirected ? Usual : Math.Clamp(TerminalColumns(), 40, Widest);

    /// <summary>The help of a command.</summary>
    /// <param name="command">The command; the root for the program's.</param>
    /// <param name="isAdvanced">Whether constants and limits are shown, and descriptions whole.</param>
    /// <param name="width">Columns.</param>
    public static string Of(Command command, bool isAdvanced, int width) =>
        command is RootCommand root ? OfProgram(root, width) : OfCommand(command, isAdvanced, width);

    private static string OfProgram(RootCommand root, int width)
    {
        var text = new StringBuilder();
        Wrap(text, "netviz shows what a convolutional network looks at: gradient, DeconvNet and guided back-propagation of ONNX "
            + "networks, down to the image.", 0, width);
        text.Append("\nUsage: netviz COMMAND [options]      netviz help COMMAND\n");
        foreach ((string title, IReadOnlyList<string> commands) in CommandGuide.Groups)
        {
            text.Append($"\n{title}\n");
            foreach (string name in commands) Entry(text, name, CommandGuide.Entries[name].Summary, width, 17);
        }

        text.Append("\nFirst steps\n  netviz saliency\n  netviz saliency photo.jpg --model vgg16\n\n");
        text.Append("--version, -v shows the version; --help, -h of a command its options.\n");
        return text.ToString();
    }

    private static string OfCommand(Command command, bool isAdvanced, int width)
    {
        var text = new StringBuilder();
        string path = PathOf(command);
        CommandEntry? entry = CommandGuide.Entries.GetValueOrDefault(path);
        Wrap(text, entry?.Summary ?? FirstSentence(command.Description ?? ""), 0, width);
        text.Append($"\nUsage: netviz {path}");
        foreach (Argument argument in command.Arguments)
            text.Append(argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}")
                .Append(argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");
        text.Append(command.Subcommands.Count > 0 ? " COMMAND [options]\n" : " [options]\n");
        if (entry is { Examples.Length: > 0 })
        {
            text.Append("\nExamples\n");
            foreach (string example in entry.Examples) text.Append($"  netviz {example}\n");
        }

        if (isAdvanced && command.Description is { } description && description != entry?.Summary)
        {
            text.Append('\n');
            Wrap(text, description, 0, width);
        }

        if (command.Subcommands.Count > 0)
        {
            text.Append("\nCommands\n");
            foreach (Command sub in command.Subcommands.Where(sub => !sub.Hidden))
                Entry(text, sub.Name, FirstSentence(sub.Description ?? ""), width, 17);
        }

        foreach (Argument argument in command.Arguments)
        {
            text.Append("\nWhat to look at\n");
            Entry(text, argument.Name, isAdvanced ? argument.Description! : Brief(NameOf(argument), argument.Description!), width, NameColumn);
        }

        Option[] options = [.. command.Options.Where(option => !option.Hidden && option is not (HelpOption or VersionOption)
            && option.Name != HelpCommands.AdvancedName)];
        foreach (string group in Groups)
        {
            Option[] own = [.. options.Where(option => GroupOf(option) == group
                && (isAdvanced || !CommandGuide.Advanced.Contains(option.Name)))];
            if (own.Length == 0) continue;
            text.Append($"\n{group}\n");
            foreach (Option option in own)
                Entry(text, NameOf(option, isAdvanced), DescriptionOf(option, isAdvanced), width, NameColumn);
        }

        if (!isAdvanced && options.Any(option => CommandGuide.Advanced.Contains(option.Name)))
            text.Append($"\nConstants, limits and details: netviz {path} --help-advanced\n");
        return text.ToString();
    }

    private const string Own = "Options", Rules = "Which rules", Results = "Output", Model = "Model and device";

    private static readonly string[] Groups = [Own, Rules, Results, Model];

    private static string GroupOf(Option option) => option.Name switch
    {
        "--rule" or "--rule-file" or "--trajectory" or "--box" or "--through" => Rules,
        "--output" or "--format" or "--scale" or "--colours" or "--percentile" or "--png-level" or "--write" or "--pack" or "--width" or "--dpi" or "--plot" or "--json" or "--quiet" or "--force" or "--strict" => Results,
        "--model" or "--from" or "--download-hours" or "--device" or "--threads" or "--algorithm" or "--precision"
            or "--preprocess" or "--size" or "--labels" or "--head" or "--allow-non-finite" or "--max-memory" or "--max-work"
            or "--max-pixels" => Model,
        _ => Own,
    };

    // Commands that take one picture and those that take many call it the same.
    private static string NameOf(Argument argument) =>
        argument is { Name: "IMAGE", Arity.MaximumNumberOfValues: 1 } ? "one IMAGE" : argument.Name;

    private static string NameOf(Option option, bool isAdvanced)
    {
        string alias = option.Aliases.FirstOrDefault(name => name.Length == 2) is { } letter ? $"{letter}, " : "";
        if (option.ValueType == typeof(bool)) return $"{alias}{option.Name}";
        string value = option.HelpName ?? "VALUE", whole = $"{alias}{option.Name} {value}";
        if (isAdvanced || whole.Length + 2 < NameColumn) return whole;
        // The first word of a pattern, or VALUE for one of many names.
        string first = value.Split('[', '.')[0];
        return $"{alias}{option.Name} {(first.Length is > 0 and < 10 && !first.Contains('|') ? first : "NAME")}";
    }

    private static string Brief(string name, string description) =>
        CommandGuide.Short.GetValueOrDefault(name) ?? FirstSentence(description);

    private static string DescriptionOf(Option option, bool isAdvanced)
    {
        string whole = option.Description ?? "", shown = isAdvanced ? whole : Brief(option.Name, whole);
        string value = option.HasDefaultValue && option.ValueType != typeof(bool)
            ? Convert.ToString(option.GetDefaultValue(), System.Globalization.CultureInfo.InvariantCulture) ?? "" : "";
        if (value.Length > 0 && value.Length < 20 && !shown.Contains("[default", StringComparison.Ordinal)) shown += $" [default: {value}]";
        else if (!isAdvanced && whole.IndexOf("[default:", StringComparison.Ordinal) is >= 0 and var at
            && !shown.Contains("[default:", StringComparison.Ordinal))
        {
            string usual = whole[at..];
            if (usual.Length < 40) shown += $" {usual}";
        }

        return shown;
    }

    /// <summary>The text up to the first stop or colon that is followed by a blank and lies outside of brackets.</summary>
    internal static string FirstSentence(string text)
    {
        int depth = 0;
        for (int i = 0; i < text.Length - 1; i++)
        {
            if (text[i] is '(' or '[') depth++;
            if (text[i] is ')' or ']') depth--;
            if (depth == 0 && text[i] is '.' or ';' && text[i + 1] == ' ' && depth == 0) return text[..i] + ".";
        }

        return text;
    }

    private static void Entry(StringBuilder text, string name, string description, int width, int column)
    {
        text.Append($"  {name}");
        if (name.Length + 2 >= column) text.Append('\n').Append(' ', column);
        else text.Append(' ', column - name.Length - 2);
        Wrap(text, description, column, width);
    }

    /// <summary>Appends a text in lines of a width; the lines after the first are indented.</summary>
    private static void Wrap(StringBuilder text, string words, int indent, int width)
    {
        int used = indent;
        bool isFirst = true;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isFirst && used + 1 + word.Length > width)
            {
                text.Append('\n').Append(' ', indent);
                used = indent;
                isFirst = true;
            }

            if (!isFirst)
            {
                text.Append(' ');
                used++;
            }

            text.Append(word);
            used += word.Length;
            isFirst = false;
        }

        text.Append('\n');
    }

    /// <summary>A command's name with those of its parents below the root.</summary>
    public static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
        ? $"{PathOf(parent)} {command.Name}"
        : command.Name;

    private static int TerminalColumns()
    {
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : Usual;
        }
        catch (IOException)
        {
            return Usual;
        }
    }
}
