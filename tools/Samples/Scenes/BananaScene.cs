using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A hand of three bananas on a pale table.</summary>
internal sealed class BananaScene() : SolidScene("banana")
{
    private const float Bend = 2.0f, From = -0.80f, To = 0.86f;

    // How each is turned about the common stalk, and how high it lies.
    private static readonly (float Turn, float Height, float Size)[] Fingers =
        [(-0.34f, 0.30f, 1.02f), (0.02f, 0.40f, 1.06f), (0.38f, 0.30f, 0.98f)];

    public override Camera Camera { get; } =
        new(new Vector3(0.1f, 5.6f, 4.4f), new Vector3(-0.05f, 0.10f, -0.42f), 28.5f, 0.06f, 7.2f);

    public override float Stride => 0.75f;

    public override float Exposure => 0.58f;

    public override float Distance(Vector3 p)
    {
        if (p.Y > 1.4f) return p.Y - 0.9f;
        float d = MathF.Min(p.Y, Crown(p));
        foreach ((float turn, float height, float size) in Fingers)
            d = MathF.Min(d, Finger(InFinger(p, turn, height, size)) * size);
        return d;
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float least = 9;
        Vector3 q = default;
        foreach ((float turn, float height, float size) in Fingers)
        {
            Vector3 r = InFinger(p, turn, height, size);
            float d = Finger(r) * size;
            if (d < least) (least, q) = (d, r);
        }

        if (p.Y < MathF.Min(least, Crown(p))) return Materials.Paper(p, new Vector3(0.62f, 0.63f, 0.66f));
        if (Crown(p) < least)
            return new Surface(new Vector3(0.22f, 0.17f, 0.05f) * (1 + 0.4f * Noise.Layered(p * 6, 3)), 0.02f, 0.7f);
        float along = MathF.Atan2(q.X, q.Z + Bend), t = (along - From) / (To - From);
        float green = MathF.Max(Noise.Step(0.16f, 0.0f, t), 0.7f * Noise.Step(0.88f, 1.0f, t));
        Vector3 peel = Vector3.Lerp(new Vector3(0.84f, 0.54f, 0.035f), new Vector3(0.44f, 0.46f, 0.05f), green);
        peel *= 1 + 0.12f * Noise.Layered(q * 2.2f, 4);
        (float spot, float number) = Noise.Cells(q * new Vector3(7, 9, 9));
        if (number > 0.80f) peel = Vector3.Lerp(new Vector3(0.16f, 0.075f, 0.018f), peel, Noise.Step(0.08f, 0.26f, spot));
        float streak = Noise.Step(0.30f, 0.5f,
            Noise.Layered(new Vector3(along * 3, q.Y * 16, 8 * (new Vector2(q.X, q.Z + Bend).Length() - Bend)), 3));
        peel = Vector3.Lerp(peel, new Vector3(0.26f, 0.13f, 0.03f), 0.4f * streak);
        peel = Vector3.Lerp(peel, new Vector3(0.05f, 0.03f, 0.015f), Noise.Step(0.965f, 0.985f, t));
        normal = Vector3.Normalize(normal + 0.025f * Noise.Slope(q * 6));
        return new Surface(peel, 0.04f, 0.35f, 0.2f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    private static Vector3 InFinger(Vector3 p, float turn, float height, float size) =>
        Solid.TurnY(p - new Vector3(-1.60f, height, -0.35f), turn - 0.15f) / size + new Vector3(-1.48f, 0, -0.58f);

    // A tube bent to an arc around (0, 0, -Bend), five-sided, thin at both ends.
    private static float Finger(Vector3 q)
    {
        float along = MathF.Atan2(q.X, q.Z + Bend), clamped = Math.Clamp(along, From, To), t = (clamped - From) / (To - From);
        Vector3 centre = new(Bend * MathF.Sin(clamped), 0, Bend * MathF.Cos(clamped) - Bend);
        Vector3 d = q - centre;
        float radial = MathF.Sqrt(q.X * q.X + (q.Z + Bend) * (q.Z + Bend)) - Bend, side = MathF.Atan2(d.Y, radial);
        float thick = 0.085f + 0.30f * Noise.Step(0.02f, 0.30f, t) * (1 - 0.80f * Noise.Step(0.74f, 1.0f, t));
        thick *= 1 - 0.055f * (1 - MathF.Abs(MathF.Sin(2.5f * side + 0.6f)));
        return (d.Length() - thick) * 0.75f;
    }

    private static float Crown(Vector3 p) =>
        Solid.Blend(Solid.Ellipsoid(p - new Vector3(-1.62f, 0.33f, -0.38f), new Vector3(0.24f, 0.16f, 0.30f)),
            Solid.Rod(p, new Vector3(-1.65f, 0.33f, -0.4f), new Vector3(-1.95f, 0.38f, -0.78f), 0.14f, 0.16f), 0.1f);
}
