using System.Text;
using System.Text.RegularExpressions;

namespace NetViz.Cli.Common;

/// <summary>
/// Libraries name a setting as a program writes it, in backquotes: `MaxPixels`. The command line names its option: --max-pixels.
/// </summary>
internal static partial class SettingNames
{
    // Options that are called otherwise than their setting.
    private static readonly Dictionary<string, string> Others = new()
    {
        ["Maps"] = "map",
        ["Rules"] = "rule",
        ["Classes"] = "class",
        ["Presets"] = "preset",
        ["Channels"] = "channel",
        ["First"] = "from",
        ["Second"] = "to",
        ["Sections"] = "section",
        ["Layers"] = "layer",
        ["TenCrops"] = "crops 10",
    };

    /// <summary>The text with each setting's name as an option.</summary>
    public static string AsOptions(string text) => Quoted().Replace(text, match => OptionOf(match.Groups[1].Value));

    /// <summary>The option that sets a setting.</summary>
    public static string OptionOf(string setting)
    {
        if (Others.TryGetValue(setting, out string? other)) return $"--{other}";
        var name = new StringBuilder("--");
        for (int i = 0; i < setting.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(setting[i])) name.Append('-');
            name.Append(char.ToLowerInvariant(setting[i]));
        }

        return name.ToString();
    }

    [GeneratedRegex("`([A-Za-z][A-Za-z0-9-]*)`")]
    private static partial Regex Quoted();
}
