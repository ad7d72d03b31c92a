using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) by the statistics of each batch. Running statistics follow them for use
/// afterwards: running = (1 - momentum) running + momentum batch, the variance unbiased, as in PyTorch.
/// </summary>
internal sealed class BatchNormalizationTraining : TrainingLayer
{
    /// <summary>Added to the variance.</summary>
    public const float Epsilon = 1e-5f;

    private const float Momentum = 0.1f;

    private readonly DeviceTensor _scale, _shift, _scaleSignal, _shiftSignal, _mean, _variance;

    public BatchNormalizationTraining(string name, ITrainingKernels kernels, Shape input)
        : base(kernels, input, input)
    {
        var channels = new Shape(input.C);
        Scale = new Parameter($"{name}.scale", channels, decays: false);
        Shift = new Parameter($"{name}.shift", channels, decays: false);
        RunningMean = new Parameter($"{name}.mean", channels, decays: false, learned: false);
        RunningVariance = new Parameter($"{name}.variance", channels, decays: false, learned: false);
        Array.Fill(Scale.Values, 1f);
        Array.Fill(RunningVariance.Values, 1f);
        (_scale, _shift, _mean, _variance) = (Tensor(channels), Tensor(channels), Tensor(channels), Tensor(channels));
        (_scaleSignal, _shiftSignal) = (Tensor(channels), Tensor(channels));
        ParametersChanged();
    }

    public Parameter Scale { get; }

    public Parameter Shift { get; }

    public Parameter RunningMean { get; }

    public Parameter RunningVariance { get; }

    public override IReadOnlyList<Parameter> Parameters => [Scale, Shift];

    public override IReadOnlyList<Parameter> Statistics => [RunningMean, RunningVariance];

    public override bool OverwritesSignal => true;

    public override void Forward(DeviceTensor input, DeviceTensor output, long step)
    {
        Kernels.BatchNormalizationForward(Epsilon, input, _scale, _shift, output, _mean, _variance);
        double count = Input.Count / (double)Input.C;
        Follow(RunningMean, _mean, 1);
        Follow(RunningVariance, _variance, (float)(count / Math.Max(1, count - 1)));
    }

    public override void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal)
    {
        Kernels.BatchNormalizationBackward(Epsilon, input, _scale, _mean, _variance, outputSignal, inputSignal ?? outputSignal,
            _scaleSignal, _shiftSignal);
        Kernels.Download(_scaleSignal, Scale.Gradient);
        Kernels.Download(_shiftSignal, Shift.Gradient);
    }

    public override void ParametersChanged()
    {
        Kernels.Upload(Scale.Values, _scale);
        Kernels.Upload(Shift.Values, _shift);
    }

    /// <summary>
    /// Folds the layer into the linear one before it, by the running statistics: with f = scale / sqrt(variance + epsilon)
    /// of each output channel, weight' = f weight and bias' = f (bias - mean) + shift.
    /// </summary>
    public void Fold(Span<float> weight, Span<float> bias)
    {
        int perChannel = weight.Length / bias.Length;
        for (int c = 0; c < bias.Length; c++)
        {
            double f = Scale.Values[c] / Math.Sqrt(RunningVariance.Values[c] + (double)Epsilon);
            foreach (ref float w in weight.Slice(c * perChannel, perChannel)) w = (float)(w * f);
            bias[c] = (float)((bias[c] - RunningMean.Values[c]) * f + Shift.Values[c]);
        }
    }

    private void Follow(Parameter running, DeviceTensor batch, float factor)
    {
        Span<float> now = stackalloc float[running.Values.Length];
        Kernels.Download(batch, now);
        for (int c = 0; c < now.Length; c++)
            running.Values[c] += Momentum * (factor * now[c] - running.Values[c]);
    }
}
