using System.Numerics.Tensors;
using System.Security.Cryptography;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>
/// Writes the files of one result into a folder and keeps their hashes, which the .json at the end names. One thread uses it.
/// </summary>
internal sealed class ResultWriter
{
    private readonly string _folder;
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="look">How pictures look; null for the usual.</param>
    /// <exception cref="NetViz.Engine.NetVizException">The folder is a file, or the look makes no sense.</exception>
    public ResultWriter(string folder, Look? look = null)
    {
        ResultFiles.CheckFolder(folder);
        (_folder, Look) = (folder, look ?? new Look());
        Look.Check();
    }

    /// <summary>How pictures look.</summary>
    public Look Look { get; }

    /// <summary>The names of the files so far, in the order written.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Writes a picture as PNG.</summary>
    public string Picture(string name, Photo photo)
    {
        Bytes(name, ResultKind.Picture, ImageFile.EncodePng(photo, Look.PngLevel));
        return name;
    }

    /// <summary>Writes a sheet in the wanted format.</summary>
    /// <param name="stem">Its name without the extension.</param>
    /// <param name="page">The sheet.</param>
    /// <returns>Its name.</returns>
    public string Sheet(string stem, SheetPage page)
    {
        string name = stem + Look.Format.Extension();
        Bytes(name, Look.Format.Kind(), page.Encode(Look.Format, Look.PngLevel));
        return name;
    }

    /// <summary>Writes an array.</summary>
    public string Array(string name, in ReadOnlyTensorSpan<float> array)
    {
        Bytes(name, ResultKind.Array, Npy.ToBytes(array));
        return name;
    }

    /// <summary>Writes an array in double.</summary>
    public string Array(string name, in ReadOnlyTensorSpan<double> array)
    {
        Bytes(name, ResultKind.Array, Npy.ToBytes(array));
        return name;
    }

    /// <summary>Writes the bytes of a file.</summary>
    public void Bytes(string name, ResultKind kind, byte[] content)
    {
        byte[] marked = FileGuard.Current is null ? content : ResultMark.Add(kind, content);
        OutputFile.Write(Path.Combine(_folder, name), kind, stream => stream.Write(marked));
        _hashes[name] = Convert.ToHexStringLower(SHA256.HashData(marked));
        _names.Add(name);
    }

    /// <summary>Writes the numbers, with what they depend on and the hashes of all files so far.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="report">The numbers.</param>
    /// <param name="provenance">What the result depends on.</param>
    public void Json(string name, object report, ResultProvenance provenance)
    {
        ResultFiles.RequireSameCommand(Path.Combine(_folder, name));
        ResultFiles.WriteJson(Path.Combine(_folder, name), report, provenance with
        {
            Files = new SortedDictionary<string, string>(_hashes, StringComparer.Ordinal),
            Look = Look,
            Json = name,
        });
        _names.Add(name);
    }
}
