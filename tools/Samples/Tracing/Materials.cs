using System.Numerics;

namespace NetViz.Samples.Tracing;

/// <summary>What things are made of, as functions of a point.</summary>
internal static class Materials
{
    /// <summary>A table of boards along x, oiled.</summary>
    /// <param name="p">A point of its upper side.</param>
    /// <param name="normal">Its normal, roughened along the grain.</param>
    /// <param name="dark">The grain.</param>
    /// <param name="light">The wood between.</param>
    /// <param name="board">A board's width.</param>
    public static Surface Boards(Vector3 p, ref Vector3 normal, Vector3 dark, Vector3 light, float board = 1.3f)
    {
        float across = p.Z / board + 0.37f, index = MathF.Floor(across), offset = 13.7f * Noise.Number((int)index, 5);
        float x = p.X * 0.35f + offset, z = p.Z * 2.2f + offset;
        float bend = Noise.Layered(x * 0.9f, z * 0.45f, 3);
        float rings = 0.5f + 0.5f * MathF.Sin((z + 1.9f * bend) * 4.4f);
        float fibre = Noise.Layered(p.X * 1.6f + offset, p.Z * 34, 3);
        float t = Math.Clamp(0.50f + 0.36f * (rings - 0.5f) + 0.30f * fibre + 0.22f * (Noise.Number((int)index, 9) - 0.5f), 0, 1);
        Vector3 colour = Vector3.Lerp(dark, light, t);
        float seam = MathF.Abs(across - MathF.Round(across)) * board;
        colour *= 0.35f + 0.65f * Noise.Step(0.004f, 0.022f, seam);
        normal = Vector3.Normalize(normal + new Vector3(0, 0, 0.05f * fibre));
        return new Surface(colour, 0.035f, 0.42f + 0.1f * fibre);
    }

    /// <summary>A pale plaster or paper ground with faint blotches.</summary>
    public static Surface Paper(Vector3 p, Vector3 colour) =>
        new(colour * (1 + 0.035f * Noise.Layered(p.X * 1.7f, p.Z * 1.7f, 4)), 0.02f, 0.7f);

    /// <summary>Porcelain of this colour.</summary>
    public static Surface Porcelain(Vector3 colour) => new(colour, 0.045f, 0.08f);

    /// <summary>Mown grass, seen from some way off.</summary>
    public static Surface Grass(Vector3 p, ref Vector3 normal)
    {
        float patch = Noise.Layered(p.X * 0.35f, p.Z * 0.35f, 3), blade = Noise.Layered(p.X * 9, p.Z * 6, 3);
        normal = Vector3.Normalize(normal + new Vector3(0.5f * blade, 0, 0.5f * Noise.Smooth(p.X * 11 + 5, p.Z * 8)));
        Vector3 colour = Vector3.Lerp(new Vector3(0.05f, 0.12f, 0.02f), new Vector3(0.22f, 0.32f, 0.06f),
            Math.Clamp(0.5f + 0.5f * blade + 0.4f * patch, 0, 1));
        return new Surface(colour, 0, 1, 0.3f);
    }
}
