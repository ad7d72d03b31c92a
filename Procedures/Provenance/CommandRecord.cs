using System.Text.Json.Serialization;

namespace NetViz.Procedures;

/// <summary>
/// The command line that runs, for the results that it writes: who calls a procedure from a program has none.
/// </summary>
/// <param name="Command">The command's name, its present one where a former was used.</param>
/// <param name="Arguments">The words of the command line, without the program's name.</param>
/// <param name="Directory">The folder that its paths are relative to.</param>
/// <param name="Files">The files and folders that its options name, but for models, pictures and places for results.</param>
internal sealed record CommandRecord(string Command, IReadOnlyList<string> Arguments, string Directory, IReadOnlyList<string> Files)
{
    private static readonly AsyncLocal<CommandRecord?> InForce = new();

    private IReadOnlyList<FileOrigin>? _origins;

    /// <summary>Gets the command line that runs; null where a program calls.</summary>
    public static CommandRecord? Current => InForce.Value;

    /// <summary>The hashes of the files, computed once.</summary>
    [JsonIgnore]
    public IReadOnlyList<FileOrigin> Origins
    {
        get
        {
            lock (Files) return _origins ??= [.. Files.Select(FileOrigin.OfPath)];
        }
    }

    /// <summary>Lets results name this command line until the returned object is disposed.</summary>
    public IDisposable Begin()
    {
        var scope = new Scope(InForce.Value);
        InForce.Value = this;
        return scope;
    }

    private sealed class Scope(CommandRecord? outer) : IDisposable
    {
        public void Dispose() => InForce.Value = outer;
    }
}
