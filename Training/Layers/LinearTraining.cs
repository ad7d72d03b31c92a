using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>What convolution and fully connected layers have in common: a weight, perhaps a bias, their derivatives.</summary>
internal abstract class LinearTraining : TrainingLayer
{
    private readonly DeviceTensor _weightSignal;
    private readonly DeviceTensor? _biasSignal;

    /// <summary>Draws the weight after He et al. (2015): bell-shaped with variance 2 / fan-in; the bias starts at 0.</summary>
    protected LinearTraining(string name, ITrainingKernels kernels, Shape input, Shape output, Shape weight, bool hasBias,
        CounterRandom random)
        : base(kernels, input, output)
    {
        Name = name;
        Weight = new Parameter($"{name}.weight", weight, decays: true);
        random.Fill(0, Math.Sqrt(2.0 / weight.CountPerImage), Weight.Values);
        _weightSignal = Tensor(weight);
        if (!hasBias) return;
        Bias = new Parameter($"{name}.bias", new Shape(weight[0]), decays: false);
        _biasSignal = Tensor(Bias.Shape);
    }

    public string Name { get; }

    public Parameter Weight { get; }

    public Parameter? Bias { get; }

    public override IReadOnlyList<Parameter> Parameters => Bias is null ? [Weight] : [Weight, Bias];

    protected abstract PreparedWeights Prepared { get; }

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal)
    {
        BackwardToWeights(input, outputSignal, _weightSignal);
        Kernels.Download(_weightSignal, Weight.Gradient);
        if (Bias is not null)
        {
            Kernels.BackwardToBias(outputSignal, _biasSignal!);
            Kernels.Download(_biasSignal!, Bias.Gradient);
        }

        if (inputSignal is not null) BackwardToInput(outputSignal, inputSignal);
    }

    public override void ParametersChanged() => Prepared.Refresh();

    public override void Dispose()
    {
        Prepared.Dispose();
        base.Dispose();
    }

    /// <summary>The layer as the trained network has it, with weights of its own.</summary>
    public abstract Layer ToLayer(float[] weight, float[] bias);

    protected abstract void BackwardToWeights(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor weightSignal);

    protected abstract void BackwardToInput(DeviceTensor outputSignal, DeviceTensor inputSignal);
}
