using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A white lighthouse with red bands on a grassy headland by the sea. Lengths in metres.</summary>
internal sealed class LighthouseScene() : SolidScene("lighthouse")
{
    public override Camera Camera { get; } = new(new Vector3(-2.6f, 2.3f, 17.5f), new Vector3(0.35f, 4.35f, 0), 33);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(-0.62f, 0.52f, 0.58f));

    public override Vector3 LampLight { get; } = new(2.4f, 2.15f, 1.8f);

    public override float Exposure => 0.78f;

    public override float ShadowSharpness => 26;

    public override float Far => 90;

    public override float Stride => 0.75f;

    public override float Distance(Vector3 p) => MathF.Min(MathF.Min(Land(p), Tower(p)), MathF.Min(Rail(p), House(p)));

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float land = Land(p), tower = Tower(p), rail = Rail(p), house = House(p);
        float least = MathF.Min(MathF.Min(land, tower), MathF.Min(rail, house));
        if (least == land) return Ground(p, ref normal);
        if (least == rail) return new Surface(new Vector3(0.03f, 0.03f, 0.035f), 0.04f, 0.4f);
        return least == house ? HouseSurface(p, normal) : TowerSurface(p, ref normal);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Heaven(direction, 0.12f);

    public override Vector3 Backdrop(Vector3 direction)
    {
        if (direction.Y > -0.012f) return Surroundings.Heaven(direction, 0.12f);
        // The sea: waves flatten towards the horizon.
        float far = 1 / -direction.Y, x = direction.X * far, z = direction.Z * far;
        float wave = Noise.Layered(x * 1.6f, z * 0.7f, 4);
        float foam = Noise.Step(0.42f, 0.6f, Noise.Layered(x * 2.3f + 5, z * 1.1f, 4));
        Vector3 blue = Vector3.Lerp(new Vector3(0.035f, 0.13f, 0.27f), new Vector3(0.16f, 0.33f, 0.52f),
            Math.Clamp(0.35f + wave, 0, 1));
        return Vector3.Lerp(blue, new Vector3(0.8f, 0.85f, 0.9f), 0.6f * foam);
    }

    public override Vector3 Ambient(Vector3 normal) =>
        Vector3.Lerp(new Vector3(0.22f, 0.22f, 0.17f), new Vector3(0.50f, 0.66f, 0.92f), 0.5f + 0.5f * normal.Y);

    private static float Land(Vector3 p)
    {
        float hill = 0.25f - 0.012f * p.X * p.X - 0.016f * (p.Z - 1) * (p.Z - 1) - 0.03f * MathF.Max(p.Z - 4, 0);
        if (p.Y > hill + 2) return p.Y - hill - 1.2f;
        float rough = 0.5f * Noise.Layered(p.X * 0.45f, p.Z * 0.45f, 5) + 0.10f * Noise.Layered(p.X * 2.5f, p.Z * 2.5f, 3);
        return (p.Y - hill - rough) * 0.6f;
    }

    private static float Tower(Vector3 p)
    {
        float bound = Solid.Cylinder(p - new Vector3(0, 4.6f, 0), 1.9f, 5.2f);
        if (bound > 0.5f) return bound;
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z), y = p.Y;
        float shaft = MathF.Max((rho - (1.32f - 0.068f * y - 0.02f * MathF.Min(y, 1.2f))) * 0.97f, MathF.Abs(y - 3.3f) - 3.5f);
        float plinth = Solid.Cylinder(p - new Vector3(0, 0.1f, 0), 1.5f, 0.45f, 0.05f);
        float corbel = MathF.Max((rho - 0.80f - 0.5f * MathF.Max(0, y - 6.4f)) * 0.85f, MathF.Abs(y - 6.6f) - 0.25f);
        float gallery = Solid.Cylinder(p - new Vector3(0, 6.88f, 0), 1.22f, 0.075f, 0.02f);
        float lantern = Solid.Cylinder(p - new Vector3(0, 7.5f, 0), 0.62f, 0.58f, 0.02f);
        float dome = MathF.Max(Solid.Ellipsoid(p - new Vector3(0, 8.08f, 0), new Vector3(0.80f, 0.66f, 0.80f)), 8.06f - y);
        float tip = MathF.Min(Solid.Sphere(p - new Vector3(0, 8.82f, 0), 0.13f),
            Solid.Rod(p, new Vector3(0, 8.8f, 0), new Vector3(0, 9.4f, 0), 0.03f, 0.015f));
        return MathF.Min(MathF.Min(MathF.Min(shaft, plinth), MathF.Min(corbel, gallery)),
            MathF.Min(MathF.Min(lantern, dome), tip));
    }

    // The gallery's railing: two rings on posts.
    private static float Rail(Vector3 p)
    {
        float bound = Solid.Cylinder(p - new Vector3(0, 7.2f, 0), 1.3f, 0.4f);
        if (bound > 0.4f) return bound;
        float rings = MathF.Min(Solid.Torus(p - new Vector3(0, 7.42f, 0), 1.14f, 0.022f),
            Solid.Torus(p - new Vector3(0, 7.18f, 0), 1.14f, 0.016f));
        float step = MathF.Tau / 16, turn = MathF.Round(MathF.Atan2(p.Z, p.X) / step) * step;
        Vector3 post = new(1.14f * MathF.Cos(turn), 7.2f, 1.14f * MathF.Sin(turn));
        return MathF.Min(rings, Solid.Cylinder(p - post, 0.02f, 0.24f));
    }

    private static float House(Vector3 p)
    {
        Vector3 q = Solid.TurnY(p - new Vector3(3.5f, 0.55f, -0.8f), 0.35f);
        float bound = q.Length() - 3.2f;
        if (bound > 0.6f) return bound;
        float walls = Solid.Box(q, new Vector3(1.75f, 0.95f, 1.15f));
        float roof = MathF.Max((MathF.Abs(q.Z) * 0.75f + (q.Y - 2.0f)) * 0.8f, MathF.Max(0.90f - q.Y, MathF.Abs(q.X) - 1.95f));
        return MathF.Min(MathF.Min(walls, roof), Solid.Box(q - new Vector3(-0.9f, 1.85f, 0), new Vector3(0.2f, 0.5f, 0.2f)));
    }

    private static Surface TowerSurface(Vector3 p, ref Vector3 normal)
    {
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z), turn = MathF.Atan2(p.X, p.Z), y = p.Y;
        Vector3 white = new Vector3(0.84f, 0.83f, 0.80f) * (0.96f + 0.08f * Noise.Layered(p * new Vector3(2, 0.5f, 2), 4));
        Vector3 red = new Vector3(0.50f, 0.035f, 0.022f) * (1 + 0.15f * Noise.Layered(p * 1.5f, 3));
        if (y > 8.04f) return new Surface(red, 0.045f, 0.3f);
        if (y > 6.98f && rho < 0.72f)
        {
            float pane = turn / MathF.Tau * 10, bar = MathF.Abs(pane - MathF.Round(pane));
            if (y > 7.98f || y < 7.12f || bar < 0.06f || MathF.Abs(y - 7.55f) < 0.025f)
                return new Surface(new Vector3(0.05f, 0.05f, 0.05f), 0.04f, 0.4f);
            float glow = MathF.Exp(-turn * turn * 3 - (y - 7.5f) * (y - 7.5f) * 7);
            return new Surface(Vector3.Lerp(new Vector3(0.10f, 0.13f, 0.15f), new Vector3(0.95f, 0.85f, 0.5f), 0.8f * glow),
                0.12f, 0.06f);
        }

        if (y > 6.3f) return new Surface(white * 0.9f, 0.03f, 0.6f);
        bool window = MathF.Abs(turn + 0.1f) * rho < 0.15f && (MathF.Abs(y - 2.55f) < 0.24f || MathF.Abs(y - 4.85f) < 0.22f);
        if (window) return new Surface(new Vector3(0.02f, 0.025f, 0.03f), 0.08f, 0.1f);
        bool door = MathF.Abs(turn + 0.1f) * rho < 0.30f && y < 1.35f;
        if (door) return new Surface(new Vector3(0.20f, 0.03f, 0.02f), 0.03f, 0.5f);
        normal = Vector3.Normalize(normal + 0.03f * Noise.Slope(p * 9));
        bool band = y is > 3.15f and < 4.35f || y is > 5.35f and < 6.3f || y is > 0.95f and < 2.05f;
        return new Surface(band ? red : white, 0.03f, 0.55f);
    }

    private static Surface HouseSurface(Vector3 p, Vector3 normal)
    {
        Vector3 q = Solid.TurnY(p - new Vector3(3.5f, 0.55f, -0.8f), 0.35f);
        if (q.Y > 0.93f && MathF.Abs(normal.Y) > 0.3f)
        {
            float tile = MathF.Sin(q.X * 26) * 0.15f + MathF.Sin(q.Y * 40) * 0.12f;
            return new Surface(new Vector3(0.42f, 0.075f, 0.035f) * (1 + tile), 0.02f, 0.7f);
        }

        float cell = q.X / 0.95f + 0.5f, within = MathF.Abs(cell - MathF.Floor(cell) - 0.5f) * 0.95f;
        bool window = q.Z > 1.1f && within < 0.22f && MathF.Abs(q.Y - 0.15f) < 0.32f;
        return window ? new Surface(new Vector3(0.03f, 0.04f, 0.05f), 0.08f, 0.1f)
            : new Surface(new Vector3(0.80f, 0.79f, 0.75f), 0.02f, 0.7f);
    }

    private static Surface Ground(Vector3 p, ref Vector3 normal)
    {
        float rock = Noise.Step(0.78f, 0.62f, normal.Y + 0.12f * Noise.Layered(p * 2, 3))
            + Noise.Step(4.5f, 8, p.Z + 2 * Noise.Layered(p.X, p.Z, 3));
        Surface grass = Materials.Grass(p, ref normal);
        normal = Vector3.Normalize(normal + 0.15f * Noise.Slope(p * 5) * MathF.Min(rock, 1));
        Vector3 stone = new Vector3(0.27f, 0.235f, 0.19f) * (1 + 0.7f * Noise.Layered(p * 3, 5));
        return new Surface(Vector3.Lerp(grass.Colour, stone, MathF.Min(rock, 1)), 0, 1, 0.1f);
    }
}
