using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Kernels.Reference;

namespace NetViz.Tests.Common;

/// <summary>A VGG of three convolutions, and a back-end that fuses.</summary>
internal sealed class FusedChain : IDisposable
{
    public FusedChain(bool fusesPools = true)
    {
        Kernels = new FusingKernels(new ReferenceKernels<float>()) { FusesPools = fusesPools };
        Prepared = Network.On(Kernels);
    }

    public static Network Network { get; } = new NetworkBuilder("chain", Passes.Input(2, 8, 8))
        .Then(Conv("conv1", 2, 6)).Then(new Relu("relu1")).Then(Pool("pool1"))
        .Then(Conv("conv2", 6, 4)).Then(new LeakyRelu("relu2", 0.25f))
        .Then(Conv("conv3", 4, 4)).Then(new Clip("relu3", 0, 1)).Then(Pool("pool3"))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Numbers.Single(Numbers.Normal(16 * 3, "fc")), 16, 3, false, default))
        .Build();

    public static Shape Input => new(2, 2, 8, 8);

    public FusingKernels Kernels { get; }

    public PreparedNetwork Prepared { get; }

    public ForwardRecord Forward(params string[] keep) =>
        Prepared.Forward(Input, Numbers.Normal(Input.Count, "images"), keep);

    public static Conv Conv(string name, int c, int o) => new(name, Numbers.Single(Numbers.Normal(o * c * 9, name)),
        new Shape(o, c, 3, 3), default, new Window(3, 3) { AutoPad = AutoPad.SameUpper });

    public static MaxPool Pool(string name) => new(name, new Window(2, 2) { StrideH = 2, StrideW = 2 });

    public void Dispose()
    {
        Prepared.Dispose();
        Kernels.Dispose();
    }
}
