using System.CommandLine;
using NetViz.Engine;

namespace NetViz.Cli.Help;

/// <summary>
/// Scripts that complete commands and options. They ask the program itself: <c>netviz [suggest:POSITION] "LINE"</c> prints
/// System.CommandLine's completions, and is understood only where <c>NETVIZ_COMPLETE</c> is set, as the scripts set it.
/// </summary>
internal static class CompletionScript
{
    /// <summary>The variable under which the program completes a line instead of running it.</summary>
    public const string Variable = "NETVIZ_COMPLETE";

    /// <summary>The script of a shell.</summary>
    /// <exception cref="NetVizException">The shell is not known.</exception>
    public static string Of(string shell, RootCommand root) => shell.ToLowerInvariant() switch
    {
        "bash" => $$"""
            _netviz() {
              local line="${COMP_LINE:0:$COMP_POINT}"
              mapfile -t COMPREPLY < <({{Variable}}="$line" netviz 2>/dev/null)
            }
            complete -o default -F _netviz netviz

            """,
        "zsh" => $$"""
            _netviz() {
              local -a found
              found=("${(@f)$({{Variable}}="${BUFFER[1,$CURSOR]}" netviz 2>/dev/null)}")
              compadd -U -- "${found[@]}" || _files
            }
            compdef _netviz netviz

            """,
        "pwsh" => $$"""
            Register-ArgumentCompleter -Native -CommandName netviz -ScriptBlock {
              param($word, $tree, $position)
              $env:{{Variable}} = $tree.ToString().PadRight($position).Substring(0, $position)
              try { netviz 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) } }
              finally { Remove-Item Env:{{Variable}} }
            }

            """,
        _ => throw new NetVizException($"there is no completion for '{shell}'", "there are bash, zsh and pwsh"),
    };

    /// <summary>The completions of a line, one a line.</summary>
    /// <param name="line">What was typed up to the cursor, with the program's name.</param>
    /// <param name="root">The command line.</param>
    public static IEnumerable<string> Complete(string line, RootCommand root)
    {
        int start = line.TrimStart().IndexOf(' ', StringComparison.Ordinal);
        string own = start < 0 ? "" : line.TrimStart()[(start + 1)..];
        ParseResult parsed = root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return parsed.GetCompletions(own.Length).Select(item => item.InsertText ?? item.Label);
    }
}
