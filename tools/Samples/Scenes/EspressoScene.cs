using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>An espresso in a white cup on its saucer, seen from above at a slant.</summary>
internal sealed class EspressoScene() : SolidScene("espresso")
{
    private const float Level = 1.02f;

    public override Camera Camera { get; } =
        new(new Vector3(0.2f, 5.6f, 5.0f), new Vector3(0.10f, 0.55f, 0.10f), 29, 0.08f, 6.5f);

    public override float Stride => 0.8f;

    public override float Distance(Vector3 p)
    {
        float d = MathF.Min(p.Y, MathF.Min(Saucer(p), Spoon(p)));
        return MathF.Min(d, MathF.Min(Cup(p), Coffee(p)));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float saucer = Saucer(p), spoon = Spoon(p), cup = Cup(p), coffee = Coffee(p);
        float least = MathF.Min(MathF.Min(p.Y, saucer), MathF.Min(spoon, MathF.Min(cup, coffee)));
        if (least == coffee) return Crema(p, ref normal);
        if (least == spoon) return new Surface(new Vector3(0.72f, 0.70f, 0.68f), 0.6f, 0.16f, 0, true);
        if (least != p.Y) return Materials.Porcelain(new Vector3(0.80f, 0.79f, 0.76f));
        return Materials.Boards(p, ref normal, new Vector3(0.060f, 0.024f, 0.010f), new Vector3(0.22f, 0.105f, 0.045f), 1.7f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    // The outer profile's radius at a height: a bowl on a foot.
    private static float Profile(float y) => 0.52f + 0.62f * MathF.Pow(Math.Clamp(y / 1.25f, 0, 1), 0.62f);

    private static float Cup(Vector3 p)
    {
        Vector3 q = p - new Vector3(0, 0.14f, 0);
        float bound = (q - new Vector3(0, 0.6f, 0)).Length() - 1.9f;
        if (bound > 0.4f) return bound;
        float rho = MathF.Sqrt(q.X * q.X + q.Z * q.Z);
        float wall = MathF.Abs(rho - Profile(q.Y) + 0.05f) - 0.05f;
        float d = MathF.Max(wall * 0.75f, MathF.Abs(q.Y - 0.62f) - 0.62f);
        d = MathF.Min(d, Solid.Cylinder(q - new Vector3(0, 0.08f, 0), 0.6f, 0.08f, 0.03f)) - 0.012f;
        // The ear, a flattened ring upright at the right.
        Vector3 h = Solid.TurnY(q, -0.35f) - new Vector3(1.22f, 0.72f, 0);
        float ring = MathF.Sqrt(h.X * h.X * 0.85f + h.Y * h.Y) - 0.34f;
        float ear = MathF.Sqrt(ring * ring + h.Z * h.Z * 0.45f) - 0.075f;
        return Solid.Blend(d, MathF.Max(ear * 0.8f, Profile(q.Y) - 0.06f - rho), 0.08f);
    }

    private static float Coffee(Vector3 p) =>
        Solid.Cylinder(p - new Vector3(0, Level - 0.1f, 0), Profile(Level - 0.14f) - 0.06f, 0.1f);

    private static float Saucer(Vector3 p)
    {
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z), t = rho / 2.05f;
        float height = 0.09f + 0.26f * t * t * t - 0.035f * Noise.Step(0.62f, 0.58f, rho);
        float y = MathF.Abs(p.Y - height) - 0.03f, out1 = rho - 2.02f;
        float ox = MathF.Max(out1, 0), oy = MathF.Max(y, 0);
        return 0.85f * (MathF.Min(MathF.Max(out1, y), 0) + MathF.Sqrt(ox * ox + oy * oy)) - 0.012f;
    }

    private static float Spoon(Vector3 p)
    {
        Vector3 q = Solid.TurnY(p - new Vector3(-1.28f, 0.32f, 0.75f), 1.02f);
        float bound = q.Length() - 1.9f;
        if (bound > 0.4f) return bound;
        float bowl = Solid.Without(Solid.Ellipsoid(q, new Vector3(0.40f, 0.10f, 0.24f)),
            Solid.Ellipsoid(q - new Vector3(0, 0.07f, 0), new Vector3(0.36f, 0.10f, 0.20f)), 0.02f);
        float handle = Solid.Rod(q, new Vector3(0.34f, 0.02f, 0), new Vector3(1.55f, 0.14f, 0), 0.045f, 0.07f);
        return Solid.Blend(bowl, handle, 0.12f) * 0.8f;
    }

    // Hazelnut foam, darker and lighter in whirls, with a pale ring and bubbles along the rim.
    private static Surface Crema(Vector3 p, ref Vector3 normal)
    {
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z) / 1.0f, turn = 1.4f * MathF.Exp(-rho * 1.2f);
        Vector3 q = Solid.TurnY(p, turn * 2.2f);
        float warp = Noise.Layered(q.X * 1.8f + 3, q.Z * 1.8f, 3);
        float streak = Noise.Layered(q.X * 2.6f + 2.2f * warp, q.Z * 5.2f + 1.6f * warp, 5);
        (float bubble, float number) = Noise.Cells(p.X * 22, p.Z * 22);
        float rim = Noise.Step(0.80f, 0.98f, rho);
        Vector3 colour = Vector3.Lerp(new Vector3(0.17f, 0.058f, 0.014f), new Vector3(0.50f, 0.24f, 0.075f),
            Math.Clamp(0.5f + 0.95f * streak + 0.25f * rim, 0, 1));
        bool open = number > 0.86f - 0.25f * rim && bubble < 0.30f;
        if (open) colour *= 0.62f;
        normal = Vector3.Normalize(normal + new Vector3(0.03f * streak, 0, 0.03f * warp));
        return new Surface(colour, 0.025f, open ? 0.2f : 0.45f, 0.3f);
    }
}
