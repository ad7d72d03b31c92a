using System.CommandLine;
using System.CommandLine.Parsing;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Repeat;

/// <summary>
/// The command line of a result as it is run again: for this result alone, into another folder. The .json may come from a
/// stranger: what it runs only looks at networks and pictures, reads nothing that its hashes do not name, downloads nothing and
/// writes into that folder alone.
/// </summary>
internal static class RepeatedCommand
{
    private static readonly HashSet<string> Repeatable =
    [
        "saliency", "class-model", "localise", "reconstruct", "activations", "filters", "prove", "compare-rules", "decompose",
        "linear-region", "unpool", "report", "figure", .. Program.FormerNames.Keys,
    ];

    // Where results go and what is printed is decided here; the model is the one that was used, by its path.
    private static readonly HashSet<string> LeftOut =
        ["--output", "--plot", "--pack", "--force", "--json", "--quiet", "--strict", "--from", "--download-hours", "--model"];

    /// <summary>Makes the command line.</summary>
    /// <param name="result">The result.</param>
    /// <param name="path">Its .json, for messages.</param>
    /// <param name="folder">Where the new result goes.</param>
    /// <returns>The words, and what the new files' names begin with.</returns>
    /// <exception cref="NetVizException">It cannot be run, or a file is missing or another one.</exception>
    public static (string[] Words, string Stem) Of(RepeatableResult result, string path, string folder)
    {
        ResultProvenance made = result.Provenance;
        ParseResult parsed = Program.Parse(made.CommandLine!);
        CommandResult command = parsed.CommandResult;
        string[] names = NamesOf(command);
        // An option of another version is taken for a picture.
        bool isOption = command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Any(token => token.Value.StartsWith('-'));
        if (parsed.Errors.Count > 0 || isOption || names.Length == 0 || !Repeatable.Contains(names[0]) || names.Contains("export"))
        {
            throw new NetVizException($"{path} comes from the command line 'netviz {string.Join(' ', made.CommandLine!)}', which "
                + "cannot be repeated", parsed.Errors.Count > 0 ? parsed.Errors[0].Message.TrimEnd('.')
                : isOption ? "it holds an option that this version does not know" : $"commands that can are {string.Join(", ", Repeatable.Except(Program.FormerNames.Keys))}");
        }

        var words = new List<string>(names);
        var moved = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (FileOrigin file in made.OtherFiles) moved[file.Path] = result.Find(file, "the file");
        foreach (OptionResult option in command.Children.OfType<OptionResult>().Where(option => !option.Implicit))
        {
            // --from is the second rule of decompose, and elsewhere a mirror.
            string name = option.Option.Name;
            if (LeftOut.Contains(name) && !(name == "--from" && option.Option != CommonOptions.From)) continue;
            if (option.Tokens.Count == 0) words.Add(name);
            foreach (Token token in option.Tokens) words.Add($"{name}={Moved(token.Value, moved, path)}");
        }

        if (made.Model is { } model)
            words.Add($"--model={result.Find(new FileOrigin(model.Path, model.Sha256), "the model")}");
        if (command.Command.Options.Contains(CommonOptions.DeviceName) && made.Device?.Device == "cpu"
            && command.GetResult(CommonOptions.DeviceName) is null or { Implicit: true })
            words.Add("--device=cpu");
        string[] inputs = [.. made.Inputs.Select(file => result.Find(file, "the picture"))];
        string stem = made.Stem ?? "";
        // These write a file, and others into a folder.
        bool isFile = names[0] is "report" or "figure";
        if (inputs.Length == 1 && !isFile && command.Command.Arguments.Count > 0) stem = ((InputFile)inputs[0]).Stem;
        string extension = isFile ? Path.GetExtension(made.Files.Keys.FirstOrDefault() ?? "") : "";
        words.Add($"--output={(isFile ? Path.Combine(folder, Path.GetFileName(stem) + extension) : folder)}");
        words.Add("--quiet");
        // The pictures of a figure's file are named there.
        string[] figures = [.. command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value).Where(value => value.EndsWith(".json", StringComparison.OrdinalIgnoreCase))];
        if (figures.Length > 0) inputs = [.. figures.Select(figure => Moved(figure, moved, path))];
        if (inputs.Length > 0) words.AddRange(["--", .. inputs]);
        return ([.. words], stem);
    }

    // A value that names a file must be one of those with a hash.
    private static string Moved(string value, Dictionary<string, string> moved, string path)
    {
        const string Toward = "toward:";
        string prefix = value.StartsWith(Toward, StringComparison.Ordinal) ? Toward : "", file = value[prefix.Length..];
        if (moved.TryGetValue(file, out string? now)) return prefix + now;
        if (Path.Exists(file) && !file.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal))
        {
            throw new NetVizException($"{path} has no hash of '{file}', which its command line names",
                "a file of that name was not there when the result was made");
        }

        return value;
    }

    private static string[] NamesOf(CommandResult result)
    {
        var names = new List<string>();
        for (CommandResult? at = result; at is { Parent: not null }; at = at.Parent as CommandResult) names.Insert(0, at.Command.Name);
        return [.. names];
    }
}
