using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>Two lemons and half of one on a pale cloth.</summary>
internal sealed class LemonScene() : SolidScene("lemon")
{
    private static readonly Vector3 Front = new(-0.42f, 0.80f, 0.35f), Back = new(0.55f, 0.84f, -1.25f),
        Half = new(1.08f, 0.66f, 0.75f);
    private static readonly Vector3 Axis = Vector3.Normalize(new Vector3(-0.30f, 0.50f, 0.81f));
    private static readonly Vector3 Right = Vector3.Normalize(Vector3.Cross(Vector3.UnitY, Axis)),
        Up = Vector3.Cross(Axis, Right);
    private static readonly Vector3 Rind = new(0.90f, 0.66f, 0.02f), Flesh = new(0.88f, 0.76f, 0.20f);

    public override Camera Camera { get; } =
        new(new Vector3(0.2f, 2.6f, 6.5f), new Vector3(0.27f, 0.76f, 0.1f), 30.5f, 0.08f, 6.2f);

    public override float Exposure => 0.56f;

    public override float Distance(Vector3 p) =>
        MathF.Min(MathF.Min(p.Y, HalfFruit(p)), MathF.Min(Fruit(InFront(p)), Fruit(InBack(p))));

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float front = Fruit(InFront(p)), back = Fruit(InBack(p)), half = HalfFruit(p);
        float least = MathF.Min(MathF.Min(front, back), MathF.Min(half, p.Y));
        if (least == front || least == back)
        {
            Vector3 q = least == front ? InFront(p) : InBack(p);
            Surface skin = Citrus.Skin(q, ref normal, Rind, 0.085f);
            // Greener at the tips.
            float tip = Noise.Step(0.85f, 1.25f, MathF.Abs(q.X));
            return skin with { Colour = Vector3.Lerp(skin.Colour, new Vector3(0.42f, 0.44f, 0.04f), 0.55f * tip) };
        }

        if (least != half) return Materials.Paper(p, new Vector3(0.70f, 0.70f, 0.72f));
        Vector3 r = p - Half;
        return Vector3.Dot(r, Axis) > -0.012f
            ? Citrus.Face(Vector3.Dot(r, Right) / 0.78f, Vector3.Dot(r, Up) / 0.78f, Rind, Flesh, 9)
            : Citrus.Skin(r, ref normal, Rind, 0.085f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    public override Vector3 Backdrop(Vector3 direction) => new(0.72f, 0.73f, 0.76f);

    public override Vector3 Haze(Vector3 colour, float distance, Vector3 direction) =>
        Vector3.Lerp(colour, new Vector3(0.72f, 0.73f, 0.76f), Noise.Step(8, 18, distance));

    private static Vector3 InFront(Vector3 p) => Solid.TurnZ(Solid.TurnY(p - Front, 0.45f), 0.08f);

    private static Vector3 InBack(Vector3 p) => Solid.TurnZ(Solid.TurnY(p - Back, -0.55f), -0.05f);

    // An egg along x with a nipple at one end and a stub at the other.
    private static float Fruit(Vector3 p)
    {
        float body = Solid.Ellipsoid(p, new Vector3(1.06f, 0.80f, 0.80f));
        float tip = Solid.Ellipsoid(p - new Vector3(1.06f, 0, 0), new Vector3(0.22f, 0.15f, 0.15f));
        float stub = Solid.Ellipsoid(p + new Vector3(1.05f, 0, 0), new Vector3(0.12f, 0.13f, 0.13f));
        return Solid.Blend(Solid.Blend(body, tip, 0.34f), stub, 0.2f);
    }

    private static float HalfFruit(Vector3 p) =>
        Solid.Without(Solid.Sphere(p - Half, 0.78f), -Vector3.Dot(p - Half, Axis), 0.02f);
}
