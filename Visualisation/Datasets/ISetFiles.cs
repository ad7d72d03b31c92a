using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>The files of a set, in a folder or in an archive.</summary>
internal interface ISetFiles
{
    /// <summary>The folder or archive, as it was given.</summary>
    string Path { get; }

    /// <summary>Goes through all files in an order that stays the same.</summary>
    /// <param name="wanted">Says by a file's name whether its bytes are wanted; those of others are not read.</param>
    /// <param name="marks">Whether pictures are looked at for the mark of a result of netviz.</param>
    /// <returns>Each file; only one at a time is held.</returns>
    /// <exception cref="NetVizException">The folder or archive cannot be read, or is broken.</exception>
    IEnumerable<SetFile> Read(Func<string, bool> wanted, bool marks = false);
}

/// <summary>A file of a set.</summary>
/// <param name="Name">Its path inside the folder or archive, with slashes.</param>
/// <param name="Bytes">Its content; null where it was not wanted, or is a longer annotation than is read.</param>
/// <param name="IsResult">Whether it is a picture that netviz wrote as a result; false where that was not asked.</param>
internal readonly record struct SetFile(string Name, byte[]? Bytes, bool IsResult = false)
{
    /// <summary>Why a picture's bytes cannot be read; null where they can, or were not wanted.</summary>
    public NetVizException? Problem { get; init; }
}
