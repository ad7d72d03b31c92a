using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Localisation;

/// <summary>Where in a photograph a saliency map points: mask, box, and what proves that the cut is a minimum.</summary>
public sealed class ObjectLocalisation
{
    private readonly bool[] _mask;
    private readonly SeedKind[] _seeds;

    private ObjectLocalisation(Photo photo, bool[] mask, SeedKind[] seeds, LocalisationCertificate certificate) =>
        (Photo, _mask, _seeds, Box, Certificate) = (photo, mask, seeds, PixelBox.Around(mask, photo.Width), certificate);

    /// <summary>The photograph.</summary>
    public Photo Photo { get; }

    /// <summary>The object's pixels, [Height, Width] of the photograph.</summary>
    public ReadOnlySpan<bool> Mask => _mask;

    /// <summary>What each pixel taught, [Height, Width] of the photograph.</summary>
    public ReadOnlySpan<SeedKind> Seeds => _seeds;

    /// <summary>The box around the mask; null where <see cref="LocalisationCertificate.Nothing"/> says why.</summary>
    public PixelBox? Box { get; }

    /// <summary>What was found on the way.</summary>
    public LocalisationCertificate Certificate { get; }

    /// <summary>Finds the object.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="map">The saliency in the photograph's coordinates and size (<see cref="SaliencyMap.ToPhoto"/>).</param>
    /// <param name="options">The constants; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The map has another size than the photograph.</exception>
    /// <exception cref="NetVizException">A constant is out of its range.</exception>
    public static ObjectLocalisation Of(Photo photo, SaliencyMap map, LocalisationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(map);
        options ??= new LocalisationOptions();
        if ((photo.Width, photo.Height) != (map.Width, map.Height))
        {
            throw new ArgumentException(
                $"The map has {map.Width}x{map.Height} values, the photograph {photo.Width}x{photo.Height} pixels.", nameof(map));
        }

        var localiser = new Localiser(options);
        (Photo small, SaliencyMap smallMap) = Shrink(photo, map, options.MaxSide);
        localiser.BoxOf(small.Rgb, smallMap.Values, small.Width, small.Height);
        return new ObjectLocalisation(photo, Enlarge(localiser.Mask, small, photo), Enlarge(localiser.Seeds, small, photo),
            LocalisationCertificate.Of(localiser, small));
    }

    private static (Photo, SaliencyMap) Shrink(Photo photo, SaliencyMap map, int maxSide)
    {
        Photo small = Thumbnail.Of(photo, maxSide);
        if (small == photo) return (photo, map);
        (int width, int height) = (small.Width, small.Height);
        return (small, map.ToPhoto(new InputPlacement(map.Width, map.Height, 0, 0, width, height), width, height));
    }

    /// <summary>Each pixel of the photograph takes the value of the small picture's pixel in which its centre lies.</summary>
    private static T[] Enlarge<T>(ReadOnlySpan<T> values, Photo small, Photo photo)
    {
        if (small == photo) return values.ToArray();
        var large = new T[photo.Width * photo.Height];
        for (int y = 0, i = 0; y < photo.Height; y++)
        {
            int row = (int)((y + 0.5) * small.Height / photo.Height) * small.Width;
            for (int x = 0; x < photo.Width; x++, i++) large[i] = values[row + (int)((x + 0.5) * small.Width / photo.Width)];
        }

        return large;
    }
}
