namespace NetViz.Engine.Imaging;

/// <summary>An 8-bit RGB photograph, upright (EXIF orientation already applied).</summary>
public sealed class Photo
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="rgb">Interleaved samples [height, width, 3], 0..255, sRGB.</param>
    /// <exception cref="ArgumentException">The array does not hold width * height * 3 samples.</exception>
    public Photo(int width, int height, byte[] rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(rgb);
        if (rgb.LongLength != (long)width * height * 3)
        {
            throw new ArgumentException(
                $"{width}x{height} RGB needs {(long)width * height * 3} bytes, not {rgb.LongLength}.", nameof(rgb));
        }
        (Width, Height, Rgb) = (width, height, rgb);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Interleaved samples [Height, Width, 3], 0..255, sRGB.</summary>
    public byte[] Rgb { get; }
}
