using System.IO.Enumeration;

namespace NetViz.Engine.Files;

/// <summary>
/// Finds the files of a folder and of the folders in it, through links too. A link back to a folder that it lies in is not
/// followed again, and a folder that many links lead to is refused: a dozen links multiply to hundreds of thousands of names.
/// </summary>
public static class FolderWalk
{
    private const int MaxWays = 16, MaxFiles = 20_000_000;

    /// <summary>Lists the files that are not hidden, as paths below the folder with slashes, in no particular order.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="maxDepth">Folders within one another that are entered; deeper ones are left out.</param>
    /// <exception cref="NetVizException">More links lead to one folder than are followed, or there are too many
    /// files.</exception>
    /// <exception cref="IOException">A folder is missing or cannot be read.</exception>
    public static List<string> Files(string folder, int maxDepth)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = new List<string>();
        Visit(folder, "", maxDepth, [], [], files);
        return files;
    }

    private static void Visit(string folder, string prefix, int depth, List<FileIdentity> around,
        Dictionary<FileIdentity, int> ways, List<string> files)
    {
        FileIdentity? identity = FileFacts.Of(folder, follow: true).Identity;
        if (identity is { } known)
        {
            if (around.Contains(known)) return;
            if ((ways[known] = ways.GetValueOrDefault(known) + 1) > MaxWays)
            {
                throw new NetVizException($"{folder}: more than {MaxWays} links lead to this folder",
                    "a set of pictures needs no such links; remove them");
            }
        }

        around.Add(identity ?? default);
        foreach ((string name, bool isFolder) in Entries(folder))
        {
            if (!isFolder) files.Add(prefix + name);
            else if (depth > 0) Visit(Path.Combine(folder, name), $"{prefix}{name}/", depth - 1, around, ways, files);
            if (files.Count > MaxFiles) throw new NetVizException($"{folder}: there are more than {MaxFiles} files");
        }

        around.RemoveAt(around.Count - 1);
    }

    private static FileSystemEnumerable<(string Name, bool IsFolder)> Entries(string folder) =>
        new(folder, (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory), new EnumerationOptions
        {
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            IgnoreInaccessible = false,
        });
}
