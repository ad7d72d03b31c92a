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
    /// <summary>
    /// From lightness relative to white (Lr, which follows CIELAB's L* / 100, while L makes dark colours too dark), chroma and hue
    /// in degrees. Source: Ottosson, "Okhsv and Okhsl", 2021: L = Lr (Lr + k1) / (k3 (Lr + k2)).
    /// </summary>
    public static Oklab FromHue(double relativeLightness, double chroma, double hue)
    {
        const double k1 = 0.206, k2 = 0.03, k3 = (1 + k1) / (1 + k2);
        var (sin, cos) = Math.SinCos(hue * Math.PI / 180);
        return new Oklab(relativeLightness * (relativeLightness + k1) / (k3 * (relativeLightness + k2)), chroma * cos, chroma * sin);
    }

    /// <summary>8-bit sRGB, rounded to nearest; colours outside are clipped.</summary>
    public (byte R, byte G, byte B) ToSrgb()
    {
        var (r, g, b) = ToLinear();
        return (Encode(r), Encode(g), Encode(b));
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
