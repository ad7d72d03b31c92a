using NetViz.Engine;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// 256 colours for the positions of a scale. <see cref="Heat"/> and <see cref="Diverging"/> have a CIE lightness L* that is
/// linear in the position and OKLab hues and chromas that change evenly, so that equal differences of a value look equally
/// different, also in grey print.
/// </summary>
public sealed class ColorMap
{
    // The entry of a diverging map at 0; entry 0 repeats entry 1, so that both arms have 127 steps.
    private const int Centre = 128;

    private readonly byte[] _rgb;

    private ColorMap(string name, bool isDiverging, Func<double, (byte, byte, byte)> colour)
    {
        (Name, IsDiverging, _rgb) = (name, isDiverging, new byte[256 * 3]);
        for (var i = 0; i < 256; i++)
        {
            var position = isDiverging ? (Math.Max(i, 1) - Centre) / 127.0 : i / 255.0;
            (_rgb[3 * i], _rgb[3 * i + 1], _rgb[3 * i + 2]) = colour(position);
        }
    }

    /// <summary>For values from 0 up: black, violet, red, orange, pale yellow; lightness rises linearly.</summary>
    public static ColorMap Heat { get; } = new("heat", false, HeatColour);

    /// <summary>For values of both signs: blue below 0, near white at 0, red above; both arms equally light.</summary>
    public static ColorMap Diverging { get; } = new("diverging", true, DivergingColour);

    /// <summary>For values from 0 up: black to white, as the paper's figures.</summary>
    public static ColorMap Grey { get; } = new("grey", false, GreyColour);

    /// <summary>For values from 0 up: white to black, for paper.</summary>
    public static ColorMap Ink { get; } = new("ink", false, v => GreyColour(1 - v));

    /// <summary>For values of both signs: black below 0, middle grey at 0, white above.</summary>
    public static ColorMap SignedGrey { get; } = new("signed-grey", true, v => GreyColour((v + 1) / 2));

    /// <summary>All maps there are.</summary>
    public static IReadOnlyList<ColorMap> All { get; } = [Heat, Diverging, Grey, Ink, SignedGrey];

    /// <summary>This map, or the one of its kind that suits values with a sign, or without one.</summary>
    /// <param name="isSigned">Whether the values have a sign.</param>
    public ColorMap For(bool isSigned) => isSigned == IsDiverging ? this
        : isSigned ? (this == Grey || this == Ink ? SignedGrey : Diverging) : this == SignedGrey ? Grey : Heat;

    /// <summary>The name it is chosen by.</summary>
    public string Name { get; }

    /// <summary>Whether it runs from -1 to 1 with a neutral centre, and not from 0 to 1.</summary>
    public bool IsDiverging { get; }

    /// <summary>The 256 colours, [256, 3], sRGB.</summary>
    public ReadOnlySpan<byte> Entries => _rgb;

    /// <summary>The map of this name.</summary>
    /// <param name="name">heat, diverging, grey, ink or signed-grey.</param>
    /// <exception cref="NetVizException">There is none.</exception>
    public static ColorMap Named(string name) => All.FirstOrDefault(map => map.Name == name)
        ?? throw new NetVizException($"There is no colour map '{name}'", string.Join(", ", All.Select(map => map.Name)));

    /// <summary>The colour at a position, [3], sRGB.</summary>
    /// <param name="position">0 to 1, or -1 to 1 for a diverging map; beyond it the nearest end.</param>
    public ReadOnlySpan<byte> At(float position)
    {
        var index = IsDiverging ? Centre + 127 * Math.Clamp(position, -1, 1) : 255 * Math.Clamp(position, 0, 1);
        return _rgb.AsSpan(3 * (int)MathF.Round(index), 3);
    }

    // L* from 0 to 97, hue from violet over red to yellow; the chroma stays within what sRGB can show on that way.
    private static (byte, byte, byte) HeatColour(double v) => Oklab.FromLightness(
        97 * v, 0.165 * Math.Sin(Math.PI * Math.Pow(v, 0.9)) + 0.045 * v, -75 + 180 * v).ToSrgb();

    private static (byte, byte, byte) GreyColour(double v)
    {
        var grey = (byte)Math.Round(255 * v);
        return (grey, grey, grey);
    }

    // L* from 97 at 0 to 45 at the ends; both arms have the same chroma, which sRGB can show in both hues.
    private static (byte, byte, byte) DivergingColour(double v) => Oklab.FromLightness(
        97 - 52 * Math.Abs(v), 0.16 * Math.Sin(Math.PI / 2 * Math.Abs(v)), v < 0 ? 255 : 30).ToSrgb();
}
