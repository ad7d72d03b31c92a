using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A pizza with salami, olives and basil on a wooden board.</summary>
internal sealed class PizzaScene() : SolidScene("pizza")
{
    private const float Radius = 2.15f;

    private static readonly Vector2[] Salami =
    [
        new(0.05f, 0.02f), new(0.95f, 0.18f), new(-0.92f, 0.22f), new(0.45f, -0.88f), new(-0.52f, -0.82f), new(-0.28f, 0.98f),
        new(0.72f, 1.12f), new(1.42f, -0.62f), new(-1.42f, -0.52f), new(-1.20f, 1.10f), new(0.02f, -1.55f), new(1.52f, 0.78f),
        new(0.12f, 1.62f),
    ];

    private static readonly Vector2[] Olives =
    [
        new(0.52f, 0.58f), new(-0.48f, 0.42f), new(0.48f, -0.30f), new(-0.55f, -0.22f), new(1.02f, -0.92f), new(-1.08f, -1.12f),
        new(-0.72f, 1.46f), new(1.18f, 1.22f), new(-1.62f, 0.38f), new(1.64f, 0.14f), new(-0.15f, -1.12f), new(0.28f, 1.16f),
    ];

    public override Camera Camera { get; } =
        new(new Vector3(0.1f, 5.2f, 4.8f), new Vector3(0.02f, 0.05f, 0.08f), 32, 0.06f, 6.7f);

    public override float ShadowReach => 5;

    public override float Stride => 0.75f;

