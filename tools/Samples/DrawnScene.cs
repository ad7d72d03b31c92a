using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Samples;
using SkiaSharp;

namespace NetViz.Samples;

/// <summary>
/// A scene that is computed and drawn: <see cref="SampleScene"/> of the same name is its committed picture. The same scene and
/// size give the same pixels at each call with one version of the libraries and of the C library's functions.
/// </summary>
/// <param name="name">The name of the picture, lower case with hyphens.</param>
internal abstract class DrawnScene(string name)
{
    /// <summary>The name of the picture.</summary>
    public string Name { get; } = name;

    /// <summary>Draws the scene.</summary>
    /// <param name="size">The side in pixels.</param>
    /// <returns>A square picture.</returns>
    /// <exception cref="NetVizException">The size is out of range.</exception>
    public unsafe Photo Draw(int size = SampleScenes.Size)
    {
        SampleScenes.CheckSize(size);
        using var bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap)) Paint(canvas, size);
        var rgb = new byte[3 * size * size];
        byte* pixels = (byte*)bitmap.GetPixels();
        for (int i = 0; i < size * size; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
        return new Photo(size, size, rgb);
    }

    /// <summary>Paints the scene onto the square [0, size) x [0, size).</summary>
    /// <param name="canvas">The canvas; opaque, sRGB.</param>
    /// <param name="size">The side in pixels.</param>
    protected abstract void Paint(SKCanvas canvas, int size);
}
