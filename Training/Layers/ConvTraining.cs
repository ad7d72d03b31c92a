using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>A 3x3 convolution, stride 1, padding 1.</summary>
internal sealed class ConvTraining : LinearTraining
{
    private static readonly Window Three = new(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };

    private readonly ConvGeometry _geometry;

    public ConvTraining(string name, ITrainingKernels kernels, Shape input, int channels, bool hasBias, CounterRandom random)
        : base(name, kernels, input, new Shape(input.N, channels, input.H, input.W), new Shape(channels, input.C, 3, 3),
            hasBias, random)
    {
        _geometry = new ConvGeometry(input.N, input.C, input.H, input.W, channels, 1, Three);
        Prepared = kernels.PrepareConv(input.C, 1, Three, Weight.Values, Bias?.Values ?? ReadOnlyMemory<float>.Empty);
    }

    protected override PreparedWeights Prepared { get; }

    public override void Forward(DeviceTensor input, DeviceTensor output, long step) =>
        Kernels.ConvForward(_geometry, input, Prepared, output);

    public override Layer ToLayer(float[] weight, float[] bias) => new Conv(Name, weight, Weight.Shape, bias, Three);

    protected override void BackwardToWeights(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor weightSignal) =>
        Kernels.ConvBackwardToWeights(_geometry, input, outputSignal, weightSignal);

    protected override void BackwardToInput(DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        Kernels.ConvBackward(_geometry, outputSignal, Prepared, inputSignal);
}
