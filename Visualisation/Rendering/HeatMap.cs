using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>Draws a saliency map by itself: each pixel the colour of its value.</summary>
public static class HeatMap
{
    /// <summary>The map in colour, of the map's size.</summary>
    /// <param name="map">What to draw.</param>
    /// <param name="scale">Which value gets the last colour.</param>
    /// <param name="colors">The colours; a diverging map where the scale is signed.</param>
    /// <param name="photo">Shown faded, in grey, where the map has no data; null leaves those pixels grey.</param>
    /// <exception cref="ArgumentException">The photo has another size than the map, or the colours do not suit.</exception>
    public static Photo Draw(SaliencyMap map, in MapScale scale, ColorMap colors, Photo? photo = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        Require(map, scale, colors, photo);
        var picture = new Photo(map.Width, map.Height, GC.AllocateUninitializedArray<byte>(checked(map.Width * map.Height * 3)));
        for (var i = 0; i < map.Values.Length; i++)
        {
            var position = scale.Position(map.Values[i]);
            var pixel = picture.Rgb.AsSpan(3 * i, 3);
            if (float.IsNaN(position))
                pixel.Fill(photo is null ? (byte)128 : Faded(photo.Rgb.AsSpan(3 * i, 3)));
            else
                colors.At(position).CopyTo(pixel);
        }
        return picture;
    }

    internal static void Require(SaliencyMap map, in MapScale scale, ColorMap colors, Photo? photo)
    {
        ArgumentNullException.ThrowIfNull(colors);
        if (colors.IsDiverging != scale.IsSigned)
        {
            var sign = scale.IsSigned ? "with" : "without";
            throw new ArgumentException($"Colour map {colors.Name} does not suit a scale {sign} negative values.",
                nameof(colors));
        }
        if (photo is not null && (photo.Width, photo.Height) != (map.Width, map.Height))
            throw new ArgumentException(
                $"A map of {map.Width}x{map.Height} does not lie on a photo of {photo.Width}x{photo.Height}.", nameof(photo));
    }

    /// <summary>What stands for "no data": the photo in grey, with half its contrast.</summary>
    internal static byte Faded(ReadOnlySpan<byte> rgb) => (byte)(64 + Luma(rgb) / 2);

    /// <summary>Brightness of an sRGB pixel, 0 to 255, by the weights of ITU-R BT.601.</summary>
    internal static int Luma(ReadOnlySpan<byte> rgb) => (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000;
}
