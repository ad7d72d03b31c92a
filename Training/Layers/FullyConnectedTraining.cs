using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>A fully connected layer on all elements of its input.</summary>
internal sealed class FullyConnectedTraining : LinearTraining
{
    private readonly FullyConnectedGeometry _geometry;

    public FullyConnectedTraining(string name, ITrainingKernels kernels, Shape input, int outputs, bool hasBias, CounterRandom random)
        : base(name, kernels, input, new Shape(input.N, outputs), new Shape(outputs, (int)input.CountPerImage), hasBias, random)
    {
        _geometry = new FullyConnectedGeometry(input.N, (int)input.CountPerImage, outputs, WeightIsInByOut: false);
        Prepared = kernels.PrepareFullyConnected(_geometry, Weight.Values, Bias?.Values ?? ReadOnlyMemory<float>.Empty, 1f);
    }

    protected override PreparedWeights Prepared { get; }

    public override void Forward(DeviceTensor input, DeviceTensor output, long step) =>
        Kernels.FullyConnectedForward(_geometry, input, Prepared, output);

    public override Layer ToLayer(float[] weight, float[] bias) =>
        new FullyConnected(Name, "Gemm", weight, _geometry.In, _geometry.Out, weightIsInByOut: false, bias);

    protected override void BackwardToWeights(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor weightSignal) =>
        Kernels.FullyConnectedBackwardToWeights(_geometry, input, outputSignal, weightSignal);

    protected override void BackwardToInput(DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        Kernels.FullyConnectedBackward(_geometry, outputSignal, Prepared, inputSignal);
}
