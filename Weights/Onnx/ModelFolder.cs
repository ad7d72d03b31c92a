using NetViz.Engine;

namespace NetViz.Weights.Onnx;

/// <summary>Files that a model or its side-car names: they must lie in the model's folder, links included.</summary>
internal static class ModelFolder
{
    private const int LongestName = 4096;

    /// <summary>The path of a file that is named relative to the model's folder.</summary>
    /// <param name="modelPath">The model's path.</param>
    /// <param name="location">The relative path, with slashes.</param>
    /// <param name="what">Who names it, for the error.</param>
    /// <exception cref="NetVizException">The location is absolute, has a "..", or a symbolic link leads out.</exception>
    public static string Resolve(string modelPath, string location, string what)
    {
        string[] parts = location.Split('/', '\\');
        bool isRelative = !Path.IsPathRooted(location) && !location.Contains(':') && parts[0].Length > 0;
        if (!isRelative || parts.Contains("..")) throw Leaves(location, what);
        if (location.Contains('\0') || location.Length > LongestName)
            throw new NetVizException($"{what} names a file that cannot be: its name has {location.Length} characters, "
                + $"{(location.Contains('\0') ? "one of them 0" : $"{LongestName} are supported")}");
        string folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        string path = Path.Combine([folder, .. parts]);
        string root = Path.TrimEndingDirectorySeparator(FollowLinks(folder)) + Path.DirectorySeparatorChar;
        return FollowLinks(path).StartsWith(root, StringComparison.Ordinal) ? path : throw Leaves(location, what);
    }

    private static NetVizException Leaves(string location, string what) =>
        new($"{what} names the file '{location}', which is not inside the model's folder",
            "put the file beside the model; links must not lead out");

    // The path without symbolic links, as far as it exists. A link's target may hold links again: start over with it.
    private static string FollowLinks(string path, int depth = 0)
    {
        if (depth > 40) throw new NetVizException($"{path} runs through too many symbolic links");
        string root = Path.GetPathRoot(path)!, current = root;
        string[] parts = path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string parent = current;
            current = Path.Combine(current, parts[i]);
            if (new FileInfo(current).LinkTarget is not { } target) continue;
            string followed = Path.GetFullPath(Path.Combine([parent, target, .. parts[(i + 1)..]]));
            return FollowLinks(followed, depth + 1);
        }

        return current;
    }
}
