using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Training.Layers;

/// <summary>
/// A layer of a chain in training: unlike <see cref="Layer"/>, which only computes, it owns its parameters and, from pass to
/// pass, their derivatives. Its forward and backward pass stand below each other in one file.
/// </summary>
/// <param name="kernels">The back-end.</param>
/// <param name="input">Its input's shape, batch and all.</param>
/// <param name="output">Its output's shape.</param>
internal abstract class TrainingLayer(ITrainingKernels kernels, Shape input, Shape output) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    public Shape Input { get; } = input;

    public Shape Output { get; } = output;

    /// <summary>What is learned.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>What is measured along the way and needed afterwards.</summary>
    public virtual IReadOnlyList<Parameter> Statistics => [];

    /// <summary>Whether the output is written over the input, which is not read again.</summary>
    public virtual bool OverwritesInput => false;

    /// <summary>Whether the signal below may be written over the signal above.</summary>
    public virtual bool OverwritesSignal => OverwritesInput;

    protected ITrainingKernels Kernels { get; } = kernels;

    /// <summary>Computes the output; what backward needs beyond the input is kept.</summary>
    /// <param name="input">The input.</param>
    /// <param name="output">The output, or the same tensor.</param>
    /// <param name="step">Which step of training this is; random masks follow from it.</param>
    public abstract void Forward(DeviceTensor input, DeviceTensor output, long step);

    /// <summary>Computes the derivatives to the parameters, and the signal below.</summary>
    /// <param name="input">The input as forward saw it.</param>
    /// <param name="outputSignal">The signal above.</param>
    /// <param name="inputSignal">The signal below, or null if not requested.</param>
    public abstract void Backward(DeviceTensor input, DeviceTensor outputSignal, DeviceTensor? inputSignal);

    /// <summary>Reads the parameters again after a step.</summary>
    public virtual void ParametersChanged()
    {
    }

    public virtual void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers) buffer.Dispose();
    }

    /// <summary>A tensor that lives as long as the layer.</summary>
    protected DeviceTensor Tensor(Shape shape)
    {
        DeviceBuffer buffer = Kernels.Allocate(Kernels.BytesOf(shape));
        _buffers.Add(buffer);
        return Kernels.View(buffer, shape);
    }
}
