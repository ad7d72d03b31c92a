using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A white china teapot with painted flowers.</summary>
internal sealed class TeapotScene() : SolidScene("teapot")
{
    public override Camera Camera { get; } = new(new Vector3(0.3f, 2.7f, 7.2f), new Vector3(0.02f, 0.98f, 0), 29, 0.07f, 6.6f);

    public override float Stride => 0.8f;

    public override float Distance(Vector3 p) => MathF.Min(p.Y, MathF.Min(Pot(p), Knob(p)));

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float pot = Pot(p), knob = Knob(p);
        if (p.Y < MathF.Min(pot, knob))
            return Materials.Boards(p, ref normal, new Vector3(0.09f, 0.036f, 0.016f), new Vector3(0.30f, 0.15f, 0.07f), 1.5f);
        Vector3 gold = new(0.60f, 0.36f, 0.10f);
        if (knob < pot) return new Surface(gold, 0.5f, 0.2f, 0, true);
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z);
        bool line = MathF.Abs(p.Y - 1.66f) < 0.022f && rho < 0.9f || MathF.Abs(p.Y - 0.16f) < 0.02f;
        if (line) return new Surface(gold, 0.5f, 0.22f, 0, true);
        return Materials.Porcelain(Painted(p));
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    public override Vector3 Backdrop(Vector3 direction) => new(0.16f, 0.20f, 0.19f);

    public override Vector3 Haze(Vector3 colour, float distance, Vector3 direction) =>
        Vector3.Lerp(colour, new Vector3(0.16f, 0.20f, 0.19f), Noise.Step(7.6f, 13, distance));

    private static float Knob(Vector3 p) => Solid.Ellipsoid(p - new Vector3(0, 2.16f, 0), new Vector3(0.17f, 0.15f, 0.17f));

    private static float Pot(Vector3 p)
    {
        float bound = (p - new Vector3(0, 1, 0)).Length() - 2.6f;
        if (bound > 0.5f) return bound;
        float body = Solid.Ellipsoid(p - new Vector3(0, 0.92f, 0), new Vector3(1.22f, 0.92f, 1.22f));
        float foot = Solid.Cylinder(p - new Vector3(0, 0.08f, 0), 0.72f, 0.08f, 0.05f);
        float lid = Solid.Ellipsoid(p - new Vector3(0, 1.66f, 0), new Vector3(0.74f, 0.30f, 0.74f));
        float seam = Solid.Torus(p - new Vector3(0, 1.66f, 0), 0.77f, 0.055f);
        float neck = Solid.Rod(p, new Vector3(0, 1.9f, 0), new Vector3(0, 2.08f, 0), 0.10f, 0.07f);
        float pot = Solid.Blend(Solid.Blend(body, foot, 0.12f), Solid.Blend(lid, neck, 0.12f), 0.03f);
        pot = Solid.Blend(pot, seam, 0.05f);
        // The spout: an S of three pieces to the left, open at its mouth.
        float a = Solid.Rod(p, new Vector3(-0.9f, 0.62f, 0), new Vector3(-1.42f, 0.92f, 0), 0.34f, 0.22f);
        float b = Solid.Rod(p, new Vector3(-1.42f, 0.92f, 0), new Vector3(-1.66f, 1.36f, 0), 0.22f, 0.15f);
        float c = Solid.Rod(p, new Vector3(-1.66f, 1.36f, 0), new Vector3(-1.96f, 1.66f, 0), 0.15f, 0.13f);
        float spout = Solid.Blend(Solid.Blend(a, b, 0.14f), c, 0.12f);
        spout = Solid.Without(spout, Solid.Sphere(p - new Vector3(-2.06f, 1.77f, 0), 0.125f), 0.03f);
        // The handle: an ear of a ring to the right.
        Vector3 h = Solid.TurnZ(p - new Vector3(1.28f, 1.02f, 0), 0.12f);
        float ring = MathF.Sqrt(h.X * h.X + h.Y * h.Y * 0.82f) - 0.56f;
        float handle = MathF.Max((MathF.Sqrt(ring * ring + h.Z * h.Z) - 0.098f) * 0.9f,
            -Solid.Ellipsoid(p - new Vector3(0, 0.92f, 0), new Vector3(1.1f, 0.8f, 1.1f)));
        return Solid.Blend(Solid.Blend(pot, spout, 0.13f), handle, 0.10f) * 0.9f;
    }

    // Roses with leaves around the belly: rings of petals about the middles, in the sphere's longitude and height.
    private static Vector3 Painted(Vector3 p)
    {
        Vector3 china = new(0.82f, 0.80f, 0.74f);
        if (MathF.Abs(p.X) > 1.24f) return china;
        float u = MathF.Atan2(p.X, p.Z) * 1.2f, v = p.Y - 0.98f;
        (float X, float Y, float R, int Hue)[] flowers =
        [
            (-0.10f, 0.02f, 0.25f, 0xB8304A), (0.36f, 0.16f, 0.17f, 0xC8506A), (-0.52f, 0.17f, 0.16f, 0x7A4AA0),
            (0.30f, -0.24f, 0.13f, 0xD8A030),
            (-0.42f, -0.18f, 0.14f, 0xC8506A),
        ];
        Vector3 colour = china;
        foreach ((float x, float y, float r, int hue) in flowers)
        {
            float du = u - x, dv = v - y, rho = MathF.Sqrt(du * du + dv * dv) / r, turn = MathF.Atan2(dv, du);
            float leaf = MathF.Abs(MathF.Sin(turn * 1.5f + x * 9)) > 0.90f ? 1.55f : 0;
            if (rho < leaf && rho > 0.6f) colour = Surface.Rgb(0x3E6B35) * (0.8f + 0.4f * rho);
            float petals = 0.86f + 0.14f * MathF.Cos(5 * turn + 4 * rho);
            if (rho >= petals) continue;
            float shade = 0.62f + 0.45f * (0.5f + 0.5f * MathF.Sin(rho * 13 + 2 * turn));
            colour = Vector3.Lerp(Surface.Rgb(hue) * shade, china, 0.25f * rho);
        }

        return colour;
    }
}
