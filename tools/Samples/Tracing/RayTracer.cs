using System.Numerics;
using NetViz.Engine;
using SkiaSharp;

namespace NetViz.Samples.Tracing;

/// <summary>
/// Renders solids given by their signed distance: sphere tracing (Hart 1996), one lamp with soft shadows, ambient occlusion
/// from a few distances along the normal, a highlight after Trowbridge and Reitz, mirrored surroundings with Schlick's Fresnel
/// term, one bounce of real mirroring on smooth surfaces. Each pixel is computed on its own from numbers of its own.
/// </summary>
internal static class RayTracer
{
    private const int FirstSamples = 4, MostSamples = 16;

    /// <summary>The picture; opaque, sRGB.</summary>
    /// <param name="scene">What to render.</param>
    /// <param name="size">The side in pixels.</param>
    public static unsafe SKBitmap Render(SolidScene scene, int size)
    {
        var picture = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte* pixels = (byte*)picture.GetPixels();
        int rowBytes = picture.RowBytes;
        Parallel.For(0, size, y => RenderRow(scene, y, size, new Span<byte>(pixels + (long)y * rowBytes, 4 * size)));
        return picture;
    }

    /// <summary>One row of the picture, the same as in the whole.</summary>
    /// <param name="scene">What to render.</param>
    /// <param name="y">The row.</param>
    /// <param name="size">The side in pixels.</param>
    /// <param name="row">Receives four bytes a pixel: red, green, blue and 255.</param>
    public static void RenderRow(SolidScene scene, int y, int size, Span<byte> row)
    {
        for (int x = 0; x < size; x++) Film.Store(Pixel(scene, x, y, size), x, y, size, row.Slice(4 * x, 4));
    }

    // Four rays; where they differ much (an edge, a blur), twelve more.
    private static Vector3 Pixel(SolidScene scene, int x, int y, int size)
    {
        var random = new CounterRandom((ulong)(y * size + x), 1);
        Vector3 sum = Vector3.Zero, low = new(9), high = new(-9);
        int count = 0;
        for (; count < MostSamples; count++)
        {
            if (count == FirstSamples)
            {
                Vector3 range = high - low;
                if (MathF.Max(range.X, MathF.Max(range.Y, range.Z)) < 0.05f) break;
            }

            // Within the quarters of the pixel, and on the lens along Vogel's spiral, turned by the pixel's own angle.
            int spread = count * 7 % MostSamples;
            float px = x + ((count & 1) + 0.5f + 0.45f * Jitter(random, 2 * count)) * 0.5f;
            float py = y + (((count >> 1) & 1) + 0.5f + 0.45f * Jitter(random, 2 * count + 1)) * 0.5f;
            float radius = MathF.Sqrt((spread + 0.5f) / MostSamples), turn = 2.39996323f * spread + MathF.PI * Jitter(random, -1);
            (Vector3 origin, Vector3 direction) = scene.Camera.Ray(2 * px / size - 1, 2 * py / size - 1,
                radius * new Vector2(MathF.Cos(turn), MathF.Sin(turn)));
            Vector3 colour = Film.Develop(Light(scene, origin, direction) * scene.Exposure);
            sum += colour;
            low = Vector3.Min(low, colour);
            high = Vector3.Max(high, colour);
        }

        return sum / count;
    }

    // Uniform in -1..1.
    private static float Jitter(CounterRandom random, int counter) => (random.Bits(counter) >> 40) / (float)(1 << 23) - 1;

    private static Vector3 Light(SolidScene scene, Vector3 origin, Vector3 direction)
    {
        float t = March(scene, origin, direction, 0.01f, scene.Far);
        if (t < 0) return scene.Backdrop(direction);
        Vector3 p = origin + t * direction, normal = NormalAt(scene, p, t), smooth = normal;
        Surface surface = scene.At(p, ref normal);
        Vector3 colour = Shade(scene, p, direction, normal, smooth, surface, out Vector3 mirrored, out Vector3 share);
        if (surface.Roughness < 0.25f && Vector3.Dot(share, Vector3.One) > 0.05f)
        {
            // What the mirror shows: a solid, if the mirrored ray meets one, instead of the sky.
            Vector3 start = p + smooth * (0.004f + 0.001f * t);
            float s = March(scene, start, mirrored, 0.01f, scene.ShadowReach * 2);
            if (s > 0)
            {
                Vector3 q = start + s * mirrored, other = NormalAt(scene, q, s);
                Surface seen = scene.At(q, ref other);
                Vector3 light = Shade(scene, q, mirrored, other, other, seen, out Vector3 next, out Vector3 nextShare)
                    + nextShare * scene.Sky(next);
                return scene.Haze(colour + share * light, t, direction);
            }
        }

        return scene.Haze(colour + share * scene.Sky(mirrored), t, direction);
    }

