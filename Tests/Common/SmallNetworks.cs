using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>A small network with a branch and a layer of each kind that keeps something, and images for it.</summary>
internal static class SmallNetworks
{
    /// <summary>SHA-256 that the network pretends to have: it comes from no file.</summary>
    public const string Sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static Network EveryLayer(string sha256 = Sha256) => new NetworkBuilder("every layer", Passes.Input(2, 9, 8))
        .Then(Conv("conv1", 2, 5, new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }))
        .Then(new Relu("relu1"))
        .Then(new Lrn("norm", new LrnParameters(3, 0.5f, 0.75f, 1f)))
        .Add(new MaxPool("pool", new Window(3, 3) { StrideH = 2, StrideW = 2, PadTop = 1, PadLeft = 1, CeilMode = true }),
            ["norm"], "the pool's tensor")
        .Then(Conv("conv2", 5, 4, new Window(2, 2) { AutoPad = AutoPad.SameUpper }))
        .Then(new LeakyRelu("leaky", 0.1f))
        .Add(new AveragePool("average", new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }),
            ["the pool's tensor"], "average")
        .Add(new Concat("concat", 1, 2), ["leaky", "average"], "concat")
        .Then(new Clip("clip", -0.5f, 1.5f))
        .Then(new Softmax("attention", 1, throughLast: false))
        .Add(new Sum("residual", "Add"), ["attention", "concat"], "residual")
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Weights(9 * 5 * 4 * 3, "fc"), 9 * 5 * 4, 3, false, default))
        .Then(new Softmax("softmax", -1, throughLast: false))
        .Build(sha256: new Lazy<string>(sha256));

    public static Shape Images(int n) => new(n, 2, 9, 8);

    public static double[] Pixels(int n, string seed) => Numbers.Normal(Images(n).Count, seed);

    private static Conv Conv(string name, int c, int o, Window window) =>
        new(name, Weights(c * o * window.Area, name), new Shape(o, c, window.KH, window.KW), Weights(o, $"{name} bias"), window);

    private static float[] Weights(int count, string seed) => [.. Numbers.Normal(count, seed).Select(w => (float)w / 2)];
}
