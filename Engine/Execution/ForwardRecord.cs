using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NetViz.Engine.Model;
using NetViz.Kernels;
using Tensors = System.Numerics.Tensors.Tensor;

namespace NetViz.Engine.Execution;

/// <summary>
/// What one forward pass leaves: the scores, one bit for each rectifier output, one switch for each max-pool output, the
/// numbers that some layers differentiate at, and the activations that were asked for. Backward passes for any number of
/// seeds and rules start from it without a second forward pass. Dispose it to give its memory back to the prepared network.
/// </summary>
/// <remarks>
/// Any number of threads may read a record and run backward passes from it at once. While a pass reads it, it cannot be written
/// anew (<see cref="PreparedNetwork.ForwardInto(in ReadOnlyTensorSpan{float}, ForwardRecord, ReadOnlySpan{string})"/> throws
/// <see cref="InvalidOperationException"/>), and a pass that begins while it is written is refused in the same way.
/// <see cref="Dispose"/> during a pass gives the memory back when the pass ends.
/// </remarks>
public sealed partial class ForwardRecord : IDisposable
{
    private readonly RecordMemory _memory;
    private readonly double[]?[] _activations;
    private readonly Lock _gate = new();
    private readonly Lock _filling = new();
    private RelevanceMemory? _relevance;
    private int _readers;
    private bool _isWritten;
    private bool _isInputDouble;
    private string? _inputSha256;
    private double[] _probabilities = [];
    private double[] _row = [];
    private bool _hasProbabilities;
    private bool _disposed;

    internal ForwardRecord(PreparedNetwork prepared, Shape[] shapes)
    {
        Prepared = prepared;
        _memory = prepared.TakeRecordMemory(shapes);
        _activations = new double[]?[shapes.Length];
    }

    /// <summary>The prepared network that made it.</summary>
    public PreparedNetwork Prepared { get; }

    /// <summary>The input's shape [N, C, H, W].</summary>
    public Shape InputShape => Shapes[0];

    /// <summary>SHA-256 of the input's numbers in memory order (little-endian), lower-case hexadecimal.</summary>
    public string InputSha256
    {
        get
        {
            if (_inputSha256 is not null) return _inputSha256;
            lock (_gate)
            {
                RequireAlive();
                return _inputSha256 = Convert.ToHexStringLower(SHA256.HashData(_memory.Input));
            }
        }

        internal set => _inputSha256 = value;
    }

    /// <summary>Class scores before the softmax, [N, classes].</summary>
    public Tensor<float> Scores => Tensors.Create(ToFloat(InDouble), [InputShape.N, InDouble.Length / InputShape.N]);

    /// <summary>Class scores before the softmax in double, [N, classes].</summary>
    public Tensor<double> ScoresInDouble =>
        Tensors.Create([.. InDouble], [InputShape.N, InDouble.Length / InputShape.N]);

    /// <summary>
    /// The softmax of the scores, [N, classes]: over the axes of the network's own softmax, or over all scores of an image if it
    /// ends in scores.
    /// </summary>
    public Tensor<float> Probabilities =>
        Tensors.Create(ToFloat(AllProbabilities()), [InputShape.N, AllProbabilities().Length / InputShape.N]);

