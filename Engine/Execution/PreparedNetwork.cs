using System.Numerics.Tensors;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Engine.Execution;

/// <summary>
/// A network with its weights prepared for a back-end: prepared once, used for any number of passes, from any number of threads
/// at once. Passes share the weights and borrow their buffers; <see cref="MaxPasses"/> says how many run at once, and further ones
/// wait. Records of several forward passes may be alive at once, and backward passes run from any of them.
/// </summary>
/// <remarks>
/// The bytes of a result do not depend on what runs beside it. On a back-end without <see cref="IKernels.Fork"/>, as that of a
/// GPU, passes run one at a time, those of other networks on the same back-end object included. <see cref="Dispose"/> may be
/// called at any time: passes under way end with <see cref="ObjectDisposedException"/> at their next layer.
/// </remarks>
public sealed class PreparedNetwork : IDisposable
{
    private readonly bool _ownsKernels;
    private readonly PreparedWeights?[] _weights;
    private readonly PassBuffers _buffers;
    private readonly Spares<RecordMemory> _spareMemory;
    private readonly Spares<RelevanceMemory> _spareRelevance;
    private readonly Lock _making = new();
    private PreparedNetwork? _inDouble;
    private int _disposed;

    internal PreparedNetwork(Network network, IKernels kernels, bool ownsKernels, int maxPasses = 0)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        ArgumentOutOfRangeException.ThrowIfNegative(maxPasses);
        (Network, Kernels, _ownsKernels) = (network, kernels, ownsKernels);
        _weights = new PreparedWeights?[network.Nodes.Length];
        IKernels? fork = kernels.Fork();
        _buffers = new PassBuffers(this, fork, fork is null ? KernelTurns.Of(kernels) : null,
            maxPasses == 0 ? Environment.ProcessorCount : maxPasses);
        _spareMemory = new Spares<RecordMemory>(_buffers.Most, memory => memory.Shapes[0]);
        _spareRelevance = new Spares<RelevanceMemory>(_buffers.Most, memory => memory.Shapes[0]);
        RelevanceWeights = new RelevanceWeights(this);
        try
        {
            ForwardSums sums = PlainImages.SumsOf(network);
            IKernels preparing = fork ?? kernels;
            _buffers.InTurn(() => DeviceErrors.Translate(() =>
            {
                foreach (Node node in network.Nodes)
                {
                    _weights[node.Index] =
                        node.Layer is Conv conv ? conv.Prepare(preparing, sums) : node.Layer.Prepare(preparing);
                }
            }, DeviceMemory.Refused));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The back-end.</summary>
    public IKernels Kernels { get; }

    /// <summary>
    /// Gets how many passes run at once; further ones wait for a place. 1 on a back-end that has no forks.
    /// </summary>
    public int MaxPasses => _buffers.Most;

    /// <summary>Bytes of the weights' prepared form, beyond the model file itself.</summary>
    public long PreparedBytes => _weights.Sum(weights => weights?.Bytes ?? 0);

    /// <summary>
    /// Gets or sets whether <see cref="Forward(in ReadOnlyTensorSpan{float}, ReadOnlySpan{string})"/> takes images that hold NaN or
    /// infinities. False unless set: what follows from them means nothing.
    /// </summary>
    public bool AllowNonFinite { get; set; }

    /// <summary>
    /// Told after each layer: the node, whether it ran backward, and how long it took in ticks of
    /// <see cref="System.Diagnostics.Stopwatch"/>, on the thread of the pass. For benchmarks; null otherwise. A pass's own progress
    /// is cheaper: <see cref="LayerProgress"/>.
    /// </summary>
    public Action<Node, bool, long>? LayerRan { get; set; }

    /// <summary>
    /// Which layers, in the forward pass or (true) backward, <see cref="LayerRan"/> is called for; null for all. The others are
    /// not waited for, so that a device runs them as it does without a listener, and their time counts with the next that is. A
    /// convolution's time holds that of the rectifier and the pooling computed with it, where no call is asked for these.
    /// </summary>
    public Func<Node, bool, bool>? LayerIsTold { get; set; }

    internal RelevanceWeights RelevanceWeights { get; }

    /// <summary>Bytes of buffers held for later records, and the number of them.</summary>
    internal (int Records, int Relevances) Spare => (_spareMemory.Count, _spareRelevance.Count);

    /// <summary>Called after each layer that ran; null for no call.</summary>
    internal Action<Node, bool, long>? ListenerOf(Node node, bool backward) =>
        LayerIsTold?.Invoke(node, backward) != false ? LayerRan : null;

    /// <summary>Runs the network forward.</summary>
    /// <param name="images">[N, C, H, W], already preprocessed.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <returns>Scores, bits and switches: all that backward passes need.</returns>
    /// <exception cref="NetVizException">The shape does not fit the network, or a layer of that name does not exist.</exception>
    /// <exception cref="ArgumentException">An image holds NaN or infinity, and <see cref="AllowNonFinite"/> is not set.</exception>
    /// <exception cref="ObjectDisposedException">The prepared network was disposed, before or during the pass.</exception>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<float> images, params ReadOnlySpan<string> keep) =>
        Forward(images, progress: null, CancellationToken.None, keep);

    /// <summary>Runs the network forward, observed between layers.</summary>
    /// <param name="images">[N, C, H, W], already preprocessed.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="NetVizException">The shape does not fit the network, or a layer of that name does not exist.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The prepared network was disposed, before or during the pass.</exception>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<float> images, IProgress<LayerProgress>? progress,
        CancellationToken token, params ReadOnlySpan<string> keep)
    {
        RequireAlive();
        ReadOnlySpan<float> numbers = Flat(images);
        if (!AllowNonFinite) RequireFinite(numbers);
        return ForwardPass.Run(this, ShapeOf(images), numbers, [], keep, again: null, progress, token);
    }

