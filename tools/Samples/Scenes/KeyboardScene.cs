using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>A computer keyboard from close by, at a slant.</summary>
internal sealed class KeyboardScene() : SolidScene("computer-keyboard")
{
    private static readonly float[] Shift = [0, 0.5f, 0.75f, 0.25f, 0.1f, 0.6f, 0.3f];

    public override Camera Camera { get; } = new(new Vector3(-2.6f, 6.0f, 6.4f), new Vector3(0.1f, 0.2f, -0.1f), 37, 0.20f, 8.6f);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(0.55f, 0.72f, -0.30f));

    public override float ShadowReach => 3;

    public override float Stride => 0.75f;

    public override float Distance(Vector3 p) => MathF.Min(p.Y, Key(p, out _, out _, out _));

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float key = Key(p, out Vector3 q, out int column, out int row);
        normal = Vector3.Normalize(normal + 0.035f * Noise.Slope(p * 38));
        if (p.Y < key) return new Surface(new Vector3(0.035f, 0.036f, 0.04f), 0.03f, 0.6f);
        Vector3 plastic = new Vector3(0.60f, 0.585f, 0.54f) * (0.96f + 0.07f * Noise.Number(column, row));
        if (q.Y > 0.22f)
            plastic = Vector3.Lerp(plastic, new Vector3(0.05f, 0.05f, 0.06f), Legend(q.X + 0.16f, q.Z + 0.16f, column, row));
        return new Surface(plastic, 0.035f, 0.38f, 0.15f);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Room(direction);

    // Keys of pitch 1 in rows along x, each row shifted: a tapered block with a hollow on top.
    private static float Key(Vector3 p, out Vector3 q, out int column, out int row)
    {
        row = (int)MathF.Floor(p.Z + 0.5f);
        float shift = Shift[((row % 7) + 7) % 7], least = 9;
        q = default;
        column = 0;
        if (p.Y > 1) return p.Y - 0.65f;
        column = (int)MathF.Floor(p.X - shift + 0.5f);
        // The row beside may be nearer; its shift differs, so the nearest two rows are asked.
        int beside = row + (p.Z > row ? 1 : -1);
        float one = Block(p, column + shift, row, out q);
        float other = Shift[((beside % 7) + 7) % 7];
        float two = Block(p, MathF.Floor(p.X - other + 0.5f) + other, beside, out Vector3 r);
        least = one;
        if (two < one)
        {
            (least, q, row) = (two, r, beside);
            column = (int)MathF.Floor(p.X - other + 0.5f);
        }

        return MathF.Min(least, 0.35f);
    }

    private static float Block(Vector3 p, float x, int row, out Vector3 q)
    {
        q = p - new Vector3(x, 0.30f, row);
        float taper = 0.455f - 0.16f * Math.Clamp(q.Y + 0.3f, 0, 0.6f);
        float block = Solid.Box(q, new Vector3(taper, 0.28f, taper), 0.07f);
        float hollow = Solid.Sphere(q - new Vector3(0, 2.62f, 0), 2.37f);
        return Solid.Without(block, hollow, 0.03f) * 0.85f;
    }

    // A sign made of strokes at the upper left of a key: bars whose lengths are the key's own.
    private static float Legend(float x, float z, int column, int row)
    {
        if (x is < -0.1f or > 0.1f || z is < -0.13f or > 0.13f) return 0;
        float upright = Noise.Number(column, row, 1) > 0.3f ? MathF.Abs(x + 0.07f) : 9;
        float right = Noise.Number(column, row, 2) > 0.55f ? MathF.Abs(x - 0.07f) : 9;
        float top = Noise.Number(column, row, 3) > 0.4f ? MathF.Abs(z + 0.10f) : 9;
        float middle = Noise.Number(column, row, 4) > 0.4f ? MathF.Abs(z) : 9;
        float low = Noise.Number(column, row, 5) > 0.4f ? MathF.Abs(z - 0.10f) : 9;
        float d = MathF.Min(MathF.Min(upright, right), MathF.Min(top, MathF.Min(middle, low)));
        return 1 - Noise.Step(0.014f, 0.030f, d);
    }
}
