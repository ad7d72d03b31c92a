using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>A small network with a layer of every kind on the way from the scores to the image.</summary>
internal static class EveryKind
{
    public static Shape Input { get; } = new(1, 8, 9, 2);

    public static Network Network() => new NetworkBuilder("every kind", Passes.Input(8, 9, 2))
        .Then(new Transpose("planes", [0, 3, 1, 2]))
        .Then(Conv("conv1", 2, 6, new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }))
        .Then(new Relu("relu"))
        .Then(new Lrn("norm", new LrnParameters(3, 0.5f, 0.75f, 1f)))
        .Then(new MaxPool("pool", new Window(3, 3) { StrideH = 2, StrideW = 2, CeilMode = true }))
        .Then(Conv("conv2", 6, 4, new Window(2, 2) { AutoPad = AutoPad.SameUpper }, groups: 2))
        .Then(new LeakyRelu("leaky", 0.1f))
        .Add(new AveragePool("average", new Window(2, 3) { PadTop = 1, PadLeft = 1, PadRight = 1 }), ["pool"], "average")
        .Add(new Pad("pad", [0, 0, 0, -1], [0, 0, 0, 1], 0.5f), ["average"], "pad")
        .Add(new Concat("concat", 1, 2), ["leaky", "pad"], "concat")
        .Then(Affine.BatchNormalization("batchnorm", Weights(10, "gamma"), Weights(10, "beta"), Weights(10, "mean"),
            [.. Weights(10, "variance").Select(v => v * v)], 0.5f))
        .Then(new Clip("clip", -0.25f, 1f))
        .Then(new Softmax("attention", 1, throughLast: false))
        .Add(new Sum("difference", "Sub", subtract: true), ["clip", "attention"], "difference")
        .Then(new Identity("dropout", "Dropout"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Weights(160 * 3, "fc"), 160, 3, true, Weights(3, "bias"), alpha: 0.75f))
        .Then(new Softmax("softmax", -1, throughLast: false))
        .Build();

    /// <summary>Its proof for class 1, started with the signal in which all scores take part.</summary>
    public static ProofReport Prove(PreparedNetwork prepared)
    {
        using ForwardRecord record =
            prepared.Forward(Input, Numbers.Normal(Input.Count, "pixels"), Proof.ActivationsFor(prepared.Network));
        return Proof.Of(record, Seed.Posterior(1));
    }

    private static Conv Conv(string name, int c, int o, Window window, int groups = 1) => new(name,
        Weights(c / groups * o * window.Area, name), new Shape(o, c / groups, window.KH, window.KW), Weights(o, $"{name} bias"),
        window, groups);

    private static float[] Weights(int count, string seed) => [.. Numbers.Normal(count, seed).Select(w => (float)w / 2)];
}
