using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>The files of a folder, by name; hidden ones are passed over.</summary>
internal sealed class FolderFiles(string path) : ISetFiles
{
    // ILSVRC/Annotations/CLS-LOC/train/class/file, and one to spare.
    private const int Deepest = 6;

    private string[]? _names;

    public string Path => path;

    public IEnumerable<SetFile> Read(Func<string, bool> wanted, bool marks = false)
    {
        foreach (string name in _names ??= Names())
        {
            bool isResult = marks && ImageFile.HasImageName(name)
                && ResultMark.IsResult(System.IO.Path.Combine(path, name));
            yield return (wanted(name) ? Wanted(name) : new SetFile(name, null)) with { IsResult = isResult };
        }
    }

    private string[] Names()
    {
        try
        {
            return [.. FolderWalk.Files(path, Deepest).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }

    // A picture that cannot be read is an error where it is wanted; a table or an annotation ends everything.
    private SetFile Wanted(string name)
    {
        try
        {
            return new SetFile(name, Bytes(name));
        }
        catch (NetVizException problem) when (ImageFile.HasImageName(name))
        {
            return new SetFile(name, null) { Problem = problem };
        }
    }

    private byte[]? Bytes(string name)
    {
        string file = System.IO.Path.Combine(path, name);
        try
        {
            long length = new FileInfo(file).Length;
            if (SetAnnotations.IsTooLong(name, length)) return null;
            if (length > SetLimits.FileBytes) throw SetLimits.TooLarge(path, name, length);
            return UntrustedFile.ReadBytes(file, FileKind.OfSet);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path}: {name} cannot be read: {error.Message}", inner: error);
        }
    }
}
