using System.Numerics;
using NetViz.Samples.Tracing;

namespace NetViz.Samples.Scenes;

/// <summary>What oranges and lemons share: the skin's pits, the cut face, a leaf.</summary>
internal static class Citrus
{
    /// <summary>Skin with oil glands: pits in the normal, darker in them.</summary>
    /// <param name="p">A point in the fruit's own coordinates; the radius about 1.</param>
    /// <param name="normal">Its normal.</param>
    /// <param name="colour">The skin's colour.</param>
    /// <param name="pits">How deep the pits are.</param>
    public static Surface Skin(Vector3 p, ref Vector3 normal, Vector3 colour, float pits)
    {
        (float d, float _) = Noise.Cells(p * 19);
        float pit = 1 - Noise.Step(0.05f, 0.42f, d);
        normal = Vector3.Normalize(normal + pits * (Noise.Slope(p * 15) * 0.5f + Noise.Slope(p * 27) * 0.35f));
        float blotch = Noise.Layered(p * 1.6f, 4);
        Vector3 tint = colour * (1 + 0.16f * blotch - 0.14f * pit);
        tint.Y *= 1 + 0.10f * Noise.Smooth(p * 1.1f + new Vector3(5));
        return new Surface(tint, 0.045f, 0.36f, 0.25f);
    }

    /// <summary>The face of a fruit cut across: rind, pith, wedges of juice sacs.</summary>
    /// <param name="u">To the right, in radii.</param>
    /// <param name="v">Upwards, in radii.</param>
    /// <param name="rind">The skin's colour.</param>
    /// <param name="flesh">The juice sacs' colour.</param>
    /// <param name="wedges">How many.</param>
    public static Surface Face(float u, float v, Vector3 rind, Vector3 flesh, int wedges)
    {
        Vector3 pith = Vector3.Lerp(new Vector3(0.92f, 0.86f, 0.66f), rind, 0.12f);
        float r = MathF.Sqrt(u * u + v * v), turn = MathF.Atan2(v, u) / MathF.Tau * wedges + 0.12f * Noise.Smooth(u * 3, v * 3);
        float across = MathF.Abs(turn - MathF.Floor(turn) - 0.5f);
        float membrane = (0.5f - across) * MathF.Tau / wedges * r;
        float sacs = Noise.Layered(MathF.Atan2(v, u) * 16, r * 5.5f, 3), glint = Noise.Layered(u * 21, v * 21, 2);
        Vector3 pulp = flesh * (0.92f + 0.42f * sacs + 0.18f * glint) * (0.82f + 0.25f * r);
        float edge = 0.84f - 0.05f * MathF.Pow(2 * across, 6);
        float inside = Noise.Step(0.012f, 0.03f, membrane) * (1 - Noise.Step(edge - 0.02f, edge + 0.01f, r))
            * Noise.Step(0.07f, 0.11f, r);
        Vector3 colour = Vector3.Lerp(pith, pulp, inside);
        colour = Vector3.Lerp(colour, rind, Noise.Step(0.92f, 0.955f, r));
        return new Surface(colour, 0.04f, inside > 0.5f ? 0.22f + 0.15f * glint : 0.6f, 0.35f);
    }

    /// <summary>The distance to a leaf that lies along x from the origin and bends down; its width along z.</summary>
    public static float Leaf(Vector3 p, float length, float width)
    {
        float bound = Solid.Box(p - new Vector3(length / 2, 0, 0), new Vector3(length / 2, 0.35f * length, width + 0.01f));
        if (bound > 0.1f) return bound;
        float t = Math.Clamp(p.X / length, 0, 1);
        float half = width * MathF.Pow(MathF.Max(0, MathF.Sin(MathF.PI * MathF.Pow(t, 0.8f))), 0.75f) + 0.004f;
        float y = p.Y - 0.35f * length * (t - t * t) + 0.25f * p.Z * p.Z / width - 0.15f * MathF.Abs(p.Z)
            + 0.02f * MathF.Sin(p.X * 11);
        float outside = MathF.Max(MathF.Abs(p.Z) - half, MathF.Max(-p.X, p.X - length));
        float dx = MathF.Max(outside, 0), dy = MathF.Max(MathF.Abs(y) - 0.012f, 0);
        return 0.55f * (MathF.Sqrt(dx * dx + dy * dy) - 0.003f);
    }

    /// <summary>A leaf's upper side.</summary>
    public static Surface LeafGreen(Vector3 p, ref Vector3 normal, float length)
    {
        float z = MathF.Abs(p.Z), rib = 1 - Noise.Step(0.008f, 0.022f, z);
        float slanted = (p.X - 0.9f * z) / length * 11, vein = MathF.Abs(slanted - MathF.Round(slanted));
        float veins = MathF.Max(rib, 0.6f * (1 - Noise.Step(0.03f, 0.10f, vein)));
        normal = Vector3.Normalize(normal + new Vector3(0.35f * MathF.Sin(slanted * MathF.Tau), 0, 0) * (1 - rib));
        Vector3 green = Vector3.Lerp(new Vector3(0.035f, 0.115f, 0.018f), new Vector3(0.10f, 0.24f, 0.035f),
            0.5f + 0.5f * Noise.Layered(p * 5, 3));
        return new Surface(Vector3.Lerp(green, new Vector3(0.24f, 0.36f, 0.10f), 0.6f * veins), 0.05f, 0.32f, 0.3f);
    }
}
