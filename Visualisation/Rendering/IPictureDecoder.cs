using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Decodes pictures in place of SkiaSharp, whose native library some systems lack. <see cref="ImageFile"/> keeps its limits: it asks
/// for the size first, and refuses files that are not whole.
/// </summary>
public interface IPictureDecoder
{
    /// <summary>Gets the name that results carry.</summary>
    string Name { get; }

    /// <summary>Reads columns and rows from the file's header.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <returns>The size, or null for a file that is no picture of a known kind.</returns>
    (int Width, int Height)? SizeOf(byte[] file);

    /// <summary>Decodes a picture as 8-bit RGB, transparency composited on white, the first frame of several.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="upright">Whether the EXIF orientation is applied.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    Photo Decode(byte[] file, bool upright);
}
