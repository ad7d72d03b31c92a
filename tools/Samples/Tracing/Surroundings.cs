using System.Numerics;

namespace NetViz.Samples.Tracing;

/// <summary>What is around a scene: light from each direction, linear.</summary>
internal static class Surroundings
{
    /// <summary>A bright room with a window, up to the left, and a paler one behind the camera.</summary>
    public static Vector3 Room(Vector3 direction)
    {
        Vector3 wall = Vector3.Lerp(new Vector3(0.20f, 0.16f, 0.13f), new Vector3(0.62f, 0.60f, 0.57f),
            Noise.Step(-0.4f, 0.9f, direction.Y));
        return wall
            + Window(direction, Vector3.Normalize(new Vector3(-0.62f, 0.62f, 0.48f)), 0.34f) * new Vector3(5.2f, 5.3f, 5.5f)
            + Window(direction, Vector3.Normalize(new Vector3(0.75f, 0.35f, 0.55f)), 0.22f) * new Vector3(1.1f, 1.05f, 1.0f);
    }

    /// <summary>A blue sky, paler to the horizon, with white clouds.</summary>
    /// <param name="direction">Where to.</param>
    /// <param name="cover">How much of it is cloud, 0..1.</param>
    public static Vector3 Heaven(Vector3 direction, float cover)
    {
        float up = MathF.Max(direction.Y, 0);
        Vector3 blue = Vector3.Lerp(new Vector3(0.62f, 0.78f, 0.98f), new Vector3(0.10f, 0.27f, 0.72f), MathF.Pow(up, 0.55f));
        // Clouds on a plane high above, thinned to the horizon.
        float scale = 1.6f / (up + 0.22f);
        float x = direction.X * scale + 3.1f, y = direction.Z * scale * 1.3f + 1.7f;
        float density = Noise.Layered(x, y, 5) + 0.55f * Noise.Smooth(x * 0.6f + 9, y * 0.6f);
        float cloud = Noise.Step(0.42f - cover, 0.95f - cover, density);
        float lit = 0.5f + 0.5f * Noise.Step(-0.3f, 0.6f, Noise.Layered(x + 0.16f, y - 0.1f, 4) - density + 0.3f);
        return Vector3.Lerp(blue, new Vector3(1.05f, 1.05f, 1.08f) * (0.62f + 0.5f * lit),
            cloud * Noise.Step(0, 0.12f, up) * 0.95f);
    }

    /// <summary>Plants far out of focus: soft discs of sunlit and shaded green.</summary>
    /// <param name="direction">Where to.</param>
    /// <param name="dark">The colour of the shade.</param>
    /// <param name="light">The colour of sunlit leaves.</param>
    public static Vector3 Garden(Vector3 direction, Vector3 dark, Vector3 light)
    {
        float x = MathF.Atan2(direction.X, -direction.Z) * 4, y = direction.Y * 4;
        float field = 0.5f + 0.6f * Noise.Layered(x * 0.8f + 4, y * 0.8f, 3) + 0.12f * y;
        Vector3 green = Vector3.Lerp(dark, light, Noise.Step(0.05f, 1.0f, field));
        for (int layer = 0; layer < 3; layer++)
        {
            float s = 1.3f + 0.5f * layer;
            (float d, float number) = Noise.Cells(x * s + 7 * layer, y * s + 3 * layer);
            float disc = (1 - Noise.Step(0.26f, 0.38f, d)) * (number > 0.45f ? 0.26f : 0.07f);
            green = Vector3.Lerp(green, light * (0.7f + 0.9f * number), disc);
        }

        return green;
    }

    /// <summary>Trees along the horizon against the sky.</summary>
    /// <param name="direction">Where to.</param>
    /// <param name="sky">What is above them.</param>
    /// <param name="height">How high they reach, as a tangent.</param>
    public static Vector3 Trees(Vector3 direction, Vector3 sky, float height)
    {
        float turn = MathF.Atan2(direction.X, -direction.Z), up = direction.Y;
        float crowns = height * (0.75f + 0.35f * Noise.Layered(turn * 9, 3.3f, 2) + 0.30f * Noise.Layered(turn * 38, up * 38, 3));
        float leaves = 0.5f + 0.8f * Noise.Layered(turn * 52, up * 62, 4) + 0.35f * Noise.Smooth(turn * 12, up * 14);
        Vector3 green = Vector3.Lerp(new Vector3(0.015f, 0.035f, 0.012f), new Vector3(0.16f, 0.23f, 0.055f),
            Math.Clamp(leaves, 0, 1));
        green = Vector3.Lerp(green, new Vector3(0.42f, 0.52f, 0.60f), 0.12f);
        return Vector3.Lerp(green, sky, Noise.Step(crowns - 0.006f, crowns + 0.006f, up));
    }

    // 1 inside a square patch of the sphere of directions, with a cross of bars, soft at the edge.
    private static float Window(Vector3 direction, Vector3 towards, float half)
    {
        float along = Vector3.Dot(direction, towards);
        if (along <= 0.2f) return 0;
        Vector3 right = Vector3.Normalize(Vector3.Cross(towards, Vector3.UnitY)), up = Vector3.Cross(right, towards);
        float u = MathF.Abs(Vector3.Dot(direction, right) / along), v = MathF.Abs(Vector3.Dot(direction, up) / along);
        float inside = (1 - Noise.Step(half * 0.9f, half * 1.1f, u)) * (1 - Noise.Step(half * 1.1f, half * 1.3f, v));
        return inside * Noise.Step(0.008f, 0.03f, u) * Noise.Step(0.008f, 0.03f, v);
    }
}
