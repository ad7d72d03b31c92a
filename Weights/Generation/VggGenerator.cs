using NetViz.Engine;

namespace NetViz.Weights.Generation;

/// <summary>Which VGG network to write.</summary>
public sealed record VggOptions
{
    /// <summary>Layers with weights: 11, 13, 16 or 19 (configurations A, B, D, E of Simonyan and Zisserman 2014).</summary>
    public int Depth { get; init; } = 16;

    /// <summary>Rows and columns of the input; at least 32.</summary>
    public int InputSize { get; init; } = 224;

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>Channels of the first convolutions; later ones have 2, 4 and 8 times as many.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>Neurons of fc6 and fc7.</summary>
    public int Hidden { get; init; } = 4096;

    /// <summary>Classes: neurons of fc8.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>The same seed and options give the same file, byte for byte.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// Writes VGG networks with random weights as ONNX (operator set 13), for tests and benchmarks of full size: a VGG-16 has
/// 138 million weights, 553 MB. Weights are bell-shaped with variance 2 / fan-in (He et al. 2015), so that signals keep
/// their size through the ReLUs; biases have a deviation of 0.01.
/// </summary>
public static class VggGenerator
{
    private static readonly Dictionary<int, int[]> Blocks = new()
    {
        [11] = [1, 1, 2, 2, 2], [13] = [2, 2, 2, 2, 2], [16] = [2, 2, 3, 3, 3], [19] = [2, 2, 4, 4, 4],
    };

    /// <summary>
    /// Writes a network. Layers are called conv1_1, relu1_1, ..., pool5, flatten, fc6, relu6, drop6, ..., fc8, prob; its
    /// outputs are fc8 (scores) and prob, the batch size is open.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">Which network; VGG-16 by default.</param>
    /// <param name="progress">Told the part done, 0 to 1, from several threads.</param>
    /// <exception cref="NetVizException">The options are out of range, or the file cannot be written.</exception>
    public static void Write(string path, VggOptions? options = null, IProgress<double>? progress = null)
    {
        options ??= new VggOptions();
        if (!Blocks.TryGetValue(options.Depth, out int[]? blocks))
            throw new NetVizException($"there is no VGG-{options.Depth}", $"depths are {string.Join(", ", Blocks.Keys)}");
        if (options.InputSize < 32)
            throw new NetVizException($"VGG's five poolings need an input of at least 32x32, not {options.InputSize}");
        var plan = new GeneratedGraph($"vgg{options.Depth}", [options.InputChannels, options.InputSize, options.InputSize],
            options.Seed);
        string top = "data";
        int channels = options.InputChannels;
        for (int block = 0; block < blocks.Length; block++)
        {
            int wide = options.Channels * Math.Min(8, 1 << block);
            for (int i = 1; i <= blocks[block]; i++, channels = wide)
            {
                top = plan.Conv($"conv{block + 1}_{i}", top, channels, wide, kernel: 3, pad: 1);
                top = plan.Relu($"relu{block + 1}_{i}", top);
            }

            top = plan.Pool($"pool{block + 1}", top, kernel: 2);
        }

        int side = options.InputSize / 32;
        top = plan.Add("Flatten", "flatten", top);
        top = plan.Add("Dropout", "drop6",
            plan.Relu("relu6", plan.FullyConnected("fc6", top, channels * side * side, options.Hidden)));
        top = plan.Add("Dropout", "drop7", plan.Relu("relu7", plan.FullyConnected("fc7", top, options.Hidden, options.Hidden)));
        top = plan.Add("Softmax", "prob", plan.FullyConnected("fc8", top, options.Hidden, options.Classes));
        plan.Write(path, scores: "fc8", options.Classes, progress);
    }
}
