using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Export;

namespace NetViz.Fuzz;

/// <summary>
/// Small networks with the operators that change rows and columns, take parts, or normalise by the image's own mean: each in a
/// file of its own, so that mutation meets it often.
/// </summary>
internal static class ResamplingSeeds
{
    private static readonly int[] Chosen = [3, 0, 0, 2];

    private const int Channels = 4, Side = 6;

    /// <summary>Writes them.</summary>
    /// <param name="folder">A folder to write into.</param>
    /// <returns>Their paths.</returns>
    public static IEnumerable<string> Write(string folder)
    {
        foreach ((string name, Layer[] layers) in Middles())
        {
            string path = Path.Combine(folder, $"resampling-{name}.onnx");
            NetworkBuilder network = new NetworkBuilder(name, new NetworkInput("x", [null, 3, Side, Side]))
                .Then(new Conv("first", Numbers(Channels * 3 * 9), new Shape(Channels, 3, 3, 3), default,
                    new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }));
            foreach (Layer layer in layers) network.Then(layer);
            network.Then(new Relu("relu")).Then(new AveragePool("mean", null)).Then(Reshape.Flatten("scores"));
            OnnxExport.Write(network.Build(), path);
            yield return path;
        }
    }

    private static IEnumerable<(string Name, Layer[] Layers)> Middles()
    {
        Window two = new(2, 2) { StrideH = 2, StrideW = 2 }, three = new(3, 3) { StrideH = 2, StrideW = 2, PadTop = 1, PadLeft = 1 };
        yield return ("transposed", [new ConvTranspose("a", Numbers(Channels * 3 * 4), new Shape(Channels, 3, 2, 2), Numbers(3), two)]);
        yield return ("transposed-groups", [new ConvTranspose("a", Numbers(Channels * 2 * 9), new Shape(Channels, 2, 3, 3), Numbers(4), three, 2, (1, 1))]);
        yield return ("transposed-size", [new ConvTranspose("a", Numbers(Channels * 2 * 9), new Shape(Channels, 2, 3, 3), default, three, 1, default, (12, 11))]);
        yield return ("transposed-same", [new ConvTranspose("a", Numbers(Channels * 2 * 9), new Shape(Channels, 2, 3, 3), default,
            two with { KH = 3, KW = 3, AutoPad = AutoPad.SameUpper })]);
        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            yield return ($"resize-{mode}", [new AxisMapping("a", "Resize", 2, new ResizeSampling { Mode = mode, Scale = 1.7f }),
                new AxisMapping("b", "Resize", 3, new ResizeSampling { Mode = mode, Size = 3, Coordinates = ResizeCoordinates.AlignCorners })]);
        }

        yield return ("resize-antialias", [new AxisMapping("a", "Resize", 2, new ResizeSampling { Mode = ResizeMode.Cubic, Size = 2, Antialias = true })]);
        foreach (PadMode mode in Enum.GetValues<PadMode>())
            yield return ($"pad-{mode}", [new AxisMapping("a", "Pad", 2, new PadSampling(mode, 2, 3)), new AxisMapping("b", "Pad", 3, new PadSampling(mode, -1, 1))]);
        yield return ("slice", [new Slice("a", "Slice", 1, 1, -1), new Slice("b", "Slice", 2, 0, 4), new AxisMapping("c", "Slice", 3, new SliceSampling(5, 0, -2))]);
        yield return ("gather", [new AxisMapping("a", "Gather", 1, new ChosenSampling(Chosen))]);
        yield return ("depth-to-space", [new DepthToSpace("a", DepthToSpaceKind.ColumnFirst, 2), new DepthToSpace("b", DepthToSpaceKind.SpaceToDepth, 3),
            new DepthToSpace("c", DepthToSpaceKind.DepthFirst, 3)]);
        yield return ("instance", [new Normalization("a", "InstanceNormalization", 2, 1e-5f, Numbers(Channels), new Shape(Channels, 1, 1),
            Numbers(Channels), new Shape(Channels, 1, 1))]);
        yield return ("layer", [new Normalization("a", "LayerNormalization", 3, 1e-5f, Numbers(Side), new Shape(Side), Numbers(Side), new Shape(Side))]);
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (i * 37 % 23 - 11) / 13f)];
}
