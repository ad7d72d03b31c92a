using NetViz.Engine.Imaging;

namespace NetViz.Tests.Engine.Ties;

/// <summary>Pictures full of ties: what people draw to test a rule. Each is a function of its place alone.</summary>
internal static class TiePictures
{
    private static readonly (string Name, Func<int, int, int, (int R, int G, int B)> Colour)[] Known =
    [
        ("black", (_, _, _) => (0, 0, 0)),
        ("grey", (_, _, _) => (127, 127, 127)),
        ("white", (_, _, _) => (255, 255, 255)),
        ("orange", (_, _, _) => (250, 140, 20)),
        ("halves", (x, _, s) => Grey(x < s / 2 ? 0 : 255)),
        ("halves-uneven", (_, y, s) => Grey(y < s / 2 + 3 ? 90 : 160)),
        ("diagonal", (x, y, _) => Grey(x < y ? 0 : 255)),
        ("bars-1", (x, _, _) => Grey(x % 2 * 255)),
        ("bars-3", (_, y, _) => Grey(y / 3 % 2 * 200 + 20)),
        ("bars-8", (x, _, _) => Grey(x / 8 % 2 * 255)),
        ("checker-1", (x, y, _) => Grey((x + y) % 2 * 255)),
        ("checker-2", (x, y, _) => Grey((x / 2 + y / 2) % 2 * 255)),
        ("checker-5", (x, y, _) => Grey((x / 5 + y / 5) % 2 * 255)),
        ("checker-16", (x, y, _) => Grey((x / 16 + y / 16) % 2 * 255)),
        ("steps", (x, _, s) => Grey(x * 8 / s * 32)),
        ("ramp", (x, _, s) => Grey(x * 255 / s)),
        ("disc", (x, y, s) => Grey(Squared(x, y, s) < s * s / 9.0 ? 255 : 0)),
        ("disc-on-white", (x, y, s) => Squared(x, y, s) < s * s / 12.0 ? (200, 30, 30) : (255, 255, 255)),
        ("rings", (x, y, s) => Grey((int)(Math.Sqrt(Squared(x, y, s)) / 5) % 2 * 255)),
        ("square", (x, y, s) => Grey(x > s / 4 && x < 3 * s / 4 && y > s / 3 && y < 2 * s / 3 ? 255 : 0)),
        ("dot", (x, y, s) => Grey(x == s / 2 && y == s / 2 ? 255 : 0)),
        ("digit", (x, y, s) => Grey((int)Math.Clamp(
            255 * (1.5 - Math.Abs(Math.Sqrt(Squared(x, y, s)) - s / 5.0) / (s / 28.0)), 0, 255))),
        ("integers", (x, y, _) => (Hash(x, y, 1) % 4, Hash(x, y, 2) % 4, Hash(x, y, 3) % 4)),
        ("binary-noise", (x, y, _) => Grey(Hash(x, y, 4) % 2 * 255)),
        ("blocks", (x, y, _) => Grey(Hash(x / 8, y / 8, 5) % 3 * 100)),
        ("cut-out", (x, y, s) => Squared(x, y, s) < s * s / 8.0
            ? (Hash(x, y, 6) % 256, Hash(x / 2, y / 2, 7) % 256, Hash(x / 4, y / 4, 8) % 256)
            : (255, 255, 255)),
    ];

    public static IEnumerable<string> Names => Known.Select(picture => picture.Name);

    /// <summary>Draws one.</summary>
    public static Photo Draw(string name, int width, int height)
    {
        Func<int, int, int, (int R, int G, int B)> colour = Known.Single(picture => picture.Name == name).Colour;
        var rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
        {
            (int r, int g, int b) = colour(x, y, Math.Min(width, height));
            (byte R, byte G, byte B) = ((byte)r, (byte)g, (byte)b);
            (rgb[(y * width + x) * 3], rgb[(y * width + x) * 3 + 1], rgb[(y * width + x) * 3 + 2]) = (R, G, B);
        }

        return new Photo(width, height, rgb);
    }

    private static (int, int, int) Grey(int value) => (value, value, value);

    private static double Squared(int x, int y, int side) =>
        (x - side / 2.0) * (x - side / 2.0) + (y - side / 2.0) * (y - side / 2.0);

    /// <summary>A number that looks random and depends on the place alone (a mixer of 64 bits).</summary>
    private static int Hash(int x, int y, int salt)
    {
        unchecked
        {
            ulong h = (ulong)x * 0x9E3779B97F4A7C15UL + (ulong)y * 0xC2B2AE3D27D4EB4FUL + (ulong)salt * 0x165667B19E3779F9UL;
            h = (h ^ (h >> 31)) * 0xBF58476D1CE4E5B9UL;
            h = (h ^ (h >> 27)) * 0x94D049BB133111EBUL;
            return (int)((h ^ (h >> 31)) >> 33);
        }
    }
}
