using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>[N, C, H, W] as [N, C H W], for a fully connected layer: a back-end may keep the two in different orders.</summary>
internal sealed class FlattenTraining(ITrainingKernels kernels, Shape input)
    : TrainingLayer(kernels, input, new Shape(input.N, (int)input.CountPerImage))
{
    public override void Forward(DeviceTensor input, DeviceTensor output, long step) => Kernels.Reshape(input, output);

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal)
    {
        if (inputSignal is not null) Kernels.Reshape(outputSignal, inputSignal);
    }
}
