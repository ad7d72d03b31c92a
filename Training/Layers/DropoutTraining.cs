using NetViz.Engine;
using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>
/// Dropout (Srivastava et al. 2014) in place: each element is 0 with some probability and else divided by the rest of it, so
/// that nothing is to be done afterwards. The mask follows from seed, layer and step.
/// </summary>
internal sealed class DropoutTraining : TrainingLayer
{
    private readonly CounterRandom _random;
    private readonly double _probability;
    private readonly float[] _values;
    private readonly DeviceTensor _mask;

    public DropoutTraining(ITrainingKernels kernels, Shape input, double probability, CounterRandom random)
        : base(kernels, input, input)
    {
        (_random, _probability, _values, _mask) = (random, probability, new float[input.Count], Tensor(input));
    }

    public override bool OverwritesInput => true;

    public override void Forward(DeviceTensor input, DeviceTensor output, long step)
    {
        var keep = (float)(1 / (1 - _probability));
        var threshold = (ulong)(_probability * ulong.MaxValue);
        for (int i = 0; i < _values.Length; i++) _values[i] = _random.Bits(step * _values.Length + i) < threshold ? 0f : keep;
        Kernels.Upload(_values, _mask);
        Kernels.Multiply(input, _mask, output);
    }

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal) =>
        Kernels.Multiply(outputSignal, _mask, inputSignal!);
}
