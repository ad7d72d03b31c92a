using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;
using Spectre.Console;

namespace NetViz.Cli.Common;

/// <summary>Results for people and for scripts.</summary>
internal static class Output
{
    /// <summary>JSON as scripts get it: snake_case, indented, text as it is.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = PlainEncoder.Instance,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // JSON has no NaN: "NaN" as text, where weights that are no numbers were let through.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The program's version.</summary>
    public static string Version { get; } = typeof(Output).Assembly.GetName().Version!.ToString(3);

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
    public static void PrintJson(object value) => System.Console.Out.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Writes JSON to a file, whole or not at all.</summary>
    public static void WriteJson(string path, object value) =>
        OutputFile.Write(path, ResultKind.Json, JsonSerializer.SerializeToUtf8Bytes(value, JsonOptions));

    /// <summary>Tells before the work whether the files that a command is going to write may be written.</summary>
    /// <param name="folder">The folder; null where nothing is written.</param>
    /// <param name="names">The files' names, whose extensions tell what they are.</param>
    /// <exception cref="NetVizException">One of them must not be written, or cannot be.</exception>
    public static void CheckResults(string? folder, params IEnumerable<string> names)
    {
        if (folder is null) return;
        foreach (string name in names) OutputFile.Check(Path.Combine(folder, name), KindOf(name));
    }

    /// <summary>What a result is by its name.</summary>
    public static ResultKind KindOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => ResultKind.Json,
        ".npy" => ResultKind.Array,
        ".webp" => ResultKind.Animation,
        ".html" => ResultKind.Page,
        ".zip" => ResultKind.Record,
        ".onnx" => ResultKind.Model,
        ".csv" => ResultKind.Table,
        _ => ResultKind.Picture,
    };

    /// <summary>The folder of --output, which is made only once there is something to write.</summary>
    /// <exception cref="NetVizException">It is a file.</exception>
    [return: NotNullIfNotNull(nameof(folder))]
    public static string? CheckFolder(string? folder)
    {
        if (folder is null) return null;
        if (folder.Length == 0) throw new NetVizException("--output is empty; a folder is wanted");
        return FileFacts.Of(folder, follow: true).Type is FileType.Missing or FileType.Folder
            ? folder
            : throw new NetVizException($"--output '{folder}' is a file; a folder is wanted");
    }

    /// <summary>The file of an option; null where it was not given.</summary>
    /// <exception cref="NetVizException">It is a folder.</exception>
    [return: NotNullIfNotNull(nameof(file))]
    public static string? CheckFile(string option, string? file) =>
        Directory.Exists(file) ? throw new NetVizException($"{option} '{file}' is a folder; a file is wanted") : file;

    /// <summary>Something to know in one line on standard error, unless the command is quiet.</summary>
    public static void Note(string message)
    {
        if (!IsQuiet.Value) System.Console.Error.WriteLine($"netviz: {Printable.Line(message)}");
    }

    /// <summary>A warning in one line on standard error.</summary>
    public static void Warn(string message) => System.Console.Error.WriteLine($"netviz: warning: {Printable.Line(message)}");

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

    /// <summary>Bytes as people read them.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => $"{bytes / 1e9:0.00} GB",
        >= 1_000_000 => $"{bytes / 1e6:0.0} MB",
        >= 1_000 => $"{bytes / 1e3:0.0} kB",
        _ => $"{bytes} B",
    };
}
