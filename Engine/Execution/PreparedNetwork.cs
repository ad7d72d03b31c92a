using System.Numerics.Tensors;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Engine.Execution;

/// <summary>
/// A network with its weights prepared for a back-end: prepared once, used for any number of passes. Passes of one
/// prepared network share buffers and must not run at the same time; records of several forward passes may be alive at
/// once, and backward passes run from any of them.
/// </summary>
public sealed class PreparedNetwork : IDisposable
{
    private readonly bool _ownsKernels;
    private readonly PreparedWeights?[] _weights;
    private RecordMemory? _spareMemory;
    private RelevanceMemory? _spareRelevance;
    private PreparedNetwork? _inDouble;
    private bool _disposed;
    private int _running;

    internal PreparedNetwork(Network network, IKernels kernels, bool ownsKernels)
    {
        (Network, Kernels, _ownsKernels) = (network, kernels, ownsKernels);
        _weights = new PreparedWeights?[network.Nodes.Length];
        try
        {
            ForwardSums sums = Execution.PlainImages.SumsOf(network);
            DeviceErrors.Translate(() =>
            {
                foreach (Node node in network.Nodes)
                {
                    _weights[node.Index] =
                        node.Layer is Conv conv ? conv.Prepare(kernels, sums) : node.Layer.Prepare(kernels);
                }
            }, DeviceMemory.Refused);
        }
        catch
        {
            Dispose();
            throw;
        }

        Arena = new Arena(kernels);
        PlanCache = new PlanCache(this);
        PlainImages = new PlainImages(this);
        RelevanceWeights = new RelevanceWeights(this);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The back-end.</summary>
    public IKernels Kernels { get; }

    /// <summary>Bytes of the weights' prepared form, beyond the model file itself.</summary>
    public long PreparedBytes => _weights.Sum(weights => weights?.Bytes ?? 0);

    /// <summary>
    /// Told after each layer: the node, whether it ran backward, and how long it took in ticks of
    /// <see cref="System.Diagnostics.Stopwatch"/>. For benchmarks; null otherwise.
    /// </summary>
    public Action<Node, bool, long>? LayerRan { get; set; }

    /// <summary>
    /// Which layers, in the forward pass or (true) backward, <see cref="LayerRan"/> is called for; null for all. The others are
    /// not waited for, so that a device runs them as it does without a listener, and their time counts with the next that is. A
    /// convolution's time holds that of the rectifier and the pooling computed with it, where no call is asked for these.
    /// </summary>
    public Func<Node, bool, bool>? LayerIsTold { get; set; }

    internal Arena Arena { get; }

    internal PlanCache PlanCache { get; }

    internal PlainImages PlainImages { get; }

    internal RelevanceWeights RelevanceWeights { get; }

    /// <summary>Called after each layer that ran; null for no call.</summary>
    internal Action<Node, bool, long>? ListenerOf(Node node, bool backward) =>
        LayerIsTold?.Invoke(node, backward) != false ? LayerRan : null;

    /// <summary>Runs the network forward.</summary>
    /// <param name="images">[N, C, H, W], already preprocessed.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <returns>Scores, bits and switches: all that backward passes need.</returns>
    /// <exception cref="NetVizException">The shape does not fit the network, or a layer of that name does not exist.</exception>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<float> images, params ReadOnlySpan<string> keep)
    {
        RequireAlive();
        return ForwardPass.Run(this, ShapeOf(images), Flat(images), [], keep);
    }

    /// <summary>The same from double, for back-ends that compute in double.</summary>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<double> images, params ReadOnlySpan<string> keep)
    {
        RequireAlive();
        return ForwardPass.Run(this, ShapeOf(images), [], Flat(images), keep);
    }

    /// <summary>
    /// Runs the network forward into a record that is there already, which forgets what it held: for loops of many passes, which
    /// then allocate nothing.
    /// </summary>
    /// <param name="images">[N, C, H, W], already preprocessed, of the record's shape.</param>
    /// <param name="record">A record of this prepared network. Where the pass fails, it is disposed.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="NetVizException">A layer of that name does not exist.</exception>
    /// <exception cref="ArgumentException">The record has another shape, or another prepared network made it.</exception>
    public void ForwardInto(in ReadOnlyTensorSpan<float> images, ForwardRecord record, params ReadOnlySpan<string> keep)
    {
        RequireOwn(record, images.Lengths);
        ForwardPass.Run(this, record.InputShape, Flat(images), [], keep, record);
    }

    /// <summary>The same from double, for back-ends that compute in double.</summary>
    public void ForwardInto(in ReadOnlyTensorSpan<double> images, ForwardRecord record, params ReadOnlySpan<string> keep)
    {
        RequireOwn(record, images.Lengths);
        ForwardPass.Run(this, record.InputShape, [], Flat(images), keep, record);
    }

    /// <summary>
    /// Returns how the back-end computes the forward pass of one of the network's convolutions; direct for any other layer.
    /// Where it is Winograd, images with ties are computed by plain sums all the same.
    /// </summary>
    public ConvAlgorithm AlgorithmUp(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return WeightsOf(node)?.AlgorithmUp ?? ConvAlgorithm.Direct;
    }

    /// <summary>
    /// Returns how the back-end computes the backward pass of one of the network's convolutions; direct for any other layer.
    /// </summary>
    public ConvAlgorithm AlgorithmDown(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return WeightsOf(node)?.AlgorithmDown ?? ConvAlgorithm.Direct;
    }

    /// <summary>Takes up a record that was exported from any back-end, of the same network.</summary>
    /// <exception cref="NetVizException">It belongs to another network, or is damaged.</exception>
    public ForwardRecord Import(PortableRecord portable)
    {
        ArgumentNullException.ThrowIfNull(portable);
        RequireAlive();
        return DeviceErrors.Translate(() => portable.Upload(this), e => DeviceMemory.Refused(this, portable.InputShape, e));
    }

    /// <summary>The memory that a forward pass for an input of this shape needs for activations.</summary>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public MemoryPlan PlanForward(Shape input) => Plan(input).Activations;

    /// <summary>
    /// Bytes that a record keeps besides where a relevance rule or DeepLIFT is asked for: the numbers of every tensor. Weights
    /// such as W+ come to it, once for the prepared network, each of the size of the network's own.
    /// </summary>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public long RelevanceBytes(Shape input) => RelevanceMemory.BytesOf(Kernels, Network.InferShapes(input));

    /// <summary>Bytes of the weights that relevance rules had prepared so far, and of what they work in.</summary>
    public long RelevanceWeightBytes => RelevanceWeights.Bytes;

    /// <summary>The memory that a pass in both directions needs for an input of this shape.</summary>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public PassMemory Plan(Shape input)
    {
        RequireAlive();
        using Turn turn = BeginPass();
        return PassMemory.Of(this, input);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (PreparedWeights? weights in _weights) weights?.Dispose();
        Arena?.Dispose();
        Interlocked.Exchange(ref _spareMemory, null)?.Dispose();
        Interlocked.Exchange(ref _spareRelevance, null)?.Dispose();
        RelevanceWeights?.Dispose();
        _inDouble?.Dispose();
        if (_ownsKernels) Kernels.Dispose();
    }

    /// <summary>
    /// Begins a pass, which ends when the result is disposed. Two at once would write over each other's signals: from two
    /// threads, or from what a pass calls back.
    /// </summary>
    /// <exception cref="InvalidOperationException">A pass is under way.</exception>
    internal Turn BeginPass()
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new InvalidOperationException(
                "A pass of this prepared network is under way; prepare the network once more to run two at a time.");
        }
        return new Turn(this);
    }

    /// <summary>Refuses work after Dispose, on every back-end alike; some would go on with memory of their own.</summary>
    internal void RequireAlive() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Memory for a record: what the last one of these shapes left, else new.</summary>
    internal RecordMemory TakeRecordMemory(Shape[] shapes)
    {
        RecordMemory? spare = Interlocked.Exchange(ref _spareMemory, null);
        if (spare is not null && spare.Shapes[0] == shapes[0])
        {
            spare.ForgetInput();
            return spare;
        }

        spare?.Dispose();
        return new RecordMemory(Network, Kernels, shapes);
    }

    /// <summary>Takes up the memory that a record leaves; one is held, any other is given back to the back-end.</summary>
    internal void GiveBack(RecordMemory memory)
    {
        if (_disposed) memory.Dispose();
        else Interlocked.Exchange(ref _spareMemory, memory)?.Dispose();
    }

    /// <summary>Memory for the numbers of all tensors: what the last record of these shapes left, else new.</summary>
    /// <exception cref="NetVizException">The machine has not so much memory.</exception>
    internal RelevanceMemory TakeRelevanceMemory(Shape[] shapes)
    {
        RelevanceMemory? spare = Interlocked.Exchange(ref _spareRelevance, null);
        if (spare is not null && spare.Shapes[0] == shapes[0])
        {
            spare.Forget();
            return spare;
        }

        spare?.Dispose();
        double needed = RelevanceMemory.BytesOf(Kernels, shapes);
        double there = Kernels.DeviceMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
        {
            throw new NetVizException(Invariant($"relevance needs the activations of all layers, {needed / 1e9:0.0} GB for the input ")
                + Invariant($"{shapes[0]}, and there are {there / 1e9:0.0} GB"), "give fewer images at once");
        }

        return new RelevanceMemory(this, shapes);
    }

    /// <summary>The network on the plain loops in double.</summary>
    internal PreparedNetwork InDouble() =>
        _inDouble ??= new PreparedNetwork(Network, new Kernels.Reference.ReferenceKernels<double>(), ownsKernels: true);

    /// <summary>Takes up the memory that a record leaves.</summary>
    internal void GiveBack(RelevanceMemory memory)
    {
        if (_disposed) memory.Dispose();
        else Interlocked.Exchange(ref _spareRelevance, memory)?.Dispose();
    }

    /// <summary>Gets the weights of a node as its back-end prepared them; null for a layer without parameters.</summary>
    public PreparedWeights? WeightsOf(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return _weights[node.Index];
    }

    private static Shape ShapeOf<T>(in ReadOnlyTensorSpan<T> tensor)
    {
        var lengths = new int[tensor.Rank];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[axis] = checked((int)tensor.Lengths[axis]);
        return new Shape(lengths);
    }

    /// <summary>The numbers in row-major order: as they lie where they lie so, else a copy.</summary>
    private static ReadOnlySpan<T> Flat<T>(in ReadOnlyTensorSpan<T> tensor)
    {
        int count = checked((int)tensor.FlattenedLength);
        Span<nint> first = tensor.Rank <= 8 ? stackalloc nint[tensor.Rank] : new nint[tensor.Rank];
        first.Clear();
        if (count > 0 && tensor.IsDense && tensor.TryGetSpan(first, count, out ReadOnlySpan<T> values)) return values;
        var copy = new T[count];
        tensor.FlattenTo(copy);
        return copy;
    }

    private void RequireOwn(ForwardRecord record, ReadOnlySpan<nint> lengths)
    {
        ArgumentNullException.ThrowIfNull(record);
        record.RequireAlive();
        if (record.Prepared != this) throw new ArgumentException("Another prepared network made the record.", nameof(record));
        Shape shape = record.InputShape;
        bool fits = lengths.Length == shape.Rank;
        for (int axis = 0; fits && axis < lengths.Length; axis++) fits = lengths[axis] == shape[axis];
        if (!fits)
        {
            string given = string.Join(", ", lengths.ToArray());
            throw new ArgumentException($"The images have the shape [{given}], the record has {shape}.", nameof(record));
        }
    }

    /// <summary>A pass under way.</summary>
    internal readonly ref struct Turn(PreparedNetwork prepared)
    {
        /// <summary>Ends the pass.</summary>
        public void Dispose() => Volatile.Write(ref prepared._running, 0);
    }
}
