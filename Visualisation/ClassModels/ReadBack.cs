using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.ClassModels;

/// <summary>What the network says of a class model's 8-bit picture, shifted by some pixels.</summary>
/// <param name="Down">Rows that it was shifted down.</param>
/// <param name="Right">Columns that it was shifted to the right.</param>
/// <param name="Top">The class with the highest score.</param>
/// <param name="Score">S_c of the model's class.</param>
/// <param name="Probability">P_c of the model's class; null where the network has one score only.</param>
/// <param name="IsTop">Whether the highest score is that of the model's class.</param>
public sealed record ReadBack(int Down, int Right, int Top, double Score, double? Probability, bool IsTop)
{
    /// <summary>The shift, in pixels [ours].</summary>
    public const int Shift = 4;

    /// <summary>
    /// Shows the network a picture as it is, and shifted by four pixels up, down, to the left and to the right; edge pixels
    /// repeat where it leaves a gap [ours].
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="units">The coordinates of its images.</param>
    /// <param name="picture">The picture, of the input's size, as a PNG holds it.</param>
    /// <param name="classIndex">The class that it was made for.</param>
    public static IReadOnlyList<ReadBack> Of(PreparedNetwork network, InputUnits units, Photo picture, int classIndex)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(units);
        float[] image = units.FromPhoto(picture);
        (int Down, int Right)[] shifts = [(0, 0), (-Shift, 0), (Shift, 0), (0, -Shift), (0, Shift)];
        using ForwardRecord record = network.ForwardUnchecked(units.ToInput([.. shifts.Select(shift => Shifted(image, units, shift))]));
        Tensor<float> scores = record.Scores, probabilities = record.Probabilities;
        int classes = (int)scores.Lengths[1];
        return [.. shifts.Select((shift, n) =>
        {
            int top = Enumerable.Range(0, classes).MaxBy(c => scores[n, c]);
            return new ReadBack(shift.Down, shift.Right, top, scores[n, classIndex],
                classes > 1 ? probabilities[n, classIndex] : null,
                top == classIndex);
        })];
    }

    private static float[] Shifted(float[] image, InputUnits units, (int Down, int Right) shift)
    {
        var shifted = new float[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % units.Width, y = i / units.Width % units.Height, plane = i - y * units.Width - x;
            int fromY = Math.Clamp(y - shift.Down, 0, units.Height - 1), fromX = Math.Clamp(x - shift.Right, 0, units.Width - 1);
            shifted[i] = image[plane + fromY * units.Width + fromX];
        }

        return shifted;
    }
}
