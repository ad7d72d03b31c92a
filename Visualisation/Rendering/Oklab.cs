namespace NetViz.Visualisation.Rendering;

/// <summary>
/// A colour in OKLab, where equal distances look equally different. Source: Ottosson, "A perceptual color space for image
/// processing", 2020; its matrices for linear sRGB. The sRGB curve is that of IEC 61966-2-1.
/// </summary>
/// <param name="L">Lightness, 0 black to 1 white.</param>
/// <param name="A">Green (-) to red (+).</param>
/// <param name="B">Blue (-) to yellow (+).</param>
internal readonly record struct Oklab(double L, double A, double B)
{
    /// <summary>The colour of this OKLab chroma and hue (in degrees) whose CIE 1976 lightness L* is this, 0 to 100.</summary>
    public static Oklab FromLightness(double lightness, double chroma, double hue)
    {
        // OKLab's own L makes dark colours too dark; L* has no inverse with chroma given, but grows with L.
        var (sin, cos) = Math.SinCos(hue * Math.PI / 180);
        double low = 0, high = 1;
        for (var step = 0; step < 50; step++)
        {
            var middle = (low + high) / 2;
            if (new Oklab(middle, chroma * cos, chroma * sin).CieLightness() < lightness)
                low = middle;
            else
                high = middle;
        }
        return new Oklab(low, chroma * cos, chroma * sin);
    }

    /// <summary>8-bit sRGB, rounded to nearest; colours outside are clipped.</summary>
    public (byte R, byte G, byte B) ToSrgb()
    {
        var (r, g, b) = ToLinear();
        return (Encode(r), Encode(g), Encode(b));
    }

    // L* = 116 Y^(1/3) - 16, linear for very dark colours; Y is the luminance of linear sRGB.
    private double CieLightness()
    {
        var (r, g, b) = ToLinear();
        var y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        return y > 216.0 / 24389 ? 116 * Math.Cbrt(y) - 16 : y * 24389 / 27;
    }

    private (double R, double G, double B) ToLinear()
    {
        var l = Cube(L + 0.3963377774 * A + 0.2158037573 * B);
        var m = Cube(L - 0.1055613458 * A - 0.0638541728 * B);
        var s = Cube(L - 0.0894841775 * A - 1.2914855480 * B);
        return (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static double Cube(double value) => value * value * value;

    private static byte Encode(double linear)
    {
        var v = Math.Clamp(linear, 0, 1);
        return (byte)Math.Round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055));
    }
}