    private static Vector3 Shade(SolidScene scene, Vector3 p, Vector3 direction, Vector3 normal, Vector3 smooth, Surface surface,
        out Vector3 mirrored, out Vector3 share)
    {
        float facing = Vector3.Dot(normal, scene.Lamp), open = Openness(scene, p, smooth);
        float lit = MathF.Max(0, (facing + surface.Wrap) / (1 + surface.Wrap));
        if (lit > 0) lit *= Shadow(scene, p + smooth * 0.006f, scene.Lamp);
        Vector3 scattered = lit * scene.LampLight + open * scene.Ambient(normal);
        float toEye = MathF.Max(0.02f, -Vector3.Dot(direction, normal));
        // Schlick 1994: F = F0 + (1 - F0) (1 - cos)^5; a rough surface shows less of the rise.
        float rise = MathF.Pow(1 - toEye, 5) * (1 - surface.Roughness);
        Vector3 f0 = surface.Metal ? surface.Colour : new Vector3(surface.Gloss);
        Vector3 fresnel = surface.Gloss <= 0 ? Vector3.Zero : f0 + (Vector3.One - f0) * rise;
        // Trowbridge and Reitz 1975: D = a^2 / (pi (c^2 (a^2 - 1) + 1)^2), c the cosine between the normal and the half vector.
        float a = MathF.Max(0.04f, surface.Roughness * surface.Roughness), a2 = a * a;
        Vector3 half = Vector3.Normalize(scene.Lamp - direction);
        float cosine = MathF.Max(0, Vector3.Dot(normal, half)), under = cosine * cosine * (a2 - 1) + 1;
        float highlight = MathF.Min(12, a2 / (MathF.PI * under * under)) * 0.25f * lit;
        mirrored = Vector3.Reflect(direction, normal);
        if (Vector3.Dot(mirrored, smooth) < 0.01f)
            mirrored = Vector3.Normalize(mirrored + smooth * (0.02f - Vector3.Dot(mirrored, smooth)));
        share = fresnel * (open * (1 - 0.6f * surface.Roughness));
        Vector3 body = surface.Metal ? Vector3.Zero : surface.Colour * scattered * (1 - fresnel.X);
        return body + fresnel * highlight * scene.LampLight;
    }

    private static float March(SolidScene scene, Vector3 origin, Vector3 direction, float from, float far)
    {
        float t = from;
        for (int i = 0; i < 220 && t < far; i++)
        {
            float d = scene.Distance(origin + t * direction);
            if (d < 0.0004f * (1 + t)) return t;
            t += d * scene.Stride;
        }

        return -1;
    }

    private static Vector3 NormalAt(SolidScene scene, Vector3 p, float t)
    {
        float h = 0.0006f * (1 + t);
        Vector3 a = new(1, -1, -1), b = new(-1, -1, 1), c = new(-1, 1, -1), d = new(1, 1, 1);
        return Vector3.Normalize(a * scene.Distance(p + h * a) + b * scene.Distance(p + h * b)
            + c * scene.Distance(p + h * c) + d * scene.Distance(p + h * d));
    }

    // The share of the lamp that is seen: the smallest ratio of distance to length along the way (Quilez, soft shadows).
    private static float Shadow(SolidScene scene, Vector3 p, Vector3 lamp)
    {
        float light = 1, t = 0.02f;
        for (int i = 0; i < 48 && t < scene.ShadowReach; i++)
        {
            float d = scene.Distance(p + t * lamp);
            light = MathF.Min(light, 0.5f + 0.5f * scene.ShadowSharpness * d / t);
            if (light <= 0) return 0;
            t += Math.Clamp(MathF.Abs(d) * 0.8f, 0.012f, scene.ShadowReach / 8);
        }

        return light * light * (3 - 2 * light);
    }

    // Ambient occlusion: how much nearer than they should be the solids are, along the normal.
    private static float Openness(SolidScene scene, Vector3 p, Vector3 normal)
    {
        float closed = 0, weight = 1, reach = scene.ShadowReach / 24;
        for (int i = 1; i <= 5; i++, weight *= 0.72f)
        {
            float h = reach * i / 5;
            closed += weight * MathF.Max(0, h - scene.Distance(p + h * normal)) / reach;
        }

        return Math.Clamp(1 - 0.75f * closed, 0.08f, 1);
    }
}
