using System.Security.Cryptography;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

namespace NetViz.Explorer.Pictures;

/// <summary>The pictures that every visitor sees: the samples, and the one that the command line named.</summary>
internal sealed class PictureShelf
{
    private const string SamplePrefix = "sample:";

    private readonly Dictionary<string, ShelfPicture> _pictures = [];

    /// <summary>Reads the picture of the command line.</summary>
    /// <param name="first">A file, or sample:NAME; null for the default sample.</param>
    /// <exception cref="NetVizException">It is no picture.</exception>
    public PictureShelf(string? first)
    {
        foreach (SampleScene scene in SampleScenes.All)
            Add(new ShelfPicture(SamplePrefix + scene.Name, scene.Name, new Lazy<Photo>(() => SampleScenes.Read(scene))));
        if (first is null)
        {
            First = SamplePrefix + SampleScenes.Default.Name;
        }
        else if (first.StartsWith(SamplePrefix, StringComparison.OrdinalIgnoreCase))
        {
            First = SamplePrefix + SampleScenes.Find(first[SamplePrefix.Length..]).Name;
        }
        else
        {
            byte[] bytes = UntrustedFile.ReadBytes(first, FileKind.Picture);
            ShelfPicture picture = Of(bytes, Path.GetFileName(first), first);
            Add(picture);
            First = picture.Id;
        }
    }

    /// <summary>Gets the picture to begin with.</summary>
    public string First { get; }

    public IEnumerable<ShelfPicture> All => _pictures.Values;

    public ShelfPicture? Find(string id) => _pictures.GetValueOrDefault(id);

    /// <summary>Decodes the bytes of a picture file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name for people.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="NetVizException">It is no picture, or too large.</exception>
    public static ShelfPicture Of(byte[] bytes, string name, string? path = null)
    {
        Photo photo = ImageFile.Decode(bytes, path ?? name, ImageFile.PixelLimitFor(bytes.Length));
        return new ShelfPicture(Convert.ToHexStringLower(SHA256.HashData(bytes)), name, new Lazy<Photo>(photo));
    }

    private void Add(ShelfPicture picture) => _pictures[picture.Id] = picture;
}
