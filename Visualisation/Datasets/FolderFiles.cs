using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Visualisation.Datasets;

/// <summary>The files of a folder, by name; hidden ones are passed over.</summary>
internal sealed class FolderFiles(string path) : ISetFiles
{
    // ILSVRC/Annotations/CLS-LOC/train/class/file, and one to spare: a folder may hold a link to one that it lies in.
    private const int Deepest = 6;

    private string[]? _names;

    public string Path => path;

    public IEnumerable<SetFile> Read(Func<string, bool> wanted)
    {
        foreach (string name in _names ??= Names())
            yield return new SetFile(name, wanted(name) ? Bytes(name) : null);
    }

    private string[] Names()
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = Deepest,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            IgnoreInaccessible = false,
        };
        try
        {
            return [.. Directory.EnumerateFiles(path, "*", options)
                .Select(file => System.IO.Path.GetRelativePath(path, file).Replace(System.IO.Path.DirectorySeparatorChar, '/'))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }

    private byte[]? Bytes(string name)
    {
        string file = System.IO.Path.Combine(path, name);
        FileGuard.Reads(file);
        try
        {
            // A named pipe has no length either, and opening one waits for its writer for ever.
            long length = new FileInfo(file).Length;
            if (SetAnnotations.IsTooLong(name, length)) return null;
            if (length > SetLimits.FileBytes) throw SetLimits.TooLarge(path, name, length);
            return length == 0 ? [] : File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path}: {name} cannot be read: {error.Message}", inner: error);
        }
    }
}
