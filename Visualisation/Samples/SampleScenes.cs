using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Samples.Scenes;
using SkiaSharp;

namespace NetViz.Visualisation.Samples;

/// <summary>The scenes that this project draws itself, by name.</summary>
public static class SampleScenes
{
    /// <summary>The least and greatest side of a picture.</summary>
    public const int LeastSize = 16, GreatestSize = 4096;

    /// <summary>The side of a picture unless another is asked for.</summary>
    public const int DefaultSize = 512;

    /// <summary>All of them, in the order of their names.</summary>
    public static IReadOnlyList<SampleScene> All { get; } =
    [
        new AcornScene(),
        new AlpScene(),
        new BananaScene(),
        new BellPepperScene(),
        new KeyboardScene(),
        new EspressoScene(),
        new JellyfishScene(),
        new LadybugScene(),
        new LemonScene(),
        new LighthouseScene(),
        new OrangeScene(),
        new PizzaScene(),
        new SchoolBusScene(),
        new TeapotScene(),
    ];

    /// <summary>The one that is explained where no picture is named.</summary>
    public static SampleScene Default => Find("orange");

    /// <summary>A scene by its name, in whatever case.</summary>
    /// <param name="name">Such as "orange".</param>
    /// <exception cref="NetVizException">There is none of that name.</exception>
    public static SampleScene Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(scene => scene.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new NetVizException($"There is no sample '{name}'",
                $"there are {string.Join(", ", All.Select(scene => scene.Name))}");
    }

    /// <summary>Draws a scene. The same scene and size give the same pixels at each call on one machine.</summary>
    /// <param name="scene">Which.</param>
    /// <param name="size">The side in pixels, <see cref="LeastSize"/> to <see cref="GreatestSize"/>.</param>
    /// <returns>A square picture.</returns>
    /// <exception cref="NetVizException">The size is out of range.</exception>
    public static unsafe Photo Render(SampleScene scene, int size = DefaultSize)
    {
        ArgumentNullException.ThrowIfNull(scene);
        if (size is < LeastSize or > GreatestSize)
            throw new NetVizException($"A sample of {size} x {size} pixels is out of range",
                $"the side can be {LeastSize} to {GreatestSize}");
        using var bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap)) scene.Draw(canvas, size);
        var rgb = new byte[3 * size * size];
        byte* pixels = (byte*)bitmap.GetPixels();
        for (int i = 0; i < size * size; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
        return new Photo(size, size, rgb);
    }
}
