using NetViz.Engine;
using NetViz.Training;

namespace NetViz.Tests.Training;

/// <summary>Pictures that are easily distinguished: a blob on grey noise, its class the corner it lies in.</summary>
internal static class Blobs
{
    public const int Size = 16, Classes = 4;

    /// <summary>A network of a few thousand weights for them, and a short training.</summary>
    public static TrainingConfig Config { get; } = new()
    {
        Architecture = new VggArchitecture { InputSize = Size, Stages = [[6, 6], [8]], Hidden = [16], Dropout = 0.1 },
        Epochs = 4,
        Batch = 16,
        WarmupEpochs = 1,
        AverageDecay = 0.9,
        Mixup = 0.2,
        Augmentation = new Augmentation { Mean = [0, 0, 0], Deviation = [1, 1, 1], Padding = 1, Brightness = 0.2 },
    };

    public static LabelledImages Make(int count, ulong seed)
    {
        var pixels = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            var noise = new float[3 * Size * Size];
            new CounterRandom(seed, (ulong)i).Fill(0, 40, noise);
            pixels[i] = Array.ConvertAll(noise, value => (byte)Math.Clamp(128 + value, 0, 255));
            int left = i % 2 == 0 ? 1 : Size / 2 + 1, top = i / 2 % 2 == 0 ? 1 : Size / 2 + 1;
            for (int y = top; y < top + 5; y++)
            {
                for (int x = left; x < left + 5; x++) pixels[i][3 * (y * Size + x) + 1] = 255;
            }
        }

        return new LabelledImages(Size, Size, pixels, [.. Enumerable.Range(0, count).Select(i => i % Classes)],
            ["upper left", "upper right", "lower left", "lower right"]);
    }
}
