using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A red bell pepper with its green stalk, and a green one behind it.</summary>
internal sealed class BellPepperScene() : SolidScene("bell-pepper")
{
    private static readonly Vector3 Red = new(-0.30f, 1.08f, 0.25f), Green = new(1.28f, 0.98f, -1.35f);

    public override Camera Camera { get; } = new(new Vector3(0.1f, 2.9f, 6.6f), new Vector3(0.16f, 1.12f, 0), 31, 0.09f, 6.3f);

    public override float Stride => 0.8f;

    public override float Distance(Vector3 p)
    {
        float red = MathF.Min(Body(InRed(p)), Stalk(InRed(p))), green = MathF.Min(Body(InGreen(p)), Stalk(InGreen(p)));
        return MathF.Min(p.Y, MathF.Min(red, green));
    }

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        Vector3 a = InRed(p), b = InGreen(p);
        float red = Body(a), green = Body(b), stalk = MathF.Min(Stalk(a), Stalk(b));
        float least = MathF.Min(MathF.Min(red, green), MathF.Min(stalk, p.Y));
        if (least == stalk)
        {
            float streak = Noise.Layered(p * new Vector3(12, 3, 12), 2);
            return new Surface(new Vector3(0.12f, 0.24f, 0.035f) * (1 + 0.5f * streak), 0.035f, 0.45f, 0.2f);
        }

        if (least == p.Y)
            return Materials.Boards(p, ref normal, new Vector3(0.26f, 0.16f, 0.08f), new Vector3(0.50f, 0.35f, 0.20f));
        Vector3 q = least == red ? a : b;
        normal = Vector3.Normalize(normal + 0.03f * Noise.Slope(q * 3) + 0.008f * Noise.Slope(q * 30));
        Vector3 skin = least == red ? new Vector3(0.66f, 0.018f, 0.010f) : new Vector3(0.10f, 0.30f, 0.020f);
        float paler = Noise.Layered(q * new Vector3(2.5f, 0.8f, 2.5f), 3);
        return new Surface(skin * (1 + 0.25f * paler), 0.05f, 0.13f, 0.2f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    public override Vector3 Backdrop(Vector3 direction) => new(0.46f, 0.42f, 0.38f);

    public override Vector3 Haze(Vector3 colour, float distance, Vector3 direction) =>
        Vector3.Lerp(colour, new Vector3(0.46f, 0.42f, 0.38f), Noise.Step(7.5f, 14, distance));

    private static Vector3 InRed(Vector3 p) => Solid.TurnZ(Solid.TurnY(p - Red, 0.5f), -0.06f);

    private static Vector3 InGreen(Vector3 p) => Solid.TurnZ(Solid.TurnY(p - Green, 1.5f), 0.08f) * 1.12f;

    // |(rho / R(turn, y), y / H)| - 1 in the norm of exponent 2.6: a barrel of four lobes that narrows downwards.
    private static float Body(Vector3 p)
    {
        float bound = p.Length() - 1.75f;
        if (bound > 0.5f) return bound;
        float rho = MathF.Sqrt(p.X * p.X + p.Z * p.Z), turn = MathF.Atan2(p.Z, p.X);
        float crease = 1 - MathF.Abs(MathF.Sin(2 * turn + 0.25f * MathF.Sin(turn)));
        float depth = 0.10f + 0.09f * Noise.Step(0, 1, p.Y);
        float radius = 1.04f * (1 - depth * crease * crease * crease) * (1 + 0.07f * MathF.Sin(turn + 1)) * (0.88f + 0.13f * p.Y);
        float f = MathF.Pow(MathF.Pow(rho / radius, 2.6f) + MathF.Pow(MathF.Abs(p.Y) / 1.12f, 2.6f), 1 / 2.6f);
        // The shoulders rise in lobes around the hollow of the stalk.
        float hollow = MathF.Sqrt(rho * rho * 1.6f + (p.Y - 1.20f) * (p.Y - 1.20f)) - 0.40f;
        return Solid.Without((f - 1) * 0.62f, hollow, 0.45f);
    }

    private static float Stalk(Vector3 p)
    {
        float bound = (p - new Vector3(0, 1.2f, 0)).Length() - 0.9f;
        if (bound > 0.4f) return bound;
        float disc = Solid.Ellipsoid(p - new Vector3(0, 0.80f, 0), new Vector3(0.42f, 0.09f, 0.42f));
        float low = Solid.Rod(p, new Vector3(0, 0.80f, 0), new Vector3(0.03f, 1.20f, 0.02f), 0.17f, 0.10f);
        float high = Solid.Rod(p, new Vector3(0.03f, 1.20f, 0.02f), new Vector3(0.24f, 1.52f, 0.10f), 0.10f, 0.125f);
        return Solid.Blend(Solid.Blend(disc, low, 0.2f), high, 0.1f) * 0.9f;
    }
}
