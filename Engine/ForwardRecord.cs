using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Engine;

/// <summary>
/// What one forward pass leaves: the scores, one bit for each rectifier output, one switch for each max-pool output, the
/// numbers that some layers differentiate at, and the activations that were asked for. Backward passes for any number of
/// seeds and rules start from it without a second forward pass. Dispose it to give its memory back.
/// </summary>
public sealed partial class ForwardRecord : IDisposable
{
    private readonly Kept[] _kept;
    private readonly DeviceTensor?[] _ownTensors;
    private readonly List<DeviceBuffer> _ownBuffers = [];
    private readonly Dictionary<int, double[]> _activations = [];
    private double[] _probabilities = [];
    private bool _disposed;

    internal ForwardRecord(PreparedNetwork prepared, Shape[] shapes)
    {
        (Prepared, Shapes) = (prepared, shapes);
        _ownTensors = new DeviceTensor?[shapes.Length];
        _kept = new Kept[prepared.Network.Nodes.Length];
        try
        {
            Allocate();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The prepared network that made it.</summary>
    public PreparedNetwork Prepared { get; }

    /// <summary>The input's shape [N, C, H, W].</summary>
    public Shape InputShape => Shapes[0];

    /// <summary>SHA-256 of the input's numbers in memory order (little-endian), lower-case hexadecimal.</summary>
    public string InputSha256 { get; internal set; } = "";

    /// <summary>Class scores before the softmax, [N, classes].</summary>
    public Tensor<float> Scores => Numbers.Create(ScoreValues(), [InputShape.N, ScoreValues().Length / InputShape.N]);

    /// <summary>Class scores before the softmax in double, [N, classes].</summary>
    public Tensor<double> ScoresInDouble =>
        Numbers.Create(_activations[Prepared.Network.ScoreTensor], [InputShape.N, ScoreValues().Length / InputShape.N]);

    /// <summary>The softmax of the scores, [N, classes].</summary>
    public Tensor<float> Probabilities =>
        Numbers.Create(ToFloat(AllProbabilities()), [InputShape.N, AllProbabilities().Length / InputShape.N]);

    /// <summary>
    /// Bytes that the record holds for the way down, in the form that no back-end owns: bits, switches, numbers.
    /// </summary>
    public long KeptBytes => Prepared.Network.KeptBytes(InputShape);

    /// <summary>A tensor's shape.</summary>
    /// <param name="layer">The name of the layer that writes it, or of the input.</param>
    public Shape ShapeOf(string layer) => Shapes[Prepared.Network.Find(layer)];

    /// <summary>A layer's activations, if they were asked for.</summary>
    /// <exception cref="NetVizException">They were not asked for when the network ran.</exception>
    public Tensor<float> Activation(string layer)
    {
        int tensor = Prepared.Network.Find(layer);
        return Numbers.Create(ToFloat(ActivationValues(layer, tensor)), LengthsOf(tensor));
    }

    /// <summary>The same in double, for back-ends that compute in double.</summary>
    /// <exception cref="NetVizException">They were not asked for when the network ran.</exception>
    public Tensor<double> ActivationInDouble(string layer)
    {
        int tensor = Prepared.Network.Find(layer);
        return Numbers.Create(ActivationValues(layer, tensor), LengthsOf(tensor));
    }

    /// <summary>What a layer kept, in the form that no back-end owns; empty arrays where it keeps nothing.</summary>
    /// <exception cref="NetVizException">There is no such layer, or the name is the input's.</exception>
    public PortableLayer KeptBy(string layer)
    {
        RequireAlive();
        int tensor = Prepared.Network.Find(layer);
        if (tensor == 0) throw new NetVizException($"'{layer}' is the network's input; only layers keep something");
        return PortableRecord.Download(this, Prepared.Network.Nodes[tensor - 1]);
    }

    /// <summary>Copies the record into a form that no back-end owns.</summary>
    public PortableRecord Export()
    {
        RequireAlive();
        return PortableRecord.Download(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (Kept? kept in _kept)
        {
            kept?.Bits?.Dispose();
            kept?.Switches?.Dispose();
        }

        foreach (DeviceBuffer buffer in _ownBuffers) buffer.Dispose();
    }

    internal Shape[] Shapes { get; }

    internal Shape ShapeOf(int tensor) => Shapes[tensor];

    internal Kept KeptBy(Node node) => _kept[node.Index];

    /// <summary>The tensor if the record owns its memory, else null.</summary>
    internal DeviceTensor? OwnTensor(int tensor) => _ownTensors[tensor];

    internal float[] ScoreValues() => ToFloat(_activations[Prepared.Network.ScoreTensor]);

    internal void SetScores(double[] scores) => _activations[Prepared.Network.ScoreTensor] = scores;

    internal ReadOnlySpan<double> ProbabilitiesOf(int image)
    {
        int classes = AllProbabilities().Length / InputShape.N;
        return AllProbabilities().AsSpan(image * classes, classes);
    }

    /// <summary>Copies a tensor's numbers if they are wanted.</summary>
    internal void Take(int tensor, DeviceTensor values, bool[] wanted)
    {
        if (!wanted[tensor]) return;
        var copy = new double[values.Shape.Count];
        Prepared.Kernels.Download(values, copy);
        _activations[tensor] = copy;
    }

    internal void HashInput(ReadOnlySpan<float> floats, ReadOnlySpan<double> doubles) =>
        InputSha256 = Convert.ToHexStringLower(
            SHA256.HashData(doubles.IsEmpty ? MemoryMarshal.AsBytes(floats) : MemoryMarshal.AsBytes(doubles)));

    private void Allocate()
    {
        IKernels kernels = Prepared.Kernels;
        bool[] kept = Prepared.Network.KeptAsNumbers;
        for (int t = 0; t < _ownTensors.Length; t++)
        {
            if (!kept[t]) continue;
            DeviceBuffer buffer = kernels.Allocate(kernels.BytesOf(Shapes[t]));
            _ownBuffers.Add(buffer);
            _ownTensors[t] = kernels.View(buffer, Shapes[t]);
        }

        foreach (Node node in Prepared.Network.Nodes)
        {
            Keep keeps = node.Layer.Keeps;
            _kept[node.Index] = new Kept
            {
                Bits = keeps.HasFlag(Keep.Bits) ? kernels.AllocateBits(Shapes[node.Output]) : null,
                Switches = keeps.HasFlag(Keep.Switches)
                    ? kernels.AllocateSwitches(node.Layer.SwitchGeometry(Shapes[node.Inputs[0]]))
                    : null,
                Input = keeps.HasFlag(Keep.Input) ? _ownTensors[node.Inputs[0]] : null,
                Output = keeps.HasFlag(Keep.Output) ? _ownTensors[node.Output] : null,
            };
        }
    }

    private void RequireAlive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Prepared.RequireAlive();
    }

    /// <summary>A tensor's numbers if they were kept.</summary>
    internal double[]? ActivationOrNull(int tensor) => _activations.GetValueOrDefault(tensor);

    internal double[] ActivationValues(string layer, int tensor) =>
        _activations.TryGetValue(tensor, out double[]? values)
            ? values
            : throw new NetVizException($"the activations of '{layer}' were not kept", $"call Forward(images, \"{layer}\")");

    private nint[] LengthsOf(int tensor) => [.. Shapes[tensor].Lengths.ToArray().Select(length => (nint)length)];

    private double[] AllProbabilities()
    {
        if (_probabilities.Length > 0) return _probabilities;
        double[] probabilities = [.. _activations[Prepared.Network.ScoreTensor]];
        int classes = probabilities.Length / InputShape.N;
        for (int n = 0; n < InputShape.N; n++)
        {
            // TensorPrimitives.SoftMax takes exp(x) as it comes, which overflows from 710 on; the largest is made 0 first.
            Span<double> row = probabilities.AsSpan(n * classes, classes);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<double>(row), row);
            TensorPrimitives.SoftMax<double>(row, row);
        }

        return _probabilities = probabilities;
    }

    private static float[] ToFloat(double[] values) => Array.ConvertAll(values, value => (float)value);
}
