using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Cli.Docs;

/// <summary>
/// A chapter in Markdown whose listings, numbers and pictures come from netviz itself. Its source is Markdown, too:
/// <list type="bullet">
/// <item>a fenced block <c>```netviz</c> holds one command line; it becomes the command and what it printed;</item>
/// <item><c>```netviz lines 1..12</c> shows some lines of it only, <c>silent</c> the command alone, and <c>hidden</c>
/// nothing;</item>
/// <item><c>```netviz ... as NAME from FILE.json</c> keeps a JSON file that the command wrote; its numbers then stand in the
/// text by <c>{{NAME.path:format}}</c> (<see cref="JsonPath"/>);</item>
/// <item><c>```netviz silent as NAME</c>, or <c>hidden</c>, without a file keeps what the command prints under <c>--json</c>,
/// an option that is not shown;</item>
/// <item><c>&lt;!-- netviz needs: FILE... --&gt;</c> names files of the reader's that commands take, such as labelled pictures:
/// they are looked for in the folder that netviz docs is called in;</item>
/// <item><c>&lt;!-- netviz always: OPTIONS --&gt;</c> puts options after every command from there on without
/// showing them;</item>
/// <item>a picture <c>![...](images/x.png)</c> that a command wrote is kept.</item>
/// </list>
/// </summary>
internal sealed partial class Chapter
{
    private readonly string _path;
    private readonly string[] _lines;

    private Chapter(string path, string[] lines) => (_path, _lines) = (path, lines);

    /// <summary>Reads the source.</summary>
    /// <exception cref="NetVizException">There is no such file.</exception>
    public static Chapter Read(string path) => File.Exists(path)
        ? new Chapter(path, UntrustedFile.ReadLines(path, FileKind.Chapter))
        : throw new NetVizException($"'{path}' does not exist");

    /// <summary>How many commands it holds.</summary>
    public int Count => _lines.Count(line => Fence().IsMatch(line));

    /// <summary>The files that its commands take.</summary>
    /// <param name="folder">Where they are looked for.</param>
    /// <exception cref="NetVizException">One is not there (the line is named).</exception>
    public IReadOnlyList<string> Needed(string folder)
    {
        var files = new List<string>();
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Needs().Match(_lines[i]) is not { Success: true } needs) continue;
            foreach (string file in needs.Groups["files"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (file != Path.GetFileName(file)) throw Wrong(i, $"'{file}' is no plain file name");
                if (!File.Exists(Path.Combine(folder, file)))
                {
                    throw Wrong(i, $"the commands need '{file}', which is not in the working folder",
                        "copy or link it there and call netviz docs again");
                }

                files.Add(file);
            }
        }

