using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>A network of small integers, whose numbers HandSizedTests work out by hand.</summary>
internal static class HandSizedNetwork
{
    /// <summary>conv, relu, pool (1x2: each row of the 2x2 maps), flatten, fc.</summary>
    internal static Network Network { get; } = new NetworkBuilder("by hand", Passes.Input(1, 3, 3))
        .Then(new Conv("conv", new float[] { 1, -1, 0, 1, /**/ -1, 0, 1, 1 }, new Shape(2, 1, 2, 2), new float[] { 0, -1 },
            new Window(2, 2)))
        .Then(new Relu("relu"))
        .Then(new MaxPool("pool", new Window(1, 2)))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", new float[] { 1, 2, -1, 3, /**/ -2, 1, 1, -1 }, 4, 2, weightIsInByOut: false,
            new float[] { 0, 1 }))
        .Build(sha256: new Lazy<string>(new string('a', 64)));
}
