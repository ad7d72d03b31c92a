using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>Two acorns in their cups on a twig, with oak leaves.</summary>
internal sealed class AcornScene() : SolidScene("acorn")
{
    private static readonly Vector3 Left = new(-0.50f, 1.05f, 0.15f), Right = new(0.82f, 0.78f, -0.35f);

    public override Camera Camera { get; } = new(new Vector3(0, 1.5f, 7.2f), new Vector3(0.1f, 0.95f, 0), 27, 0.14f, 6.9f);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(-0.55f, 0.72f, 0.50f));

    public override float Stride => 0.8f;

    public override float Far => 14;

    public override float ShadowReach => 4;

    public override float Distance(Vector3 p) => MathF.Min(MathF.Min(Nut(InLeft(p)), Nut(InRight(p))),
        MathF.Min(MathF.Min(Cup(InLeft(p)), Cup(InRight(p))), MathF.Min(Twig(p), Leaves(p, out _))));

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        Vector3 a = InLeft(p), b = InRight(p);
        float nut = MathF.Min(Nut(a), Nut(b)), cup = MathF.Min(Cup(a), Cup(b));
        float twig = Twig(p), leaves = Leaves(p, out Vector3 leaf);
        float least = MathF.Min(MathF.Min(nut, cup), MathF.Min(twig, leaves));
        if (least == leaves)
        {
            Surface green = Citrus.LeafGreen(leaf, ref normal, 2.3f);
            return green with { Colour = green.Colour * new Vector3(1.5f, 1.35f, 1.1f) };
        }

        if (least == twig)
            return new Surface(new Vector3(0.16f, 0.11f, 0.065f) * (1 + 0.6f * Noise.Layered(p * 9, 3)), 0.01f, 0.9f);
        Vector3 q = Nut(a) < Nut(b) ? a : b;
        if (least == cup)
        {
            (float d, float number) = Scales(q);
            Vector3 scale = Vector3.Lerp(new Vector3(0.36f, 0.27f, 0.14f), new Vector3(0.12f, 0.075f, 0.035f),
                Noise.Step(0.12f, 0.6f, d));
            return new Surface(scale * (0.8f + 0.4f * number), 0.015f, 0.8f);
        }

        float streak = Noise.Layered(new Vector3(MathF.Atan2(q.Z, q.X) * 7, q.Y * 0.8f, 3), 3);
        Vector3 colour = Vector3.Lerp(new Vector3(0.30f, 0.28f, 0.045f), new Vector3(0.34f, 0.145f, 0.035f),
            Noise.Step(0.55f, -0.55f, q.Y + 0.25f * streak));
        return new Surface(colour * (1 + 0.30f * streak), 0.05f, 0.16f, 0.2f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction) * 0.8f + new Vector3(0.03f, 0.07f, 0.02f);

    public override Vector3 Backdrop(Vector3 direction) =>
        Surroundings.Garden(direction, new Vector3(0.018f, 0.05f, 0.010f), new Vector3(0.20f, 0.34f, 0.06f));

    private static Vector3 InLeft(Vector3 p) => Solid.TurnX(Solid.TurnZ(p - Left, 0.28f), -0.12f) / 1.12f;

    private static Vector3 InRight(Vector3 p) => Solid.TurnX(Solid.TurnZ(p - Right, -0.42f), 0.15f);

    private static float Nut(Vector3 q)
    {
        float body = Solid.Ellipsoid(q + new Vector3(0, 0.12f, 0), new Vector3(0.58f, 0.84f, 0.58f));
        float tip = Solid.Rod(q, new Vector3(0, -0.90f, 0), new Vector3(0, -1.04f, 0), 0.06f, 0.02f);
        return Solid.Blend(body, tip, 0.12f);
    }

    private static float Cup(Vector3 q)
    {
        float bound = (q - new Vector3(0, 0.45f, 0)).Length() - 1.1f;
        if (bound > 0.3f) return bound;
        float shell = Solid.Ellipsoid(q - new Vector3(0, 0.26f, 0), new Vector3(0.71f, 0.56f, 0.71f));
        (float d, float _) = Scales(q);
        float cup = MathF.Max(shell + 0.055f * d - 0.02f, 0.16f - q.Y + 0.03f * Noise.Smooth(q * 9));
        float stem = Solid.Rod(q, new Vector3(0, 0.75f, 0), new Vector3(0.05f, 1.05f, 0), 0.09f, 0.075f);
        return Solid.Blend(cup, stem, 0.1f) * 0.85f;
    }

    // Shingles: cells in the longitude and height of the cup.
    private static (float Distance, float Number) Scales(Vector3 q)
    {
        float turn = MathF.Atan2(q.Z, q.X), squeeze = MathF.Sqrt(MathF.Max(0.05f, 1 - (q.Y - 0.26f) * (q.Y - 0.26f) / 0.32f));
        return Noise.Cells(turn * 5.2f * MathF.Max(0.45f, squeeze), q.Y * 9);
    }

    private static float Twig(Vector3 p)
    {
        float bark = 0.012f * Noise.Smooth(p * 7);
        float a = Solid.Rod(p, new Vector3(-2.6f, 2.75f, -0.5f), new Vector3(0.2f, 2.36f, -0.1f), 0.13f, 0.11f);
        float b = Solid.Rod(p, new Vector3(0.2f, 2.36f, -0.1f), new Vector3(2.6f, 2.75f, -0.8f), 0.11f, 0.07f);
        float c = Solid.Rod(p, new Vector3(-0.12f, 2.4f, -0.1f), new Vector3(-0.13f, 2.1f, 0.05f), 0.085f, 0.08f);
        float d = Solid.Rod(p, new Vector3(0.35f, 2.4f, -0.15f), new Vector3(0.45f, 1.72f, -0.35f), 0.075f, 0.07f);
        return (Solid.Blend(Solid.Blend(a, b, 0.1f), Solid.Blend(c, d, 0.05f), 0.08f) + bark) * 0.9f;
    }

    private static float Leaves(Vector3 p, out Vector3 leaf)
    {
        Vector3 a = Solid.TurnX(Solid.TurnZ(p - new Vector3(0.25f, 2.3f, -0.5f), 0.62f), -1.0f);
        Vector3 b = Solid.TurnX(Solid.TurnZ(Solid.TurnY(p - new Vector3(-0.4f, 2.4f, -0.55f), 3.2f), 0.75f), 1.0f);
        Vector3 c = Solid.TurnX(Solid.TurnZ(p - new Vector3(-0.1f, 2.3f, -0.9f), 1.45f), -1.15f);
        float da = Lobed(a), db = Lobed(b), dc = Lobed(c), least = MathF.Min(da, MathF.Min(db, dc));
        leaf = least == da ? a : least == db ? b : c;
        return least;
    }

    private static float Lobed(Vector3 p)
    {
        const float Length = 2.3f;
        float bound = Solid.Box(p - new Vector3(Length / 2, 0.02f, 0), new Vector3(Length / 2, 0.25f, 0.75f));
        if (bound > 0.15f) return bound;
        float t = Math.Clamp(p.X / Length, 0, 1);
        float oval = MathF.Pow(MathF.Max(0, MathF.Sin(MathF.PI * MathF.Pow(t, 1.25f))), 0.8f);
        float half = 0.62f * oval * (0.78f + 0.30f * MathF.Sin(t * 27)) + 0.02f;
        float y = MathF.Abs(p.Y - 0.5f * (t - t * t) + 0.18f * p.Z * p.Z) - 0.012f;
        float outside = MathF.Max(MathF.Abs(p.Z) - half, MathF.Max(-p.X, p.X - Length));
        float ox = MathF.Max(outside, 0), oy = MathF.Max(y, 0);
        return 0.5f * (MathF.Sqrt(ox * ox + oy * oy) - 0.004f);
    }
}
