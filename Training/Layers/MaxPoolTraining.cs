using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>2x2 max-pooling of stride 2; its switches are kept.</summary>
internal sealed class MaxPoolTraining : TrainingLayer
{
    private readonly PoolGeometry _geometry;
    private readonly Switches _switches;

    public MaxPoolTraining(ITrainingKernels kernels, Shape input)
        : base(kernels, input, new Shape(input.N, input.C, input.H / 2, input.W / 2))
    {
        _geometry = new PoolGeometry(input.N, input.C, input.H, input.W, Two);
        _switches = kernels.AllocateSwitches(_geometry);
    }

    public static Window Two { get; } = new(2, 2) { StrideH = 2, StrideW = 2 };

    public override void Forward(DeviceTensor input, DeviceTensor output, long step) =>
        Kernels.MaxPoolForward(_geometry, input, output, _switches);

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal) =>
        Kernels.MaxPoolBackward(_geometry, outputSignal, _switches, inputSignal!);

    public override void Dispose()
    {
        _switches.Dispose();
        base.Dispose();
    }
}
