using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A seven-spot ladybird on a leaf, from close by.</summary>
internal sealed class LadybugScene() : SolidScene("ladybug")
{
    // The spots' centres seen from above, along (z) and across (x) the back, and their radii.
    private static readonly (float X, float Z, float R)[] Spots =
        [(0, -0.86f, 0.22f), (0.42f, -0.42f, 0.185f), (0.66f, 0.20f, 0.17f), (0.32f, 0.58f, 0.17f)];

    private static readonly (Vector3 Knee, Vector3 Foot, float Z)[] Legs =
    [
        (new(1.12f, 0.34f, -1.00f), new(1.42f, 0.02f, -1.22f), -0.72f),
        (new(1.24f, 0.36f, -0.10f), new(1.55f, 0.02f, -0.02f), -0.2f),
        (new(1.10f, 0.32f, 0.62f), new(1.40f, 0.02f, 1.02f), 0.35f),
    ];

    public override Camera Camera { get; } =
        new(new Vector3(-0.3f, 3.7f, 5.9f), new Vector3(0.02f, 0.35f, -0.05f), 32, 0.16f, 6.15f);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(-0.45f, 0.85f, 0.15f));

    public override float ShadowSharpness => 10;

    public override float Stride => 0.75f;

    public override float ShadowReach => 6;

    public override float Distance(Vector3 p)
    {
        float leaf = LeafAt(p);
        Vector3 q = InBeetle(p);
        float bound = q.Length() - 2.0f;
        return bound > 0.4f ? MathF.Min(leaf, bound) : MathF.Min(leaf, MathF.Min(Shell(q), Front(q)));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        Vector3 q = InBeetle(p);
        float leaf = LeafAt(p), shell = Shell(q), front = Front(q);
        if (leaf <= MathF.Min(shell, front)) return LeafSurface(p, ref normal);
        if (shell < front) return ShellSurface(q, ref normal);
        // White marks at the corners of the pronotum and on the head.
        Vector3 mark = new(MathF.Abs(q.X) - 0.50f, q.Y - 0.52f, q.Z + 1.14f);
        Vector3 eye = new(MathF.Abs(q.X) - 0.20f, q.Y - 0.44f, q.Z + 1.46f);
        bool white = (mark / new Vector3(0.17f, 0.26f, 0.24f)).Length() < 1
            || (eye / new Vector3(0.07f, 0.09f, 0.12f)).Length() < 1;
        return white ? new Surface(new Vector3(0.78f, 0.74f, 0.64f), 0.05f, 0.25f)
            : new Surface(new Vector3(0.012f, 0.011f, 0.012f), 0.06f, 0.25f);
    }

    public override Vector3 Sky(Vector3 direction) =>
        Surroundings.Room(direction) * 0.8f + new Vector3(0.02f, 0.06f, 0.02f);

    public override Vector3 Backdrop(Vector3 direction) =>
        Surroundings.Garden(direction, new Vector3(0.02f, 0.06f, 0.01f), new Vector3(0.22f, 0.42f, 0.06f));

    public override Vector3 Ambient(Vector3 normal) =>
        Vector3.Lerp(new Vector3(0.12f, 0.24f, 0.05f), new Vector3(0.60f, 0.66f, 0.70f), 0.5f + 0.5f * normal.Y);

    private static Vector3 InBeetle(Vector3 p) => Solid.TurnY(p - new Vector3(0.02f, 0.06f, 0), -2.15f);

    private static float Shell(Vector3 q)
    {
        float dome = Solid.Ellipsoid(q - new Vector3(0, 0.18f, 0.05f), new Vector3(1.02f, 0.92f, 1.24f));
        float groove = 0.018f * MathF.Exp(-q.X * q.X * 900);
        return Solid.Without(dome + groove, q.Y - 0.16f, 0.06f) * 0.95f;
    }

    private static float Front(Vector3 q)
    {
        Vector3 s = q with { X = MathF.Abs(q.X) };
        float neck = Solid.Ellipsoid(q - new Vector3(0, 0.36f, -1.00f), new Vector3(0.68f, 0.36f, 0.40f));
        float head = Solid.Ellipsoid(q - new Vector3(0, 0.30f, -1.36f), new Vector3(0.36f, 0.24f, 0.28f));
        float d = Solid.Blend(neck, head, 0.06f);
        foreach ((Vector3 knee, Vector3 foot, float z) in Legs)
        {
            float leg = Solid.Rod(s, new Vector3(0.72f, 0.22f, z), knee, 0.075f, 0.055f);
            d = MathF.Min(d, MathF.Min(leg, Solid.Rod(s, knee, foot, 0.05f, 0.035f)));
        }

        float feeler = Solid.Rod(s, new Vector3(0.22f, 0.34f, -1.54f), new Vector3(0.42f, 0.42f, -1.80f), 0.028f, 0.024f);
        float knob = Solid.Sphere(s - new Vector3(0.44f, 0.43f, -1.83f), 0.05f);
        return MathF.Min(d, MathF.Min(feeler, knob)) * 0.95f;
    }

    private static Surface ShellSurface(Vector3 q, ref Vector3 normal)
    {
        float ink = 0, x = MathF.Abs(q.X);
        foreach ((float sx, float sz, float r) in Spots)
        {
            float d = MathF.Sqrt((x - sx) * (x - sx) + (q.Z - sz) * (q.Z - sz)) / r + 0.10f * Noise.Smooth(q * 5);
            ink = MathF.Max(ink, 1 - Noise.Step(0.93f, 1.05f, d));
        }

        ink = MathF.Max(ink, 0.85f * (1 - Noise.Step(0.008f, 0.022f, x)));
        normal = Vector3.Normalize(normal + 0.012f * Noise.Slope(q * 26));
        Vector3 red = new Vector3(0.58f, 0.014f, 0.006f) * (1 + 0.18f * Noise.Layered(q * 2, 3));
        red = Vector3.Lerp(red, new Vector3(0.60f, 0.04f, 0.01f), Noise.Step(0.7f, 1.1f, q.Length()) * 0.5f);
        return new Surface(Vector3.Lerp(red, new Vector3(0.012f, 0.010f, 0.010f), ink), 0.05f, 0.11f, 0.12f);
    }

    // A broad leaf, its rib along x, with cushions between the veins; it ends in front and behind.
    private static float LeafAt(Vector3 p)
    {
        if (p.Y > 0.5f) return p.Y - 0.25f;
        float edge = MathF.Abs(p.Z + 0.1f * p.X + 0.15f) - 3.0f + 0.05f * p.X * p.X + 0.05f * MathF.Sin(p.X * 7);
        float height = 0.10f * p.Z - 0.055f * p.Z * p.Z * 0.5f - 0.02f * p.X * p.X + 0.035f * Cushion(p);
        float y = MathF.Abs(p.Y - height) - 0.02f, ox = MathF.Max(edge, 0), oy = MathF.Max(y, 0);
        return 0.8f * (MathF.Min(MathF.Max(edge, y), 0) + MathF.Sqrt(ox * ox + oy * oy));
    }

    private static float Cushion(Vector3 p)
    {
        float z = p.Z + 0.1f * p.X + 0.15f, rib = 1 - MathF.Exp(-z * z * 60);
        float along = (p.X + 0.75f * MathF.Abs(z)) * 1.15f, vein = MathF.Abs(along - MathF.Round(along));
        return rib * Noise.Step(0, 0.35f, vein);
    }

    private static Surface LeafSurface(Vector3 p, ref Vector3 normal)
    {
        (float cell, float _) = Noise.Cells(p.X * 6, p.Z * 6);
        float net = Noise.Step(0.35f, 0.62f, cell), cushion = Cushion(p);
        normal = Vector3.Normalize(normal + 0.05f * Noise.Slope(p * 6) + 0.02f * Noise.Slope(p * 25));
        Vector3 green = Vector3.Lerp(new Vector3(0.10f, 0.26f, 0.022f), new Vector3(0.19f, 0.38f, 0.045f),
            Math.Clamp(0.5f + 0.6f * Noise.Layered(p * 1.3f, 4), 0, 1));
        green = Vector3.Lerp(green, new Vector3(0.30f, 0.46f, 0.12f),
            0.65f * (1 - Noise.Step(0.02f, 0.35f, cushion)) + 0.18f * net);
        return new Surface(green, 0.035f, 0.42f, 0.35f);
    }
}
