using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Onnx;

/// <summary>
/// The files beside a model in which its initializers keep their values (ONNX external data), each read once.
/// A model may come from anywhere, so a location must be a relative path that stays in the model's folder.
/// </summary>
internal sealed class ExternalFiles(string modelPath, bool isInMemory = false) : IDisposable
{
    private readonly SortedDictionary<string, LoadedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoadedFile> _byPath = new(StringComparer.Ordinal);

    /// <summary>The files in use, by the location that the model gives.</summary>
    public IReadOnlyDictionary<string, LoadedFile> Files => _files;

    /// <summary>The lengths of all files together.</summary>
    public long TotalLength { get; private set; }

    /// <summary>The bytes that the entries location, offset and length name. A checksum, if any, is not compared.</summary>
    /// <exception cref="NetVizException">The location leads out of the model's folder, or the file is missing or too
    /// short.</exception>
    public StoredBytes Find(IEnumerable<StringStringEntryProto> entries, string what)
    {
        string? location = null;
        long offset = 0, length = -1;
        foreach (StringStringEntryProto entry in entries)
        {
            if (entry.Key == "location") location = entry.Value;
            else if (entry.Key == "offset") offset = Number(entry, what);
            else if (entry.Key == "length") length = Number(entry, what);
        }

        if (string.IsNullOrEmpty(location))
            throw new NetVizException($"{what} keeps its values in an external file but names none");
        if (isInMemory)
        {
            throw new NetVizException($"{what} keeps its values in the file '{location}', and the model was given in memory",
                "load it by its path, or export it again as one file, in PyTorch by external_data=False");
        }

        if (!_files.TryGetValue(location, out LoadedFile? file))
            _files.Add(location, file = Open(Path.GetFullPath(ModelFolder.Resolve(modelPath, location, what)), location, what));
        if (length < 0) length = file.Length - offset;
        return length >= 0 && offset <= file.Length - length
            ? new StoredBytes(file, offset, length)
            : throw new NetVizException(
                $"{what} needs bytes {offset} to {(Int128)offset + length} of {location}, which has only {file.Length}");
    }

    /// <summary>Frees all files.</summary>
    public void Dispose()
    {
        foreach (LoadedFile file in _files.Values) file.Dispose();
    }

    // "w", "./w" and ".//w" are one file, which is read once.
    private LoadedFile Open(string path, string location, string what)
    {
        if (_byPath.TryGetValue(path, out LoadedFile? file)) return file;
        if (!Path.Exists(path))
        {
            throw new NetVizException(
                $"{what} keeps its values in the file '{location}' beside the model, and there is no file {path}",
                $"copy '{location}' from where {Path.GetFileName(modelPath)} came from into the model's folder and keep its "
                + "name; or export the model again as one file, in PyTorch by external_data=False");
        }

        _byPath.Add(path, file = LoadedFile.Open(path, FileKind.ExternalData));
        TotalLength += file.Length;
        return file;
    }

    private static long Number(StringStringEntryProto entry, string what) =>
        long.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new NetVizException(
                $"{what} gives '{entry.Value}' as the {entry.Key} of its external data; a number of bytes is needed");
}
