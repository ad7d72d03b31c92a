using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>ReLU in place; one bit an element is kept, and training takes the gradient's rule, of course.</summary>
internal sealed class ReluTraining(ITrainingKernels kernels, Shape input) : TrainingLayer(kernels, input, input)
{
    private readonly ActiveBits _bits = kernels.AllocateBits(input);

    public override bool OverwritesInput => true;

    public override void Forward(DeviceTensor input, DeviceTensor output, long step) =>
        Kernels.ReluForward(Rectifier.Relu, input, output, _bits);

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal) =>
        Kernels.ReluBackward(Rectifier.Relu, ReluRule.Gradient, outputSignal, _bits, inputSignal!);

    public override void Dispose()
    {
        _bits.Dispose();
        base.Dispose();
    }
}
