using System.Numerics;
using NetViz.Engine;

namespace NetViz.Samples.Tracing;

/// <summary>From light to the numbers of a photograph.</summary>
internal static class Film
{
    /// <summary>
    /// Linear light to sRGB in 0..1, highlights rolled off: (x (2.51 x + 0.03)) / (x (2.43 x + 0.59) + 0.14), Narkowicz's fit
    /// (2015) of the film curve of the Academy Color Encoding System, then the sRGB exponent.
    /// </summary>
    public static Vector3 Develop(Vector3 light)
    {
        Vector3 x = Vector3.Max(light, Vector3.Zero) * 0.62f;
        Vector3 film = x * (2.51f * x + new Vector3(0.03f)) / (x * (2.43f * x + new Vector3(0.59f)) + new Vector3(0.14f));
        film = Vector3.Clamp(film, Vector3.Zero, Vector3.One);
        return new Vector3(MathF.Pow(film.X, 1 / 2.2f), MathF.Pow(film.Y, 1 / 2.2f), MathF.Pow(film.Z, 1 / 2.2f));
    }

    /// <summary>Writes a pixel, with a little of a lens's darker corners and of a sensor's noise.</summary>
    /// <param name="colour">sRGB, 0..1.</param>
    /// <param name="x">The column.</param>
    /// <param name="y">The row.</param>
    /// <param name="size">The picture's side.</param>
    /// <param name="pixel">Four bytes.</param>
    public static void Store(Vector3 colour, int x, int y, int size, Span<byte> pixel)
    {
        float u = 2f * x / size - 1, v = 2f * y / size - 1;
        colour *= 1 - 0.07f * (u * u + v * v);
        Span<float> grain = stackalloc float[3];
        new CounterRandom((ulong)(y * size + x), 2).Fill(0, 0.011, grain);
        colour += new Vector3(grain[0], grain[1], grain[2]) * 0.5f + new Vector3(grain[1] * 0.6f);
        for (int c = 0; c < 3; c++) pixel[c] = (byte)Math.Clamp(colour[c] * 255 + 0.5f, 0, 255);
        pixel[3] = 255;
    }
}
