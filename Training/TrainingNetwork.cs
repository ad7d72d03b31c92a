using System.Collections.Immutable;
using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Training.Layers;

namespace NetViz.Training;

/// <summary>
/// A VGG in training: a chain of layers that own their parameters, for batches of one size. A step is Forward, Backward, a
/// change of the parameters by an optimiser, <see cref="ParametersChanged"/>. Results do not depend on the number of threads.
/// </summary>
public sealed class TrainingNetwork : IDisposable
{
    private readonly ITrainingKernels _kernels;
    private readonly VggArchitecture _architecture;
    private readonly List<TrainingLayer> _layers = [];
    private readonly List<DeviceTensor> _inputs = [];
    private readonly List<DeviceBuffer> _buffers = [];
    private readonly DeviceTensor _output;
    private readonly DeviceBuffer[] _signals;
    private readonly float[] _scores;

    private TrainingNetwork(VggArchitecture architecture, ITrainingKernels kernels, int batch, ulong seed)
    {
        (_architecture, _kernels, Batch) = (architecture, kernels, batch);
        AddLayers(seed);
        Parameters = [.. _layers.SelectMany(layer => layer.Parameters)];
        Statistics = [.. _layers.SelectMany(layer => layer.Statistics)];

        DeviceTensor top = Tensor(_layers[0].Input);
        foreach (TrainingLayer layer in _layers)
        {
            _inputs.Add(top);
            if (!layer.OverwritesInput) top = Tensor(layer.Output);
        }

        _output = top;
        _scores = new float[_output.Shape.Count];

        // On the backward pass two buffers take turns: a signal is read from one and written to the other, or over itself.
        long most = _layers.Max(layer => kernels.BytesOf(layer.Output));
        _signals = [kernels.Allocate(most), kernels.Allocate(most)];
        _buffers.AddRange(_signals);
    }

    /// <summary>Images of a batch.</summary>
    public int Batch { get; }

    /// <summary>What is learned, from the image up.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Running means and variances of the batch normalisations: not learned, but part of the trained network.</summary>
    public IReadOnlyList<Parameter> Statistics { get; }

    /// <summary>Draws a network's first weights.</summary>
    /// <param name="architecture">Its layers.</param>
    /// <param name="kernels">The back-end; must live as long as the network.</param>
    /// <param name="batch">Images of a batch; at least 2 with batch normalisation.</param>
    /// <param name="seed">The same seed gives the same network.</param>
    /// <exception cref="NetVizException">The architecture cannot be built.</exception>
    public static TrainingNetwork Create(VggArchitecture architecture, ITrainingKernels kernels, int batch, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(kernels);
        architecture.Validate();
        if (batch < (architecture.BatchNorm ? 2 : 1))
            throw new NetVizException($"a batch of {Counted.Of(batch, "image")}; batch normalisation needs at least 2, any "
                + "network 1");
        return new TrainingNetwork(architecture, kernels, batch, seed);
    }

    /// <summary>Scores of a batch, by the batch's own statistics and with dropout.</summary>
    /// <param name="images">[Batch, C, H, W].</param>
    /// <param name="step">Which step of training this is; dropout's masks follow from it.</param>
    /// <returns>[Batch, classes]; overwritten by the next call.</returns>
    public ReadOnlySpan<float> Forward(ReadOnlySpan<float> images, long step)
    {
        _kernels.Upload(images, _inputs[0]);
        for (int i = 0; i < _layers.Count; i++) _layers[i].Forward(_inputs[i], OutputOf(i), step);
        _kernels.Download(_output, _scores);
        return _scores;
    }

    /// <summary>Derivatives to all parameters, into their gradients.</summary>
    /// <param name="scoreSignal">The loss's derivative to the scores of the last forward pass, [Batch, classes].</param>
    public void Backward(ReadOnlySpan<float> scoreSignal)
    {
        int at = 0;
        DeviceTensor above = _kernels.View(_signals[at], _output.Shape);
        _kernels.Upload(scoreSignal, above);
        for (int i = _layers.Count - 1; i >= 0; i--)
        {
            TrainingLayer layer = _layers[i];
            if (!layer.OverwritesSignal) at = 1 - at;
            DeviceTensor? below = i == 0 ? null : _kernels.View(_signals[at], layer.Input);
            layer.Backward(_inputs[i], _kernels.View(_signals[layer.OverwritesSignal ? at : 1 - at], layer.Output), below);
        }
    }

