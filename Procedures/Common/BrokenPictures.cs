using System.CommandLine;
using NetViz.Engine;

namespace NetViz.Cli.Common;

/// <summary>A picture or array of the command line that cannot be read, or does not fit the network.</summary>
internal sealed class BrokenPictureException(string message, Exception inner) : NetVizException(message, inner: inner)
{
    /// <summary>Reads a file; whatever is wrong with it becomes an error of this kind, which names the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="BrokenPictureException">It cannot be read.</exception>
    public static T Guard<T>(InputFile file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is NetVizException or IOException or UnauthorizedAccessException)
        {
            string message = error.Message;
            throw new BrokenPictureException(
                message.Contains(file.Path, StringComparison.Ordinal) ? message : $"'{file.Path}': {message}", error);
        }
    }
}

/// <summary>A picture that was left out.</summary>
/// <param name="File">Its file, or its name in the set.</param>
/// <param name="Reason">What is wrong with it.</param>
internal sealed record BrokenPicture(string File, string Reason);

/// <summary>
/// The pictures of a run over many that cannot be read: they are left out, counted, and named at the end. The run fails where
/// none is left, or at the first under --strict.
/// </summary>
internal sealed class BrokenPictures
{
    /// <summary>What the help of a command says of exit codes.</summary>
    public const string Help = " Of several pictures, those that cannot be read are left out and named at the end on standard "
        + "error; the exit code is 0 where at least one was read, otherwise 2 (--strict stops at the first).";

    // Where none can be read, the reason is mostly one, such as an option.
    private const int NamedInError = 3;

    private readonly List<BrokenPicture> _found = [];
    private readonly bool _stops;

    /// <param name="parsed">The command line, which has <see cref="Strict"/>.</param>
    /// <param name="count">How many pictures there are; one alone is never left out.</param>
    public BrokenPictures(ParseResult parsed, int count) => _stops = parsed.GetValue(Strict) || count <= 1;

    /// <summary>Whether the first broken picture ends the run.</summary>
    public static Option<bool> Strict { get; } = new("--strict")
    {
        Description = "Stop at the first picture that cannot be read, with exit code 2, instead of leaving it out.",
    };

    /// <summary>The pictures left out so far, for JSON; null where there are none.</summary>
    public IReadOnlyList<BrokenPicture>? Found => _found.Count > 0 ? _found : null;

    /// <summary>How many were left out.</summary>
    public int Count => _found.Count;

    /// <summary>Takes note of a broken picture; null where the first one ends the run.</summary>
    public Action<string, NetVizException>? Add => _stops ? null : (file, problem) => _found.Add(new(file, problem.Message));

    /// <summary>Works on one picture.</summary>
    /// <param name="file">The picture.</param>
    /// <param name="work">Reads it and works on it.</param>
    /// <returns>Whether it could be read.</returns>
    public bool Try(InputFile file, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (BrokenPictureException problem) when (!_stops)
        {
            _found.Add(new BrokenPicture(file.Path, problem.Message));
            return false;
        }
    }

    /// <summary>Ends the run where no picture could be read; before anything is written or printed.</summary>
    /// <param name="read">How many were read.</param>
    /// <exception cref="NetVizException">None was.</exception>
    public void RequireAny(int read)
    {
        if (read > 0 || _found.Count == 0) return;
        throw new NetVizException($"none of {Counted.Of(_found.Count, "picture")} can be read: "
            + string.Join("; ", Reasons.Take(NamedInError)) + (_found.Count > NamedInError ? "; ..." : ""));
    }

    /// <summary>Names at the end what was left out, on standard error, whether the command is quiet or not.</summary>
    /// <param name="read">How many pictures were read.</param>
    public void Tell(int read)
    {
        if (_found.Count == 0) return;
        foreach (string reason in Reasons) Output.Warn($"left out: {reason}");
        Output.Warn($"{_found.Count} of {Counted.Of(read + _found.Count, "picture")} left out, as named above, since they "
            + "cannot be read");
    }

    private IEnumerable<string> Reasons => _found.Select(picture =>
        picture.Reason.Contains(picture.File, StringComparison.Ordinal) ? picture.Reason : $"{picture.File}: {picture.Reason}");
}
