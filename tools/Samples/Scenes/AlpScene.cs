using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>Snowy peaks above a forest and a meadow.</summary>
internal sealed class AlpScene() : SolidScene("alp")
{
    public override Camera Camera { get; } = new(new Vector3(0, 2.9f, 7), new Vector3(0.5f, 4.3f, -13), 32);

    public override Vector3 Lamp { get; } = Vector3.Normalize(new Vector3(-0.72f, 0.50f, 0.30f));

    public override Vector3 LampLight { get; } = new(2.7f, 2.45f, 2.1f);

    public override float Exposure => 0.85f;

    public override float ShadowSharpness => 20;

    public override float Far => 90;

    public override float Stride => 0.8f;

    public override float Distance(Vector3 p) => p.Y > 14 ? p.Y - 13 : (p.Y - Height(p.X, p.Z, 8)) * 0.5f;

    public override Surface At(Vector3 p, ref Vector3 normal)
    {
        float rough = Noise.Layered(p.X * 1.3f, p.Z * 1.3f, 4), line = p.Y + 1.1f * rough;
        float steep = 1 - normal.Y;
        float snow = Noise.Step(2.2f, 3.3f, line) * (1 - Noise.Step(0.58f, 0.74f, steep + 0.16f * rough));
        Vector3 stone = Vector3.Lerp(new Vector3(0.10f, 0.095f, 0.10f), new Vector3(0.27f, 0.24f, 0.215f),
            Math.Clamp(0.5f + Noise.Layered(p * new Vector3(2, 5, 2), 4), 0, 1));
        float trees = Noise.Layered(p.X * 5, p.Z * 5, 3);
        Vector3 wood = Vector3.Lerp(new Vector3(0.012f, 0.030f, 0.014f), new Vector3(0.05f, 0.085f, 0.03f),
            Math.Clamp(0.5f + trees, 0, 1));
        Vector3 meadow = new Vector3(0.14f, 0.25f, 0.045f) * (1 + 0.6f * Noise.Layered(p.X * 3, p.Z * 3, 4));
        float forest = Noise.Step(4.5f, 1.0f, p.Z + 2.5f * Noise.Layered(p.X * 0.4f, p.Z * 0.4f, 3));
        Vector3 colour = Vector3.Lerp(Vector3.Lerp(meadow, wood, forest), stone, Noise.Step(2.0f, 3.0f, line));
        normal = Vector3.Normalize(normal + (1 - snow) * new Vector3(0.4f * trees, 0, 0.4f * rough));
        return new Surface(Vector3.Lerp(colour, new Vector3(0.86f, 0.88f, 0.92f), snow), 0, 1, 0.1f * snow);
    }

    public override Vector3 Sky(Vector3 direction) => Surroundings.Heaven(direction, 0.22f);

    public override Vector3 Ambient(Vector3 normal) =>
        Vector3.Lerp(new Vector3(0.24f, 0.26f, 0.28f), new Vector3(0.46f, 0.62f, 0.95f), 0.5f + 0.5f * normal.Y);

    public override Vector3 Haze(Vector3 colour, float distance, Vector3 direction) =>
        Vector3.Lerp(new Vector3(0.52f, 0.68f, 0.92f), colour, MathF.Exp(-distance * 0.0085f));

    // A chain of peaks at z = -14, ridged: 1 - |noise| has creases upwards where noise is 0 (Musgrave 1989).
    private static float Height(float x, float z, int octaves)
    {
        float chain = MathF.Exp(-(z + 14) * (z + 14) / 60);
        float peak = 5.6f * MathF.Exp(-((x - 0.6f) * (x - 0.6f)) / 16) + 3.8f * MathF.Exp(-(x + 7) * (x + 7) / 18)
            + 3.6f * MathF.Exp(-(x - 8) * (x - 8) / 16) + 1.2f;
        float ridges = 0, height = 0.5f, u = x * 0.19f + 2.4f, v = z * 0.19f + 1.1f;
        for (int i = 0; i < octaves; i++, height *= 0.48f)
        {
            float n = 1 - MathF.Abs(Noise.Smooth(u, v));
            ridges += height * n * n;
            (u, v) = (1.62f * u - 1.22f * v + 5.7f, 1.22f * u + 1.62f * v - 3.3f);
        }

        float foothills = 0.9f * Noise.Layered(x * 0.22f, z * 0.22f, 3) + 0.05f * Noise.Layered(x * 3, z * 3, 2);
        return chain * (peak * 0.78f + 5.4f * (ridges - 0.40f) * (0.35f + 0.13f * peak)) + foothills * (1 - 0.6f * chain);
    }
}