    /// <summary>The same from double, for back-ends that compute in double.</summary>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<double> images, params ReadOnlySpan<string> keep) =>
        Forward(images, progress: null, CancellationToken.None, keep);

    /// <summary>The same from double, for back-ends that compute in double.</summary>
    public ForwardRecord Forward(in ReadOnlyTensorSpan<double> images, IProgress<LayerProgress>? progress,
        CancellationToken token, params ReadOnlySpan<string> keep)
    {
        RequireAlive();
        ReadOnlySpan<double> numbers = Flat(images);
        if (!AllowNonFinite) RequireFinite(numbers);
        return ForwardPass.Run(this, ShapeOf(images), [], numbers, keep, again: null, progress, token);
    }

    /// <summary>
    /// Runs the network forward whatever numbers the images hold: for loops that make images and judge the result themselves.
    /// </summary>
    /// <param name="images">[N, C, H, W], already preprocessed.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="NetVizException">The shape does not fit the network, or a layer of that name does not exist.</exception>
    public ForwardRecord ForwardUnchecked(in ReadOnlyTensorSpan<float> images, params ReadOnlySpan<string> keep) =>
        ForwardUnchecked(images, progress: null, CancellationToken.None, keep);

    /// <summary>The same, observed between layers.</summary>
    /// <param name="images">[N, C, H, W], already preprocessed.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="NetVizException">The shape does not fit the network, or a layer of that name does not exist.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ForwardRecord ForwardUnchecked(in ReadOnlyTensorSpan<float> images, IProgress<LayerProgress>? progress,
        CancellationToken token, params ReadOnlySpan<string> keep)
    {
        RequireAlive();
        return ForwardPass.Run(this, ShapeOf(images), Flat(images), [], keep, again: null, progress, token);
    }

    /// <summary>
    /// Runs the network forward into a record that is there already, which forgets what it held: for loops of many passes, which
    /// then allocate nothing. The numbers of the images are not looked at: the loop makes them.
    /// </summary>
    /// <param name="images">[N, C, H, W], already preprocessed, of the record's shape.</param>
    /// <param name="record">A record of this prepared network. Where the pass fails, it is disposed.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="NetVizException">A layer of that name does not exist.</exception>
    /// <exception cref="ArgumentException">The record has another shape, or another prepared network made it.</exception>
    /// <exception cref="InvalidOperationException">A pass that reads or writes the record is under way.</exception>
    public void ForwardInto(in ReadOnlyTensorSpan<float> images, ForwardRecord record, params ReadOnlySpan<string> keep) =>
        ForwardInto(images, record, progress: null, CancellationToken.None, keep);

    /// <summary>The same, observed between layers. Where the pass is cancelled, the record is disposed.</summary>
    /// <param name="images">[N, C, H, W], already preprocessed, of the record's shape.</param>
    /// <param name="record">A record of this prepared network.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <param name="keep">Names of layers whose activations the record shall hold as numbers.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void ForwardInto(in ReadOnlyTensorSpan<float> images, ForwardRecord record, IProgress<LayerProgress>? progress,
        CancellationToken token, params ReadOnlySpan<string> keep)
    {
        RequireOwn(record, images.Lengths);
        ForwardPass.Run(this, record.InputShape, Flat(images), [], keep, record, progress, token);
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
        using Pass pass = BeginPass();
        return DeviceErrors.Translate(() => portable.Upload(pass), e => DeviceMemory.Refused(this, portable.InputShape, e));
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

    /// <summary>Bytes of the weights that relevance rules had prepared so far.</summary>
    public long RelevanceWeightBytes => RelevanceWeights.Bytes;

    /// <summary>The memory that a pass in both directions needs for an input of this shape.</summary>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public PassMemory Plan(Shape input)
    {
        RequireAlive();
        using Pass pass = BeginPass();
        return PassMemory.Of(this, input);
    }

    /// <summary>
    /// Frees weights and buffers. Waits for passes under way, which end with <see cref="ObjectDisposedException"/> at their next
    /// layer; called from inside a pass, of whichever network, it does not wait and leaves the freeing to the last pass.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _buffers.Close(() =>
        {
            foreach (PreparedWeights? weights in _weights) weights?.Dispose();
            _spareMemory.Dispose();
            _spareRelevance.Dispose();
            RelevanceWeights.Dispose();
            _inDouble?.Dispose();
            if (_ownsKernels) Kernels.Dispose();
        });
    }

    /// <summary>Begins a pass, which ends when the result is disposed; waits for a place.</summary>
    /// <param name="record">The record that it starts from or writes anew; null for a new one.</param>
    /// <param name="writes">Whether the record is written anew.</param>
    /// <param name="progress">Receives the layers.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="InvalidOperationException">The record is written by another pass, or is to be written while one reads
    /// it.</exception>
    internal Pass BeginPass(ForwardRecord? record = null, bool writes = false, IProgress<LayerProgress>? progress = null,
        CancellationToken token = default) => _buffers.Rent(record, writes, progress, token);

    /// <summary>Refuses work after Dispose, on every back-end alike; some would go on with memory of their own.</summary>
    internal void RequireAlive() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);

    /// <summary>Memory for a record: what an earlier one of these shapes left, else new. Only inside a pass.</summary>
    internal RecordMemory TakeRecordMemory(Shape[] shapes)
    {
        if (_spareMemory.Take(shapes[0]) is not { } spare) return new RecordMemory(Network, Kernels, shapes);
        spare.ForgetInput();
        return spare;
    }

    /// <summary>Takes up the memory that a record leaves, for another one.</summary>
    internal void GiveBack(RecordMemory memory)
    {
        if (!_spareMemory.Put(memory)) _buffers.FreeInTurn(memory.Dispose);
    }

    /// <summary>Memory for the numbers of all tensors: what the last record of these shapes left, else new.</summary>
    /// <exception cref="NetVizException">The machine has less memory.</exception>
    internal RelevanceMemory TakeRelevanceMemory(Shape[] shapes)
    {
        if (_spareRelevance.Take(shapes[0]) is { } spare)
        {
            spare.Forget();
            return spare;
        }

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
    internal PreparedNetwork InDouble()
    {
        lock (_making)
            return _inDouble ??= new PreparedNetwork(Network, new Kernels.Reference.ReferenceKernels<double>(), ownsKernels: true);
    }

    /// <summary>Takes up the memory that a record leaves.</summary>
    internal void GiveBack(RelevanceMemory memory)
    {
        if (!_spareRelevance.Put(memory)) _buffers.FreeInTurn(memory.Dispose);
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

    /// <summary>Refuses NaN and infinity. A sum that overflows is looked at again, number by number.</summary>
    private static void RequireFinite<T>(ReadOnlySpan<T> images)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        for (int start = 0; start < images.Length; start += 4096)
        {
            ReadOnlySpan<T> part = images.Slice(start, Math.Min(4096, images.Length - start));
            if (T.IsFinite(TensorPrimitives.SumOfMagnitudes(part))) continue;
            for (int i = 0; i < part.Length; i++)
            {
                if (T.IsFinite(part[i])) continue;
                throw new ArgumentException($"Element {start + i} of the images is {part[i].ToString(null, System.Globalization.CultureInfo.InvariantCulture)}; set "
                    + $"{nameof(AllowNonFinite)} to compute with it all the same.", nameof(images));
            }
        }
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
}
