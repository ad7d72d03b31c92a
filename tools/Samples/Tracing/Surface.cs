using System.Numerics;

namespace NetViz.Samples.Tracing;

/// <summary>What a solid is made of where a ray meets it. Colours are linear, not sRGB.</summary>
/// <param name="Colour">The share of light that it scatters.</param>
/// <param name="Gloss">The share that it mirrors at right angles: 0.04 for lacquer and skins, 0 for dust.</param>
/// <param name="Roughness">How blurred the mirror image is, 0..1.</param>
/// <param name="Wrap">How far light creeps around the edge of shadow, 0..1: leaves, flesh, wax.</param>
/// <param name="Metal">Whether what is mirrored takes on the colour.</param>
internal readonly record struct Surface(Vector3 Colour, float Gloss = 0.03f, float Roughness = 0.4f, float Wrap = 0,
    bool Metal = false)
{
    /// <summary>A linear colour from an sRGB one of 8 bits a channel, 0xRRGGBB.</summary>
    public static Vector3 Rgb(int srgb) => new(Linear(srgb >> 16), Linear(srgb >> 8), Linear(srgb));

    // IEC 61966-2-1.
    private static float Linear(int value)
    {
        float v = (value & 255) / 255f;
        return v <= 0.04045f ? v / 12.92f : MathF.Pow((v + 0.055f) / 1.055f, 2.4f);
    }
}
