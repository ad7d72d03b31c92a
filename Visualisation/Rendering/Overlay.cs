using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>Draws a saliency map on its photograph.</summary>
public static class Overlay
{
    // Brightness of the photograph under the map: dark enough for the colours to stand out, light enough to be recognised.
    private const double PhotoShare = 0.62;

    // Brightness outside the crop.
    private const double OutsideShare = 0.3;

    /// <summary>
    /// The photograph in grey, darkened, with the map's colours over it: opaque where a value is at the end of the scale,
    /// transparent where it is 0. Opacity is the square root of the position, so that weak traces are seen; on a signed scale
    /// it is the position, because there the colours near 0 are the bright ones. Where the map has no data the photograph is
    /// darker.
    /// </summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="map">The map in the photograph's coordinates and size (<see cref="SaliencyMap.ToPhoto"/>).</param>
    /// <param name="scale">Which value gets the last colour.</param>
    /// <param name="colors">The colours; a diverging map where the scale is signed.</param>
    /// <exception cref="ArgumentException">The photo has another size than the map, or the colours do not suit.</exception>
    public static Photo Draw(Photo photo, SaliencyMap map, in MapScale scale, ColorMap colors)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(map);
        HeatMap.Require(map, scale, colors, photo);
        var picture = new Photo(map.Width, map.Height, GC.AllocateUninitializedArray<byte>(photo.Rgb.Length));
        for (var i = 0; i < map.Values.Length; i++)
        {
            var position = scale.Position(map.Values[i]);
            var below = photo.Rgb.AsSpan(3 * i, 3);
            var pixel = picture.Rgb.AsSpan(3 * i, 3);
            if (float.IsNaN(position))
            {
                pixel.Fill((byte)(OutsideShare * HeatMap.Luma(below)));
                continue;
            }
            var opacity = scale.IsSigned ? MathF.Abs(position) : MathF.Sqrt(position);
            var grey = (byte)(PhotoShare * HeatMap.Luma(below));
            var colour = colors.At(position);
            for (var c = 0; c < 3; c++)
                pixel[c] = Painting.Mix(grey, colour[c], opacity);
        }
        return picture;
    }
}
