using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Common;

/// <summary>Results for people and for scripts.</summary>
internal static class Output
{
    /// <summary>Whether the command that runs was called with --quiet.</summary>
    public static AsyncLocal<bool> IsQuiet { get; } = new();

    /// <summary>A console for people, as wide as a page where it is no terminal.</summary>
    public static IAnsiConsole Console
    {
        get
        {
            IAnsiConsole console = TerminalOutput.OnOut();
            if (System.Console.IsOutputRedirected) console.Profile.Width = 140;
            return console;
        }
    }

    /// <summary>Prints JSON.</summary>
    public static void PrintJson(object value) => System.Console.Out.WriteLine(ResultFiles.Json(value));

    /// <summary>Something to know in one line on standard error, unless the command is quiet.</summary>
    public static void Note(string message)
    {
        if (!IsQuiet.Value) System.Console.Error.WriteLine($"netviz: {Printable.Line(SettingNames.AsOptions(message))}");
    }

    /// <summary>A warning in one line on standard error.</summary>
    public static void Warn(string message) =>
        System.Console.Error.WriteLine($"netviz: warning: {Printable.Line(SettingNames.AsOptions(message))}");

    /// <summary>A line for people.</summary>
    public static void Line(string text) => System.Console.WriteLine(Printable.Line(text));

    /// <summary>
    /// Says what the default network is where it looked at a user's photograph: its answer is one of few, whatever is on it.
    /// </summary>
    /// <param name="model">The network.</param>
    /// <param name="files">What it looked at.</param>
    public static void FirstPhotograph(Explainer model, IEnumerable<InputFile> files)
    {
        if (!model.IsDefault || files.All(file => file.IsArray || file.Path.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal)))
            return;
        Line($"The default network is a network of {model.Model.ClassCount} classes at 64x64; for photographs name a model: `netviz models list`");
    }

    /// <summary>Says in one line what a command wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="names">The files in it.</param>
    public static void Wrote(string folder, IReadOnlyList<string> names)
    {
        const int Named = 3;
        // What one opens comes first.
        names = [.. names.OrderBy(name => Path.GetExtension(name) switch { ".npy" => 2, ".json" => 1, _ => 0 })];
        string some = string.Join(", ", names.Take(Named)) + (names.Count > Named ? $" and {names.Count - Named} more" : "");
        Line($"wrote {some} to {Path.TrimEndingDirectorySeparator(folder)}{Path.DirectorySeparatorChar}");
    }

    /// <summary>Prints what must be known of the rules, if there is something.</summary>
    public static void RuleNote(string? note)
    {
        if (note is not null) Line(note);
    }

    /// <summary>Prints lines and tables that a procedure made.</summary>
    public static void Print(ResultText text)
    {
        IAnsiConsole console = Console;
        foreach (object part in text.Parts)
        {
            if (part is TextTable table)
            {
                Table drawn = Table([.. table.Columns]);
                foreach (IReadOnlyList<string> row in table.Rows)
                    drawn.AddRow([.. row.Select(cell => Markup.Escape(Printable.Line(cell)))]);
                console.Write(drawn);
            }
            else
            {
                console.WriteLine((string)part);
            }
        }
    }

    /// <summary>A table without frills, its first column to the left and the others to the right.</summary>
    /// <param name="columns">The headings; one that begins with &lt; is aligned to the left.</param>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i].TrimStart('<'))) { NoWrap = true };
            table.AddColumn(i == 0 || columns[i].StartsWith('<') ? column.LeftAligned() : column.RightAligned());
        }

        return table;
    }
}