        return files;
    }

    /// <summary>Checks that every command may be run, before any is.</summary>
    /// <param name="isTrusted">Whether the chapter is trusted.</param>
    /// <exception cref="NetVizException">One may not (its line is named).</exception>
    public void RequireAllowed(bool isTrusted)
    {
        string always = "";
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Always().Match(_lines[i]) is { Success: true } options) always = OptionsOf(options);
            else if (Fence().Match(_lines[i]) is { Success: true } fence && i + 1 < _lines.Length)
            {
                if (fence.Groups["file"] is { Length: > 0 } file && ChapterTrust.LeavesFolder(file.Value))
                    throw Wrong(i, $"'{file.Value}' is not in the folder that the chapter's commands work in");
                if (ChapterTrust.RefusalOf(_lines[i + 1].Trim() + always, isTrusted) is var (problem, hint))
                    throw Wrong(i, problem, hint);
            }
        }
    }

    /// <summary>The pictures that it shows, as it names them.</summary>
    public IReadOnlyList<string> Pictures =>
        [.. _lines.SelectMany(line => Picture().Matches(line)).Select(match => match.Groups["path"].Value).Distinct()];

    /// <summary>Runs the commands and fills the text.</summary>
    /// <param name="run">Runs a command line in a folder; returns its standard output.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="NetVizException">The source is not well formed, or a command failed (the line is named).</exception>
    public string Fill(Func<string, string> run, string folder)
    {
        var text = new StringBuilder();
        var results = new Dictionary<string, JsonPath>(StringComparer.Ordinal);
        string always = "";
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Always().Match(_lines[i]) is { Success: true } options)
            {
                always = OptionsOf(options);
                continue;
            }

            if (Needs().IsMatch(_lines[i])) continue;
            if (Fence().Match(_lines[i]) is not { Success: true } fence)
            {
                text.Append(Number().Replace(_lines[i], match => Value(results, match, i))).Append('\n');
                continue;
            }

            int first = i + 1, last = Array.IndexOf(_lines, "```", first);
            if (last != first + 1) throw Wrong(i, "a netviz block holds one line, then ```");
            string command = _lines[first].Trim();
            string how = fence.Groups["how"].Value.Trim();
            string name = fence.Groups["name"].Value, file = fence.Groups["file"].Value;
            bool printsJson = name.Length > 0 && file.Length == 0;
            if (printsJson && how is not ("silent" or "hidden"))
                throw Wrong(i,
                        $"'as {name}' without 'from FILE.json' keeps what --json prints; such a block is silent or hidden");
            string output = Run(run, command + always + (printsJson ? " --json" : ""), i);
            if (printsJson) results[name] = Parsed(output, i);
            else if (name.Length > 0)
            {
                string path = Path.Combine(folder, file);
                if (!File.Exists(path)) throw Wrong(i, $"the command wrote no '{file}'");
                results[name] = Parsed(UntrustedFile.ReadText(path, FileKind.Result), i);
            }

            i = last;
            if (how != "hidden") Show(text, command, how == "silent" ? [] : Select(output, how, last));
            else if (i + 1 < _lines.Length && _lines[i + 1].Length == 0) i++;
        }

        return text.ToString();
    }

    private static void Show(StringBuilder text, string command, IEnumerable<string> output)
    {
        text.Append("```console\n$ netviz ").Append(command).Append('\n');
        foreach (string line in output) text.Append(line).Append('\n');
        text.Append("```\n");
    }

    private string[] Select(string output, string how, int at)
    {
        string[] lines = [.. output.TrimEnd().Split('\n').Select(line => line.TrimEnd())];
        if (how.Length == 0) return lines;
        if (LineRange().Match(how) is not { Success: true } range)
            throw Wrong(at, $"'{how}' is none of lines A..B, silent, hidden");
        int from = LineNumber(range.Groups["from"].Value);
        int to = range.Groups["to"] is { Length: > 0 } end ? LineNumber(end.Value) : lines.Length;
        if (from < 1 || from > to || to > lines.Length) throw Wrong(at, $"the command printed "
            + $"{Counted.Of(lines.Length, "line")}");
        string[] before = from > 1 ? ["..."] : [], after = to < lines.Length ? ["..."] : [];
        return [.. before, .. lines[(from - 1)..to], .. after];
    }

    // A number that no line has is past the last.
    private static int LineNumber(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;

    private static string OptionsOf(Match always) => $" {always.Groups["options"].Value.Trim()}".TrimEnd();

    private JsonPath Parsed(string json, int line)
    {
        try
        {
            return JsonPath.Parse(json);
        }
        catch (JsonException e)
        {
            throw Wrong(line, $"what the command wrote is no JSON: {e.Message}");
        }
    }

    private string Run(Func<string, string> run, string command, int line)
    {
        try
        {
            return run(command);
        }
        catch (NetVizException e)
        {
            throw Wrong(line, e.Message);
        }
    }

    private string Value(Dictionary<string, JsonPath> results, Match match, int line)
    {
        string name = match.Groups["name"].Value;
        if (!results.TryGetValue(name, out JsonPath? json)) throw Wrong(line, $"no command before was named '{name}'");
        try
        {
            return json.Format(match.Groups["path"].Value, match.Groups["format"].Value);
        }
        catch (NetVizException e)
        {
            throw Wrong(line, e.Message);
        }
    }

    private NetVizException Wrong(int line, string problem, string? hint = null) =>
        new($"'{_path}', line {line + 1}: {problem}", hint);

    [GeneratedRegex(@"^```netviz(?<how>( .*?)??)( as (?<name>\w+)( from (?<file>\S+))?)?$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^<!-- netviz always:(?<options>.*)-->$")]
    private static partial Regex Always();

    [GeneratedRegex(@"^<!-- netviz needs:(?<files>.*)-->$")]
    private static partial Regex Needs();

    [GeneratedRegex(@"\{\{(?<name>\w+)(?<path>[^:}]*)(:(?<format>[^}]*))?\}\}")]
    private static partial Regex Number();

    [GeneratedRegex(@"!\[[^\]]*\]\((?<path>[^)]+)\)")]
    private static partial Regex Picture();

    [GeneratedRegex(@"^lines (?<from>[0-9]+)\.\.(?<to>[0-9]*)$")]
    private static partial Regex LineRange();
}
