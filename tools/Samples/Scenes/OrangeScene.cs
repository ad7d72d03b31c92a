using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>An orange with a leaf and half of another, on a wooden table by a window.</summary>
internal sealed class OrangeScene() : SolidScene("orange")
{
    private static readonly Vector3 Whole = new(-0.42f, 0.98f, -0.15f), Half = new(0.98f, 0.80f, 0.72f);
    private static readonly Vector3 Axis = Vector3.Normalize(new Vector3(-0.22f, 0.42f, 0.88f));
    private static readonly Vector3 Right = Vector3.Normalize(Vector3.Cross(Vector3.UnitY, Axis)),
        Up = Vector3.Cross(Axis, Right);
    private static readonly Vector3 Rind = new(0.90f, 0.20f, 0.005f), Flesh = new(0.93f, 0.255f, 0.012f);
    private static readonly Vector3 Stalk = new(-0.36f, 1.90f, -0.02f);

    public override Camera Camera { get; } =
        new(new Vector3(0.25f, 2.45f, 6.5f), new Vector3(0.32f, 0.94f, 0.2f), 30.5f, 0.07f, 5.9f);

    public override float Distance(Vector3 p)
    {
        float d = MathF.Min(p.Y, MathF.Min(Fruit(p), HalfFruit(p)));
        return MathF.Min(d, MathF.Min(StalkAt(p), Citrus.Leaf(InLeaf(p), 1.25f, 0.30f)));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float fruit = Fruit(p), half = HalfFruit(p), stalk = StalkAt(p), leaf = Citrus.Leaf(InLeaf(p), 1.25f, 0.30f);
        float least = MathF.Min(MathF.Min(p.Y, fruit), MathF.Min(half, MathF.Min(stalk, leaf)));
        if (least == leaf) return Citrus.LeafGreen(InLeaf(p), ref normal, 1.25f);
        if (least == stalk) return new Surface(new Vector3(0.16f, 0.19f, 0.05f), 0.02f, 0.8f);
        if (least == fruit)
        {
            float near = Vector3.Distance(p, Stalk);
            Surface skin = Citrus.Skin(p - Whole, ref normal, Rind, 0.10f);
            return skin with { Colour = skin.Colour * (0.72f + 0.28f * Noise.Step(0.05f, 0.30f, near)) };
        }

        if (least != half)
            return Materials.Boards(p, ref normal, new Vector3(0.075f, 0.030f, 0.012f), new Vector3(0.30f, 0.145f, 0.062f));
        Vector3 q = p - Half;
        return Vector3.Dot(q, Axis) > -0.012f
            ? Citrus.Face(Vector3.Dot(q, Right) / 0.93f, Vector3.Dot(q, Up) / 0.93f, Rind, Flesh, 10)
            : Citrus.Skin(q, ref normal, Rind, 0.10f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    public override Vector3 Backdrop(Vector3 direction) => new(0.05f, 0.03f, 0.02f);

    public override Vector3 Haze(Vector3 colour, float distance, Vector3 direction) =>
        colour * (1 - 0.72f * Noise.Step(6.5f, 14, distance));

    private static float Fruit(Vector3 p)
    {
        Vector3 q = p - Whole;
        float body = Solid.Ellipsoid(q, new Vector3(1.0f, 0.965f, 1.0f));
        return body > 0.3f ? body : body + 0.055f * MathF.Exp(-14 * Vector3.DistanceSquared(p, Stalk));
    }

    private static float HalfFruit(Vector3 p) =>
        Solid.Without(Solid.Sphere(p - Half, 0.93f), -Vector3.Dot(p - Half, Axis), 0.02f);

    private static float StalkAt(Vector3 p) =>
        Solid.Rod(p, Stalk - new Vector3(0, 0.03f, 0), Stalk + new Vector3(0.01f, 0.045f, 0), 0.065f, 0.04f);

    private static Vector3 InLeaf(Vector3 p) => Solid.TurnX(Solid.TurnZ(Solid.TurnY(p - Stalk, 0.35f), -0.16f), -0.5f);
}
