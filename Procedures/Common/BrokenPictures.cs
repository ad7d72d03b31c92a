using NetViz.Engine;

namespace NetViz.Procedures;

/// <summary>A picture or array that cannot be read, or does not fit the network.</summary>
public sealed class BrokenPictureException(string message, Exception inner) : NetVizException(message, inner: inner)
{
    /// <summary>Reads a file; whatever is wrong with it becomes an error of this kind, which names the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="BrokenPictureException">It cannot be read.</exception>
    internal static T Guard<T>(InputFile file, Func<T> read)
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
public sealed record BrokenPicture(string File, string Reason);

/// <summary>
/// The pictures of a run over many that cannot be read: they are left out, counted, and named at the end. The run fails where
/// none is left, or at the first where it is strict.
/// </summary>
public sealed class BrokenPictures
{
    // Where none can be read, the reason is mostly one, such as an option.
    private const int NamedInError = 3;

    private readonly List<BrokenPicture> _found = [];
    private readonly bool _stops;

    /// <summary>Creates the list of a run.</summary>
    /// <param name="isStrict">Whether the first broken picture ends the run.</param>
    /// <param name="count">How many pictures there are; one alone is never left out.</param>
    public BrokenPictures(bool isStrict, int count) => _stops = isStrict || count <= 1;

    /// <summary>The pictures left out so far, for JSON; null if there are none.</summary>
    public IReadOnlyList<BrokenPicture>? Found => _found.Count > 0 ? _found : null;

    /// <summary>How many were left out.</summary>
    public int Count => _found.Count;

    /// <summary>Takes note of a broken picture; null where the first one ends the run.</summary>
    internal Action<string, NetVizException>? Add => _stops ? null : (file, problem) => _found.Add(new(file, problem.Message));

    /// <summary>Takes up those that parts of the run found.</summary>
    internal void Restore(IEnumerable<BrokenPicture> found) => _found.AddRange(found);

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

    /// <summary>What was left out, a sentence each, and at the end how many; none where nothing was.</summary>
    /// <param name="read">How many pictures were read.</param>
    public IEnumerable<string> Sentences(int read) => _found.Count == 0 ? [] : Reasons.Select(reason => $"left out: {reason}")
        .Append($"{_found.Count} of {Counted.Of(read + _found.Count, "picture")} left out, as named above, since they "
            + "cannot be read");

    private IEnumerable<string> Reasons => _found.Select(picture =>
        picture.Reason.Contains(picture.File, StringComparison.Ordinal) ? picture.Reason : $"{picture.File}: {picture.Reason}");
}