    public override float Distance(Vector3 p)
    {
        float board = MathF.Min(p.Y, Solid.Cylinder(p - new Vector3(0, 0.06f, 0), 2.5f, 0.06f, 0.03f));
        float bound = p.Y - 0.75f;
        return bound > 0.3f ? MathF.Min(board, bound) : MathF.Min(board, MathF.Min(Base(p), Toppings(p)));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float dough = Base(p), toppings = Toppings(p);
        float board = Solid.Cylinder(p - new Vector3(0, 0.06f, 0), 2.5f, 0.06f, 0.03f);
        float least = MathF.Min(MathF.Min(dough, toppings), MathF.Min(p.Y, board));
        if (least == p.Y)
            return Materials.Boards(p, ref normal, new Vector3(0.05f, 0.022f, 0.012f), new Vector3(0.13f, 0.065f, 0.035f), 1.6f);
        if (least == board)
            return Materials.Boards(p + new Vector3(3, 0, 9), ref normal, new Vector3(0.34f, 0.19f, 0.08f),
                new Vector3(0.56f, 0.36f, 0.18f), 9);
        if (least == toppings) return Topping(p, ref normal);
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z), rim = Noise.Step(1.76f, 1.90f, rho + 0.05f * Noise.Smooth(p * 5));
        Surface crust = Crust(p, ref normal), cheese = Cheese(p, ref normal);
        return rim > 0.5f ? crust : cheese;
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    private static float Base(Vector3 p)
    {
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z) + 0.05f * Noise.Smooth(p.X * 1.2f, p.Z * 1.2f);
        float bumps = 0.06f * Noise.Smooth(p * 2.6f) + 0.025f * Noise.Smooth(p * 8);
        float rim = Solid.Torus(new Vector3(rho, p.Y - 0.27f, 0), Radius - 0.22f, 0.215f + bumps);
        float melted = 0.29f + 0.035f * Noise.Smooth(p.X * 4.5f, p.Z * 4.5f) + 0.018f * Noise.Smooth(p.X * 13, p.Z * 13);
        float disc = MathF.Max(rho - Radius + 0.2f, MathF.Abs(p.Y - melted * 0.5f - 0.06f) - melted * 0.5f);
        return Solid.Blend(rim, disc, 0.10f) * 0.8f;
    }

    private static float Toppings(Vector3 p)
    {
        float d = 9;
        foreach (Vector2 at in Salami)
        {
            Vector3 q = p - new Vector3(at.X, 0.325f, at.Y);
            if (q.Length() > 0.8f) d = MathF.Min(d, q.Length() - 0.5f);
            else
            {
                float rho = MathF.Sqrt(q.X * q.X + q.Z * q.Z);
                d = MathF.Min(d, Solid.Cylinder(q - new Vector3(0, 0.06f * rho * rho + 0.02f * Noise.Smooth(p * 4), 0), 0.37f,
                    0.03f, 0.02f) * 0.9f);
            }
        }

        foreach (Vector2 at in Olives)
            d = MathF.Min(d, Solid.Torus(p - new Vector3(at.X, 0.36f, at.Y), 0.105f, 0.052f));
        return MathF.Min(d, Basil(p));
    }

    private static float Basil(Vector3 p)
    {
        float a = Citrus.Leaf(Solid.TurnY(p - new Vector3(-0.38f, 0.36f, 0.62f), 0.6f), 0.62f, 0.19f);
        float b = Citrus.Leaf(Solid.TurnY(p - new Vector3(0.62f, 0.36f, -0.30f), -0.5f), 0.60f, 0.18f);
        float c = Citrus.Leaf(Solid.TurnY(p - new Vector3(-0.86f, 0.36f, -0.42f), 2.1f), 0.56f, 0.18f);
        return MathF.Min(a, MathF.Min(b, c));
    }

    private static Surface Topping(Vector3 p, ref Vector3 normal)
    {
        if (Basil(p) < 0.012f)
            return new Surface(new Vector3(0.05f, 0.17f, 0.025f) * (1 + 0.5f * Noise.Layered(p * 7, 2)), 0.05f, 0.3f, 0.3f);
        foreach (Vector2 at in Olives)
        {
            if (Solid.Torus(p - new Vector3(at.X, 0.36f, at.Y), 0.105f, 0.052f) < 0.01f)
                return new Surface(new Vector3(0.022f, 0.018f, 0.020f), 0.05f, 0.2f);
        }

        float edge = Salami.Min(at => MathF.Abs(Vector2.Distance(at, new Vector2(p.X, p.Z)) - 0.37f));
        (float fat, float number) = Noise.Cells(p.X * 15, p.Z * 15);
        Vector3 meat = new Vector3(0.36f, 0.055f, 0.026f) * (1 + 0.4f * Noise.Layered(p * 5, 3));
        if (number > 0.55f) meat = Vector3.Lerp(new Vector3(0.66f, 0.24f, 0.14f), meat, Noise.Step(0.15f, 0.38f, fat));
        meat *= 0.55f + 0.45f * Noise.Step(0.005f, 0.06f, edge);
        normal = Vector3.Normalize(normal + 0.05f * Noise.Slope(p * 9));
        return new Surface(meat, 0.05f, 0.3f, 0.1f);
    }

    private static Surface Crust(Vector3 p, ref Vector3 normal)
    {
        float baked = 0.5f + 0.6f * Noise.Layered(p * 1.9f, 4) + 0.35f * (p.Y - 0.35f);
        Vector3 colour = Vector3.Lerp(new Vector3(0.66f, 0.42f, 0.18f), new Vector3(0.36f, 0.145f, 0.035f),
            Noise.Step(0.15f, 0.95f, baked));
        float char1 = Noise.Step(0.36f, 0.62f, Noise.Layered(p * 3.1f + new Vector3(9), 3));
        normal = Vector3.Normalize(normal + 0.07f * Noise.Slope(p * 12));
        return new Surface(Vector3.Lerp(colour, new Vector3(0.07f, 0.028f, 0.012f), 0.75f * char1), 0.02f, 0.6f, 0.1f);
    }

    private static Surface Cheese(Vector3 p, ref Vector3 normal)
    {
        float patch = Noise.Layered(p.X * 2.3f, p.Z * 2.3f, 4), fine = Noise.Layered(p.X * 9, p.Z * 9, 3);
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z);
        Vector3 cheese = Vector3.Lerp(new Vector3(0.80f, 0.56f, 0.22f), new Vector3(0.70f, 0.33f, 0.07f),
            Math.Clamp(0.5f + fine + 0.5f * patch, 0, 1));
        Vector3 sauce = new Vector3(0.45f, 0.105f, 0.028f) * (1 + 0.4f * fine);
        float red = Noise.Step(0.10f, 0.42f, patch + 0.4f * fine + 0.35f * Noise.Step(1.55f, 1.8f, rho));
        float brown = Noise.Step(0.30f, 0.5f, Noise.Layered(p.X * 3.7f + 20, p.Z * 3.7f, 3));
        Vector3 colour = Vector3.Lerp(Vector3.Lerp(cheese, sauce, red), new Vector3(0.30f, 0.11f, 0.03f),
            0.6f * brown * (1 - red));
        normal = Vector3.Normalize(normal + 0.08f * Noise.Slope(p * 7));
        return new Surface(colour, 0.045f, 0.28f, 0.25f);
    }
}