    /// <summary>Returns the scores of one image, one a class.</summary>
    /// <param name="image">Its number in the batch.</param>
    public float[] ScoresOf(int image)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(image, InputShape.N);
        int classes = InDouble.Length / InputShape.N;
        return Array.ConvertAll(InDouble.AsSpan(image * classes, classes).ToArray(), score => (float)score);
    }

    /// <summary>Returns the score of one class of one image.</summary>
    /// <param name="image">The image's number in the batch.</param>
    /// <param name="index">The class.</param>
    public float ScoreOf(int image, int index) => (float)InDouble[ScoreIndex(image, index)];

    /// <summary>Returns the probability of one class of one image.</summary>
    /// <param name="image">The image's number in the batch.</param>
    /// <param name="index">The class.</param>
    public float ProbabilityOf(int image, int index) => (float)AllProbabilities()[ScoreIndex(image, index)];

    private int ScoreIndex(int image, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(image, InputShape.N);
        int classes = InDouble.Length / InputShape.N;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, classes);
        return image * classes + index;
    }

    /// <summary>
    /// Bytes that the record holds for the backward pass, in the form that no back-end owns: bits, switches, numbers.
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
        return Tensors.Create(ToFloat(ActivationValues(tensor)), LengthsOf(tensor));
    }

    /// <summary>The same in double, for back-ends that compute in double.</summary>
    /// <exception cref="NetVizException">They were not asked for when the network ran.</exception>
    public Tensor<double> ActivationInDouble(string layer)
    {
        int tensor = Prepared.Network.Find(layer);
        return Tensors.Create([.. ActivationValues(tensor)], LengthsOf(tensor));
    }

    /// <summary>What a layer kept, in the form that no back-end owns; empty arrays where it keeps nothing.</summary>
    /// <exception cref="NetVizException">There is no such layer, or the name is the input's.</exception>
    public PortableLayer KeptBy(string layer)
    {
        RequireAlive();
        int tensor = Prepared.Network.Find(layer);
        if (tensor == 0) throw new NetVizException($"'{layer}' is the network's input; only layers keep something");
        using Pass pass = Prepared.BeginPass(this);
        return PortableRecord.Download(pass, Prepared.Network.Nodes[tensor - 1]);
    }

    /// <summary>Copies the record into a form that no back-end owns.</summary>
    public PortableRecord Export()
    {
        using Pass pass = Prepared.BeginPass(this);
        return PortableRecord.Download(pass);
    }

    /// <summary>Gives the memory back, at once or when the last pass that reads the record ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (_readers > 0 || _isWritten) return;
        }

        GiveBack();
    }

    /// <summary>Begins to read the record or to write it anew, on behalf of a pass.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    /// <exception cref="InvalidOperationException">Another pass writes it, or one reads what is to be written.</exception>
    internal void Enter(bool writes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_isWritten || (writes && _readers > 0))
            {
                throw new InvalidOperationException(_isWritten
                    ? "A forward pass writes the record; use it when the pass has ended, or a record of its own for each thread."
                    : "A pass reads the record; write it anew when the pass has ended, or use a record of its own for each thread.");
            }

            if (writes) _isWritten = true;
            else _readers++;
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            if (_isWritten) _isWritten = false;
            else _readers--;
            if (!_disposed || _readers > 0) return;
        }

        GiveBack();
    }

    private void GiveBack()
    {
        Prepared.GiveBack(_memory);
        if (_relevance is not null) Prepared.GiveBack(_relevance);
    }

    /// <summary>
    /// Gets the numbers of any tensor in double, row-major, as relevance rules read them: computed by another forward pass when
    /// first asked for, of a small network in double.
    /// </summary>
    /// <param name="tensor">0 for the network's input, i + 1 for what node i writes.</param>
    /// <exception cref="NetVizException">The record came from a file.</exception>
    public double[] Numbers(int tensor)
    {
        using Pass pass = Prepared.BeginPass(this);
        var values = new double[Shapes[tensor].Count];
        pass.Kernels.Download(Relevance(pass)[tensor], values);
        return values;
    }

    /// <summary>The numbers of every tensor, computed now or before, by one pass for all.</summary>
    internal RelevanceMemory Relevance(Pass pass)
    {
        lock (_filling)
        {
            _relevance ??= Prepared.TakeRelevanceMemory(Shapes);
            _relevance.Fill(pass, this);
            return _relevance;
        }
    }

    /// <summary>Gets the input's bytes and returns whether they are double; none of a record that came from a file.</summary>
    internal bool KeptInput(out ReadOnlySpan<byte> bytes)
    {
        bytes = _memory.Input;
        return _isInputDouble;
    }

    internal Shape[] Shapes => _memory.Shapes;

    /// <summary>Gets the shape of a tensor, the batch included.</summary>
    /// <param name="tensor">0 for the network's input, i + 1 for what node i writes.</param>
    public Shape ShapeOf(int tensor) => Shapes[tensor];

    /// <summary>Gets what the forward pass kept at a node, on the back-end.</summary>
    public Kept KeptBy(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return _memory.KeptBy(node);
    }

    /// <summary>Gets the tensor on the back-end if the record owns its memory, else null.</summary>
    public DeviceTensor? OwnTensor(int tensor) => _memory.TensorOf(tensor);

    internal void SetScores(double[] scores) => _activations[Prepared.Network.ScoreTensor] = scores;

    internal ReadOnlySpan<double> ProbabilitiesOf(int image)
    {
        int classes = AllProbabilities().Length / InputShape.N;
        return AllProbabilities().AsSpan(image * classes, classes);
    }

    /// <summary>Makes ready for a forward pass, the first or another one of the same shape: forgets what is not wanted.</summary>
    internal void Begin(bool[] wanted)
    {
        for (int tensor = 0; tensor < wanted.Length; tensor++)
            if (!wanted[tensor]) _activations[tensor] = null;
        _hasProbabilities = false;
    }

    /// <summary>Copies a tensor's numbers if they are wanted.</summary>
    internal void Take(IKernels kernels, int tensor, DeviceTensor values, bool[] wanted)
    {
        if (wanted[tensor]) kernels.Download(values, _activations[tensor] ??= new double[values.Shape.Count]);
    }

    /// <summary>Keeps the input for its hash, which few ask for and which takes as long as a small network's pass.</summary>
    internal void KeepInput(ReadOnlySpan<float> floats, ReadOnlySpan<double> doubles)
    {
        _memory.KeepInput(doubles.IsEmpty ? MemoryMarshal.AsBytes(floats) : MemoryMarshal.AsBytes(doubles));
        _inputSha256 = null;
        _isInputDouble = !doubles.IsEmpty;
        _relevance?.Forget();
    }

    internal void RequireAlive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Prepared.RequireAlive();
    }

    /// <summary>Gets the numbers of a tensor, row-major; null unless the forward pass kept them.</summary>
    public double[]? ActivationOrNull(int tensor) => _activations[tensor];

    /// <summary>Gets the numbers of a tensor, row-major. The array is the record's own.</summary>
    /// <exception cref="NetVizException">The forward pass did not keep them.</exception>
    public double[] ActivationValues(int tensor)
    {
        if (_activations[tensor] is { } values) return values;
        string layer = Prepared.Network.NameOf(tensor);
        throw new NetVizException($"the activations of '{layer}' were not kept", $"call Forward(images, \"{layer}\")");
    }

    // Tensor<T> holds no element without axes; a scalar gets one of length 1.
    private nint[] LengthsOf(int tensor) => Shapes[tensor].Rank == 0
        ? [1]
        : [.. Shapes[tensor].Lengths.ToArray().Select(length => (nint)length)];

    private double[] InDouble => _activations[Prepared.Network.ScoreTensor]!;

    private double[] AllProbabilities()
    {
        lock (_gate) return Computed();
    }

    private double[] Computed()
    {
        if (_hasProbabilities) return _probabilities;
        if (_probabilities.Length != InDouble.Length) _probabilities = new double[InDouble.Length];
        InDouble.CopyTo(_probabilities, 0);
        if (Prepared.Network.FinalSigmoid is not null)
        {
            TensorPrimitives.Sigmoid<double>(_probabilities, _probabilities);
            _hasProbabilities = true;
            return _probabilities;
        }

        (int count, int stride) = SoftmaxGroup();
        if (_row.Length != count) _row = new double[count];
        Span<double> row = _row;
        for (int start = 0; start < _probabilities.Length; start += count * stride)
        {
            for (int offset = start; offset < start + stride; offset++)
            {
                for (int i = 0; i < count; i++) row[i] = _probabilities[offset + i * stride];
                // TensorPrimitives.SoftMax takes exp(x) as it comes, which overflows from 710 on; the largest is made 0 first.
                TensorPrimitives.Subtract(row, TensorPrimitives.Max<double>(row), row);
                TensorPrimitives.SoftMax<double>(row, row);
                for (int i = 0; i < count; i++) _probabilities[offset + i * stride] = row[i];
            }
        }

        _hasProbabilities = true;
        return _probabilities;
    }

    /// <summary>Returns whether two scores of one image belong to the same softmax.</summary>
    internal bool ShareSoftmax(int first, int second)
    {
        (int count, int stride) = SoftmaxGroup();
        return first / (count * stride) == second / (count * stride) && first % stride == second % stride;
    }

    // A softmax runs over count scores that lie stride apart: [outer, count, stride] row-major.
    private (int Count, int Stride) SoftmaxGroup()
    {
        Network network = Prepared.Network;
        if (network.FinalSigmoid is not null) return (1, 1);
        if (network.FinalSoftmax is not { } softmax) return (InDouble.Length / InputShape.N, 1);
        Shape scores = Shapes[network.ScoreTensor];
        (int from, int to) = softmax.Axes(scores);
        return ((int)scores.Product(from, to), (int)scores.Product(to, scores.Rank));
    }

    private static float[] ToFloat(double[] values) => Array.ConvertAll(values, value => (float)value);
}
