using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>The preprocessing of the usual families of networks, by name.</summary>
public static class PreprocessingPresets
{
    private static readonly PreprocessingSettings[] Presets =
    [
        // torchvision and MXNet's Gluon, hence the ONNX model zoo's vgg16-7 and the like.
        new()
        {
            Name = "torchvision", Order = ChannelOrder.Rgb, Divisor = 255,
            Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f],
        },
        // Simonyan and Zisserman's own VGG networks: the mean pixel of their training set, blue first.
        new() { Name = "caffe-vgg", Order = ChannelOrder.Bgr, Divisor = 1, Mean = [103.939f, 116.779f, 123.68f] },
        // Caffe's reference networks and SqueezeNet. Caffe's tools stretch photographs to 256 x 256.
        new() { Name = "caffe", Order = ChannelOrder.Bgr, Divisor = 1, Mean = [104, 117, 123], Mode = ResizeMode.Warp },
        // Samples from 0 to 1, nothing else; grey where the network has one channel.
        new() { Name = "unit", Divisor = 255 },
        // Samples from 0 to 255, nothing else; grey where the network has one channel.
        new() { Name = "byte", Divisor = 1 },
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Presets.Select(preset => preset.Name)];

    /// <summary>The names that fit a network of one channel.</summary>
    public static IReadOnlyList<string> NamesForOneChannel { get; } =
        [.. Presets.Where(preset => preset.Order is null).Select(preset => preset.Name)];

    /// <summary>The preset of a name.</summary>
    /// <exception cref="NetVizException">There is none; the message lists the names.</exception>
    public static PreprocessingSettings Find(string name) =>
        Presets.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NetVizException($"there is no preprocessing '{name}'",
            $"presets: {string.Join(", ", Names)}; or a .json file with numbers of your own");
}
