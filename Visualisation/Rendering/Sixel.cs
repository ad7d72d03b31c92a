using System.Globalization;
using System.Text;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// A picture as sixels, the way in which DEC's VT340 and many terminals since take one: rows of six pixels, one colour of a
/// palette after the other. More than 256 colours are brought to a cube of 6 x 7 x 6.
/// </summary>
internal static class Sixel
{
    private const int LargestPalette = 256;

    /// <summary>The escape sequence, from DCS to ST, that draws the picture at the cursor.</summary>
    /// <param name="photo">The picture.</param>
    public static string Encode(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        int[] colours = [.. Enumerable.Range(0, photo.Width * photo.Height).Select(i =>
            photo.Rgb[3 * i] << 16 | photo.Rgb[3 * i + 1] << 8 | photo.Rgb[3 * i + 2])];
        if (colours.Distinct().Take(LargestPalette + 1).Count() > LargestPalette) colours = [.. colours.Select(InCube)];
        int[] palette = [.. colours.Distinct().Order()];
        Dictionary<int, int> indexOf = palette.Index().ToDictionary(entry => entry.Item, entry => entry.Index);

        // P1;P2;P3 q: 1 leaves what is not drawn as it was. Then the raster: square pixels, and the picture's size.
        var text = new StringBuilder("\u001bP0;1;0q").Append(CultureInfo.InvariantCulture, $"\"1;1;{photo.Width};{photo.Height}");
        for (int i = 0; i < palette.Length; i++)
        {
            static int Percent(int sample) => (sample * 100 + 127) / 255;
            text.Append(CultureInfo.InvariantCulture,
                $"#{i};2;{Percent(palette[i] >> 16)};{Percent(palette[i] >> 8 & 255)};{Percent(palette[i] & 255)}");
        }

        for (int top = 0; top < photo.Height; top += 6)
        {
            int rows = Math.Min(6, photo.Height - top);
            int[] band = [.. colours.AsSpan(top * photo.Width, rows * photo.Width)];
            bool first = true;
            foreach (int colour in band.Distinct().Order())
            {
                if (!first) text.Append('$');
                first = false;
                text.Append(CultureInfo.InvariantCulture, $"#{indexOf[colour]}");
                AppendRow(text, band, colour, photo.Width, rows);
            }

            text.Append('-');
        }

        return text.Append("\u001b\\").ToString();
    }

    /// <summary>One colour's pixels of six rows, a character a column from ? on, runs shortened to !count.</summary>
    private static void AppendRow(StringBuilder text, int[] band, int colour, int width, int rows)
    {
        int run = 0;
        char last = '\0';
        void Flush()
        {
            if (run > 3) text.Append(CultureInfo.InvariantCulture, $"!{run}").Append(last);
            else text.Append(last, run);
        }

        for (int x = 0; x < width; x++)
        {
            int bits = 0;
            for (int row = 0; row < rows; row++)
            {
                if (band[row * width + x] == colour) bits |= 1 << row;
            }

            var sixel = (char)('?' + bits);
            if (sixel != last)
            {
                Flush();
                (run, last) = (0, sixel);
            }

            run++;
        }

        Flush();
    }

    private static int InCube(int rgb)
    {
        static int Step(int sample, int steps) => (sample * (steps - 1) + 127) / 255 * 255 / (steps - 1);
        return Step(rgb >> 16, 6) << 16 | Step(rgb >> 8 & 255, 7) << 8 | Step(rgb & 255, 6);
    }
}
