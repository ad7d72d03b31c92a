using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Explorer.Pictures;

/// <summary>A picture that a visitor can look at.</summary>
/// <param name="Id">sample:NAME, or the SHA-256 of the file.</param>
/// <param name="Name">For people.</param>
/// <param name="Photo">Its pixels.</param>
internal sealed record ShelfPicture(string Id, string Name, Lazy<Photo> Photo);

/// <summary>What belongs to one visitor: the pictures that the visitor brought. Bounded in bytes.</summary>
internal sealed class Session(string id, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ShelfPicture> _pictures = [];
    private long _bytes;

    public string Id => id;

    /// <summary>Gets or sets when the visitor asked for something last, in ticks of the environment.</summary>
    public long LastSeen { get; set; }

    /// <summary>Gets the pictures that the visitor brought.</summary>
    public IReadOnlyList<ShelfPicture> Pictures
    {
        get
        {
            lock (_lock) return [.. _pictures.Values];
        }
    }

    /// <summary>Gets the class model that rises; null for none.</summary>
    public Views.LiveModel? Live { get; set; }

    public ShelfPicture? Find(string picture)
    {
        lock (_lock) return _pictures.GetValueOrDefault(picture);
    }

    /// <summary>Takes a picture up.</summary>
    /// <exception cref="NetVizException">The session's memory is full.</exception>
    public void Add(ShelfPicture picture)
    {
        lock (_lock)
        {
            if (_pictures.ContainsKey(picture.Id)) return;
            long bytes = picture.Photo.Value.Rgb.Length;
            while (_bytes + bytes > maxBytes && _pictures.Count > 0)
            {
                ShelfPicture oldest = _pictures.Values.First();
                _pictures.Remove(oldest.Id);
                _bytes -= oldest.Photo.Value.Rgb.Length;
            }

            if (bytes > maxBytes)
            {
                throw new NetVizException($"{picture.Name} takes {bytes} bytes as pixels; a session holds {maxBytes}",
                    "make it smaller first");
            }

            _pictures[picture.Id] = picture;
            _bytes += bytes;
        }
    }
}
