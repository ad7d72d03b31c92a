using System.CommandLine;
using System.Text;

namespace NetViz.Cli.Help;

/// <summary>The manual page in roff, from the same texts as the help.</summary>
internal static class ManPage
{
    /// <summary>The page.</summary>
    /// <param name="root">The command line.</param>
    /// <param name="version">The program's version.</param>
    public static string Of(RootCommand root, string version)
    {
        var page = new StringBuilder();
        page.Append($".TH NETVIZ 1 \"\" \"netviz {version}\"\n.SH NAME\nnetviz \\- shows what a convolutional network looks at\n");
        page.Append(".SH SYNOPSIS\n.B netviz\n.I COMMAND\n[options]\n.SH DESCRIPTION\n").Append(Escape(root.Description!)).Append('\n');
        foreach ((string title, IReadOnlyList<string> names) in CommandGuide.Groups)
        {
            page.Append($".SH {title.ToUpperInvariant()}\n");
            foreach (string name in names)
                Append(page, root.Subcommands.First(command => command.Name == name));
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, Command command)
    {
        string path = HelpText.PathOf(command);
        page.Append($".SS \"netviz {path}\"\n{Escape(command.Description ?? "")}\n");
        foreach (Argument argument in command.Arguments)
            page.Append($".TP\n.I {argument.Name}\n{Escape(argument.Description ?? "")}\n");
        foreach (Option option in command.Options.Where(option => !option.Hidden))
        {
            string value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName}";
            page.Append($".TP\n.B {Escape(option.Name + value)}\n{Escape(option.Description ?? "")}\n");
        }

        foreach (Command sub in command.Subcommands) Append(page, sub);
    }

    // A hyphen is a minus, and a line that begins with a stop or an apostrophe would be a request.
    private static string Escape(string text)
    {
        string escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? $"\\&{escaped}" : escaped;
    }
}
