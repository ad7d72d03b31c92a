using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Engine.Relevance;

/// <summary>Small networks for relevance, with inputs and weights of both signs.</summary>
internal static class RelevanceNetworks
{
    public static Shape Input => new(2, 3, 8, 7);

    /// <summary>Convolutions with a normalisation, max-pool, residual sum, average pool and a fully connected head.</summary>
    public static Network Mixed => new NetworkBuilder("mixed", new NetworkInput("x", [null, 3, 8, 7]))
        .Then(Conv("conv1", 3, 4, Same))
        .Then(Affine.BatchNormalization("norm1", [1.2f, -0.8f, 0.5f, 2f], [0.1f, 0.3f, -0.2f, 0], [0.2f, 0, -0.4f, 0.1f],
            [0.5f, 1.5f, 1f, 2f], 1e-5f))
        .Then(new Relu("relu1"))
        .Then(new MaxPool("pool1", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
        .Add(Conv("conv2", 4, 4, Same), ["pool1"], "conv2")
        .Add(new Sum("sum", "Add"), ["conv2", "pool1"], "sum")
        .Then(new Relu("relu2"))
        .Then(new AveragePool("average", new Window(2, 2) { StrideH = 2, StrideW = 1 }))
        .Then(Conv("conv3", 4, 6, new Window(1, 1)))
        .Then(new Relu("relu3"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Weights(24 * 5, "fc"), 24, 5, false, Weights(5, "fc bias")))
        .Build();

    /// <summary>Convolution, ReLU, max-pool and fully connected layers alone.</summary>
    public static Network Plain => new NetworkBuilder("plain", new NetworkInput("x", [null, 3, 8, 7]))
        .Then(Conv("conv1", 3, 4, Same))
        .Then(new Relu("relu1"))
        .Then(new MaxPool("pool1", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
        .Then(Conv("conv2", 4, 6, Same))
        .Then(new Relu("relu2"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc1", "Gemm", Weights(72 * 9, "fc1"), 72, 9, false, Weights(9, "fc1 bias")))
        .Then(new Relu("relu3"))
        .Then(new FullyConnected("fc2", "Gemm", Weights(9 * 5, "fc2"), 9, 5, true, Weights(5, "fc2 bias")))
        .Build();

    /// <summary>A convolution whose outputs are averaged over the plane into the scores.</summary>
    public static Network Averaged => new NetworkBuilder("averaged", new NetworkInput("x", [null, 3, 8, 7]))
        .Then(Conv("conv1", 3, 6, Same))
        .Then(new Relu("relu1"))
        .Then(Conv("conv2", 6, 5, Same))
        .Then(new AveragePool("average", null))
        .Then(Reshape.Flatten("flatten"))
        .Build();

    public static float[] Pixels => [.. Numbers.Normal(Input.Count, "pixels").Select(x => (float)x)];

    public static System.Numerics.Tensors.Tensor<float> Images => System.Numerics.Tensors.Tensor.Create(Pixels, [2, 3, 8, 7]);

    private static Window Same => new(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };

    private static Conv Conv(string name, int c, int o, Window window) => new(name, Weights(c * o * window.Area, name),
        new Shape(o, c, window.KH, window.KW), Weights(o, $"{name} bias"), window);

    private static float[] Weights(int count, string seed) => [.. Numbers.Normal(count, seed).Select(w => (float)w / 3)];
}
