using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine.Imaging;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>
/// Tells from an input's numbers that it was prepared for another network: 0 to 255 where the network takes 0 to 1, and the like.
/// A sample p = 0 .. 255 becomes (p / Divisor - Mean) / Deviation, so a channel of a prepared picture holds at most 256 different
/// numbers, and undoing another preset's arithmetic does not give whole numbers. Where no preset gives whole numbers (a picture
/// that was resized as float32, noise), only the range speaks.
/// </summary>
public static class InputCheck
{
    // A share of the range that a network's preprocessing can give. Resizing overshoots by less; even a dull picture spans more.
    private const float Outside = 0.05f, Flat = 0.025f;

    // How far from a whole number a sample may be after float32 has rounded it on the way out and back.
    private const float Rounding = 0.01f;

    /// <summary>A warning in one line, or null where nothing speaks against the input.</summary>
    /// <param name="values">[N, C, H, W] or [N, H, W, C], as the network gets it.</param>
    /// <param name="channels">C.</param>
    /// <param name="expected">The network's preprocessing; null where it is not known.</param>
    public static string? Warn(ReadOnlySpan<float> values, int channels, Preprocessing? expected)
    {
        if (values.Length < 2) return null;
        float min = TensorPrimitives.Min(values), max = TensorPrimitives.Max(values);
        if (min == max) return $"all its values are {Text(min)}; there is nothing to see in such an input";
        if (expected is null || expected.Channels != channels || values.Length % channels != 0) return null;
        if (Fits(values, expected)) return null;

        (float low, float high) = expected.Range;
        bool isOutside = min < low - Outside * (high - low) || max > high + Outside * (high - low);
        bool isFlat = max - min < Flat * (high - low);
        string? fitting = null;
        foreach (string name in channels == 3 ? PreprocessingPresets.Names : PreprocessingPresets.NamesForOneChannel)
        {
            if (fitting is null && Fits(values,
                PreprocessingPresets.Find(name).ForInput(channels, expected.Height, expected.Width, "", expected.Layout)))
                fitting = name;
        }

        if (!isOutside && !isFlat && fitting is null) return null;
        string hint = fitting is null ? "" : $"; they are what the preset {fitting} makes of a picture";
        return $"its values run from {Text(min)} to {Text(max)}, and the network's preprocessing {expected.Name} "
            + $"({expected.Source}) gives {Text(low)} to {Text(high)}{hint}; prepare the array with {expected.Name}";
    }

    /// <summary>
    /// A warning where a preprocessing that the user chose contradicts the known one in scale or channel order.
    /// </summary>
    /// <param name="chosen">The user's.</param>
    /// <param name="known">What the side-car or the table of known files says.</param>
    public static string? Contradiction(Preprocessing chosen, Preprocessing known)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        ArgumentNullException.ThrowIfNull(known);
        (float low, float high) = chosen.Range;
        (float knownLow, float knownHigh) = known.Range;
        float tolerance = Outside * (knownHigh - knownLow);
        var differences = new List<string>();
        if (Math.Abs(low - knownLow) > tolerance || Math.Abs(high - knownHigh) > tolerance)
            differences.Add($"values from {Text(low)} to {Text(high)}, not {Text(knownLow)} to {Text(knownHigh)}");
        if (chosen.Order != known.Order) differences.Add($"channels {Name(chosen.Order)}, not {Name(known.Order)}");
        return differences.Count == 0
            ? null
            : $"the preprocessing {chosen.Name} contradicts {known.Name}, which is known of the model ({known.Source}): "
                + $"{string.Join(", and ", differences)}; leave `Preprocess` out to take {known.Name}";
    }

    // Whether every value is what the preprocessing makes of a sample 0 .. 255.
    private static bool Fits(ReadOnlySpan<float> values, Preprocessing p)
    {
        int plane = p.Width * p.Height;
        if (plane == 0 || values.Length % (plane * p.Channels) != 0) return false;
        for (int i = 0; i < values.Length; i++)
        {
            int c = (p.Layout == ImageLayout.Nchw ? i / plane : i) % p.Channels;
            float sample = (values[i] * p.Deviation[c] + p.Mean[c]) * p.Divisor;
            if (!(sample > -Rounding && sample < 255 + Rounding && Math.Abs(sample - MathF.Round(sample)) < Rounding))
                return false;
        }

        return true;
    }

    private static string Name(ChannelOrder order) =>
        order == ChannelOrder.Grey ? "grey" : order == ChannelOrder.Bgr ? "BGR" : "RGB";

    // Adding 0 takes the sign from -0.
    private static string Text(float number) => (number + 0f).ToString("0.###", CultureInfo.InvariantCulture);
}