    /// <summary>Reads the parameters again after they were changed.</summary>
    public void ParametersChanged()
    {
        foreach (TrainingLayer layer in _layers) layer.ParametersChanged();
    }

    /// <summary>
    /// The network for use: batch normalisation folded into the layers before it, dropout left out, a softmax at the end.
    /// Layers are called conv1_1, relu1_1, ..., pool1, ..., flatten, fc6, relu6, ..., prob.
    /// </summary>
    /// <param name="name">The network's name.</param>
    /// <returns>A network with weights of its own.</returns>
    public Network ToNetwork(string name)
    {
        var input = new NetworkInput("data",
            ImmutableArray.Create<int?>(null, _architecture.InputChannels, _architecture.InputSize, _architecture.InputSize));
        var builder = new NetworkBuilder(name, input);
        for (int i = 0; i < _layers.Count; i++)
        {
            switch (_layers[i])
            {
                case FlattenTraining:
                    builder.Then(Reshape.Flatten("flatten"));
                    break;
                case LinearTraining linear:
                    float[] weight = [.. linear.Weight.Values], bias = linear.Bias is null
                        ? new float[linear.Weight.Shape[0]]
                        : [.. linear.Bias.Values];
                    if (i + 1 < _layers.Count && _layers[i + 1] is BatchNormalizationTraining norm) norm.Fold(weight, bias);
                    builder.Then(linear.ToLayer(weight, bias));
                    break;
                case ReluTraining:
                    builder.Then(new Relu(NameAfter(i, "relu")));
                    break;
                case MaxPoolTraining:
                    builder.Then(new MaxPool($"pool{_layers.Take(i + 1).Count(layer => layer is MaxPoolTraining)}",
                        MaxPoolTraining.Two));
                    break;
            }
        }

        return builder.Then(new Softmax("prob", axis: 1, throughLast: false)).Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TrainingLayer layer in _layers) layer.Dispose();
        foreach (DeviceBuffer buffer in _buffers) buffer.Dispose();
    }

    private void AddLayers(ulong seed)
    {
        ulong streams = 0;
        var shape = new Shape(Batch, _architecture.InputChannels, _architecture.InputSize, _architecture.InputSize);
        bool norm = _architecture.BatchNorm;
        for (int stage = 0; stage < _architecture.Stages.Count; stage++)
        {
            for (int i = 0; i < _architecture.Stages[stage].Count; i++)
            {
                string place = $"{stage + 1}_{i + 1}";
                AddRectified(place, new ConvTraining($"conv{place}", _kernels, shape, _architecture.Stages[stage][i], !norm,
                    new CounterRandom(seed, streams++)));
            }

            Add(new MaxPoolTraining(_kernels, shape));
        }

        Add(new FlattenTraining(_kernels, shape));
        int number = _architecture.Stages.Count + 1;
        foreach (int neurons in _architecture.Hidden)
        {
            AddRectified($"{number}", new FullyConnectedTraining($"fc{number}", _kernels, shape, neurons, !norm,
                new CounterRandom(seed, streams++)));
            if (_architecture.Dropout > 0)
                Add(new DropoutTraining(_kernels, shape, _architecture.Dropout, new CounterRandom(seed, streams++)));
            number++;
        }

        Add(new FullyConnectedTraining($"fc{number}", _kernels, shape, _architecture.Classes, hasBias: true,
            new CounterRandom(seed, streams)));

        void AddRectified(string place, LinearTraining linear)
        {
            Add(linear);
            if (norm) Add(new BatchNormalizationTraining($"bn{place}", _kernels, shape));
            Add(new ReluTraining(_kernels, shape));
        }

        void Add(TrainingLayer layer)
        {
            _layers.Add(layer);
            shape = layer.Output;
        }
    }

    private DeviceTensor OutputOf(int i) => i + 1 < _layers.Count ? _inputs[i + 1] : _output;

    /// <summary>A name with the number of the linear layer before layer i: relu1_2 after conv1_2.</summary>
    private string NameAfter(int i, string kind)
    {
        while (_layers[i] is not LinearTraining) i--;
        return kind + ((LinearTraining)_layers[i]).Name.TrimStart("abcdefghijklmnopqrstuvwxyz".ToCharArray());
    }

    private DeviceTensor Tensor(Shape shape)
    {
        DeviceBuffer buffer = _kernels.Allocate(_kernels.BytesOf(shape));
        _buffers.Add(buffer);
        return _kernels.View(buffer, shape);
    }
}
