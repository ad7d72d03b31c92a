using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A yellow school bus on a road, from its front and side. Lengths in metres; it drives towards +z.</summary>
internal sealed class SchoolBusScene() : SolidScene("school-bus")
{
    private static readonly Writing Sign = new("SCHOOL BUS"), Side = new("SCHOOL DISTRICT");
    private static readonly Vector3 Yellow = new(0.74f, 0.31f, 0.006f), Black = new(0.012f, 0.012f, 0.013f);
    private static readonly float[] Axles = [-2.7f, 5.05f];

    public override Camera Camera { get; } = new(new Vector3(7.2f, 2.5f, 14.4f), new Vector3(-0.15f, 1.62f, 2.3f), 29, 0.02f, 12);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(0.62f, 0.70f, 0.42f));

    public override Vector3 LampLight { get; } = new(2.7f, 2.5f, 2.2f);

    public override float Exposure => 0.78f;

    public override float ShadowSharpness => 26;

    public override float Far => 70;

    public override float Distance(Vector3 p)
    {
        float bound = Solid.Box(p - new Vector3(0, 1.7f, 0.8f), new Vector3(1.7f, 1.7f, 5.7f));
        return bound > 0.5f ? MathF.Min(p.Y, bound) : MathF.Min(p.Y, MathF.Min(Body(p), Parts(p)));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float body = Body(p), parts = Parts(p);
        if (p.Y < MathF.Min(body, parts)) return Road(p, ref normal);
        return body < parts ? Paint(p, normal) : Part(p, normal);
    }

    public override Vector3 Sky(Vector3 direction) => direction.Y > 0
        ? Surroundings.Heaven(direction, 0.1f) : new Vector3(0.20f, 0.20f, 0.20f);

    public override Vector3 Backdrop(Vector3 direction) =>
        Surroundings.Trees(direction, Surroundings.Heaven(direction, 0.1f), 0.15f);

    public override Vector3 Ambient(Vector3 normal) =>
        Vector3.Lerp(new Vector3(0.26f, 0.24f, 0.22f), new Vector3(0.50f, 0.62f, 0.80f), 0.5f + 0.5f * normal.Y);

    private static float Body(Vector3 p)
    {
        float coach = Solid.Box(p - new Vector3(0, 1.95f, 0), new Vector3(1.22f, 1.20f, 4.5f), 0.22f);
        float hood = Solid.Box(p - new Vector3(0, 1.27f, 5.2f), new Vector3(0.98f, 0.56f, 0.95f), 0.20f);
        float wing = Solid.Box(p with { X = MathF.Abs(p.X) } - new Vector3(0.94f, 1.02f, 5.05f),
            new Vector3(0.20f, 0.36f, 0.82f), 0.16f);
        float body = Solid.Blend(coach, Solid.Blend(hood, wing, 0.12f), 0.10f);
        foreach (float z in Axles)
        {
            Vector3 q = p - new Vector3(0, 0.60f, z);
            float arch = MathF.Max(MathF.Sqrt(q.Y * q.Y + q.Z * q.Z) - 0.66f, 0.72f - MathF.Abs(q.X));
            body = Solid.Without(body, arch, 0.03f);
        }

        return body;
    }

    // Wheels, bumper, mirrors, and the dark of the chassis.
    private static float Parts(Vector3 p)
    {
        Vector3 s = p with { X = MathF.Abs(p.X) };
        float d = Solid.Box(p - new Vector3(0, 0.74f, 6.20f), new Vector3(1.16f, 0.15f, 0.10f), 0.04f);
        d = MathF.Min(d, Solid.Box(p - new Vector3(0, 0.72f, 0.6f), new Vector3(0.80f, 0.22f, 5.0f)));
        foreach (float z in Axles)
        {
            Vector3 q = s - new Vector3(0.98f, 0.52f, z);
            d = MathF.Min(d, Solid.Cylinder(new Vector3(q.Y, q.X, q.Z), 0.52f, 0.17f, 0.06f));
        }

        d = MathF.Min(d, Solid.Rod(s, new Vector3(1.15f, 2.1f, 4.4f), new Vector3(1.48f, 2.30f, 4.95f), 0.022f, 0.022f));
        d = MathF.Min(d, Solid.Box(s - new Vector3(1.50f, 2.22f, 4.97f), new Vector3(0.12f, 0.24f, 0.06f), 0.05f));
        return MathF.Min(d, Solid.Sphere(s - new Vector3(0.86f, 1.98f, 5.95f), 0.13f));
    }

    private static Surface Part(Vector3 p, Vector3 normal)
    {
        float x = MathF.Abs(p.X);
        foreach (float z in Axles)
        {
            float r = MathF.Sqrt((p.Y - 0.52f) * (p.Y - 0.52f) + (p.Z - z) * (p.Z - z));
            if (x < 0.78f || x > 1.2f || r > 0.56f) continue;
            if (r > 0.31f || normal.X < 0.5f) return new Surface(new Vector3(0.018f, 0.018f, 0.019f), 0.02f, 0.7f);
            float turn = MathF.Atan2(p.Y - 0.52f, p.Z - z) / MathF.Tau * 10, bolt = MathF.Abs(turn - MathF.Round(turn)) * r;
            return r is > 0.13f and < 0.22f && bolt < 0.03f ? new Surface(Black, 0.03f, 0.5f)
                : new Surface(r < 0.12f ? new Vector3(0.10f, 0.10f, 0.10f) : new Vector3(0.48f, 0.47f, 0.46f), 0.05f, 0.35f);
        }

        return new Surface(Black, 0.045f, 0.35f);
    }

    private static Surface Paint(Vector3 p, Vector3 normal)
    {
        float x = MathF.Abs(p.X);
        var yellow = new Surface(Yellow * (1 + 0.05f * Noise.Layered(p, 3)), 0.045f, 0.16f);
        if (p.Y < 0.86f) return new Surface(Black, 0.03f, 0.5f);
        if (MathF.Abs(normal.X) > 0.6f && p.Z < 4.5f) return Flank(p) ?? yellow;
        if (normal.Z > 0.5f && p.Z > 4.3f && p.Y > 1.9f) return Brow(p, x) ?? yellow;
        if (normal.Z > 0.5f && p.Z > 5.9f) return Grille(p, x) ?? yellow;
        return yellow;
    }

    private static Surface? Flank(Vector3 p)
    {
        if (MathF.Abs(p.Y - 1.14f) < 0.05f || MathF.Abs(p.Y - 1.44f) < 0.045f || MathF.Abs(p.Y - 1.88f) < 0.04f)
            return new Surface(Black, 0.05f, 0.3f);
        float stop = Vector2.Distance(new Vector2(p.Z, p.Y), new Vector2(3.25f, 1.66f));
        if (p.X > 0 && stop < 0.25f)
        {
            Vector3 colour = stop < 0.215f ? new Vector3(0.55f, 0.015f, 0.015f) : new Vector3(0.8f, 0.8f, 0.8f);
            return new Surface(colour, 0.04f, 0.3f);
        }

        if (Side.Distance((1.6f - p.Z) / 0.17f, (p.Y - 1.575f) / 0.17f) < 0.09f && p.X > 0)
            return new Surface(Black, 0.03f, 0.4f);
        float cell = (p.Z + 4.25f) / 0.84f, within = cell - MathF.Floor(cell);
        if (p.Y is < 1.99f or > 2.66f || MathF.Abs(p.Z) > 4.25f || within is < 0.07f or > 0.93f) return null;
        bool frame = within is < 0.12f or > 0.88f || MathF.Abs(p.Y - 2.34f) < 0.022f || p.Y is < 2.02f or > 2.63f;
        return frame ? new Surface(new Vector3(0.05f, 0.05f, 0.05f), 0.05f, 0.3f) : Glass(p);
    }

    private static Surface? Brow(Vector3 p, float x)
    {
        if (Sign.Distance((p.X + 0.0675f * Sign.Width) / 0.135f, (p.Y - 2.84f) / 0.135f) < 0.10f)
            return new Surface(Black, 0.03f, 0.4f);
        if (p.Y is > 2.77f and < 3.05f && x is > 0.68f and < 1.12f)
        {
            float lamp = Vector2.Distance(new Vector2(x, p.Y), new Vector2(x < 0.9f ? 0.79f : 1.01f, 2.91f));
            return lamp < 0.085f ? new Surface(x < 0.9f ? new Vector3(0.75f, 0.22f, 0.01f)
                : new Vector3(0.62f, 0.01f, 0.01f), 0.05f, 0.15f) : new Surface(Black, 0.03f, 0.4f);
        }

        if (p.Y is < 1.98f or > 2.72f || x > 1.08f) return null;
        return x < 0.03f || x > 1.03f || p.Y is < 2.02f or > 2.68f ? new Surface(Black, 0.04f, 0.4f) : Glass(p);
    }

    private static Surface? Grille(Vector3 p, float x)
    {
        float lamp = Vector2.Distance(new Vector2(x, p.Y), new Vector2(0.74f, 1.26f));
        if (lamp < 0.125f) return new Surface(new Vector3(0.85f, 0.86f, 0.84f), 0.3f, 0.1f);
        if (lamp < 0.16f) return new Surface(new Vector3(0.2f, 0.2f, 0.2f), 0.3f, 0.2f);
        if (x is > 0.62f and < 0.86f && p.Y is > 1.48f and < 1.56f)
            return new Surface(new Vector3(0.75f, 0.20f, 0.01f), 0.05f, 0.2f);
        if (x > 0.52f || p.Y is < 0.98f or > 1.56f) return null;
        float bar = p.Y / 0.075f;
        return MathF.Abs(bar - MathF.Round(bar)) < 0.2f || x > 0.48f
            ? new Surface(new Vector3(0.42f, 0.42f, 0.42f), 0.4f, 0.25f, 0, true) : new Surface(Black, 0.02f, 0.6f);
    }

    private static Surface Glass(Vector3 p) =>
        new(new Vector3(0.022f, 0.026f, 0.030f) * (1 + 0.5f * Noise.Smooth(p * 2)), 0.09f, 0.06f);

    private static Surface Road(Vector3 p, ref Vector3 normal)
    {
        if (p.X < -3.1f - 0.2f * Noise.Smooth(p.Z, 1)) return Materials.Grass(p, ref normal);
        if (p.X < -2.75f) return new Surface(new Vector3(0.34f, 0.33f, 0.31f) * (1 + 0.2f * Noise.Layered(p * 6, 3)), 0, 1);
        float grit = Noise.Layered(p.X * 22, p.Z * 22, 2), patch = Noise.Layered(p.X * 0.5f, p.Z * 0.25f, 3);
        Vector3 grey = new Vector3(0.135f, 0.132f, 0.130f) * (1 + 0.35f * grit + 0.25f * patch);
        float dash = p.Z / 6 + 0.1f;
        if (MathF.Abs(p.X - 2.75f) < 0.07f && dash - MathF.Floor(dash) < 0.6f)
            grey = new Vector3(0.70f, 0.69f, 0.64f) * (1 + 0.2f * grit);
        return new Surface(grey, 0.02f, 0.8f);
    }
}
