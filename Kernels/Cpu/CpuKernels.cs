using System.Runtime.InteropServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The operations with SIMD on the processor's cores. Tensors of rank 4 are channel-blocked (<see cref="Layout"/>); every element
/// of a result is computed by one thread in an order of summation that does not depend on the number of threads. Operations of
/// one object run one at a time; <see cref="Fork"/> makes another one for a pass beside it.
/// </summary>
public sealed unsafe partial class CpuKernels : IFusedKernels, ITrainingKernels
{
    private readonly Workers _workers;
    private readonly ConvAlgorithm _algorithm;
    private readonly bool _ownsWorkers;
    private readonly Counters _counters;
    private AlignedMemory? _scratch;
    private AlignedMemory? _workingMemory;

    /// <summary>Starts the back-end.</summary>
    /// <param name="threads">Threads, at most <see cref="MaxThreads"/>; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed.</param>
    /// <exception cref="ArgumentOutOfRangeException">Threads are fewer than 0 or too many, or there is no such algorithm.</exception>
    public CpuKernels(int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto)
    {
        _algorithm = algorithm;
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, MaxThreads);
        if (!Enum.IsDefined(algorithm)) throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There is no such algorithm.");
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        _workers = new Workers(Threads);
        _ownsWorkers = true;
        _counters = new Counters();
    }

    private CpuKernels(CpuKernels other)
    {
        (_algorithm, Threads, _workers, _counters) = (other._algorithm, other.Threads, other._workers, other._counters);
    }

    /// <inheritdoc/>
    /// <remarks>It has working memory of its own and shares the threads, which <see cref="Workers"/> deals out.</remarks>
    public IKernels Fork() => new CpuKernels(this);

    /// <summary>Gets the most threads: more only wait, and a system that gives no more ends the process.</summary>
    public static int MaxThreads => Math.Max(256, 4 * Environment.ProcessorCount);

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description =>
        $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, {VectorWidth.Name}, "
        + $"{Threads} thread{(Threads == 1 ? "" : "s")}";

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public double MeasurePeak() => FmaPeak.Measure(Threads);

    /// <inheritdoc/>
    public long BytesOf(Shape shape) => Layout.StoredOf(shape) * sizeof(float);

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes) => new CpuBuffer(bytes);

    /// <inheritdoc/>
    public DeviceTensor View(DeviceBuffer buffer, Shape shape) => new CpuTensor(((CpuBuffer)buffer).Memory, shape);

    /// <inheritdoc/>
    public ActiveBits AllocateBits(Shape shape) => new CpuBits(shape);

    /// <inheritdoc/>
    public Switches AllocateSwitches(in PoolGeometry geometry) => new CpuSwitches(geometry);

    /// <inheritdoc/>
    public void Clear(DeviceTensor tensor)
    {
        Stored(tensor).Clear();
        // The memory of a tensor that the caller no longer holds must not be freed in the middle.
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsWorkers) _workers.Dispose();
        _workingMemory?.Dispose();
        _scratch?.Dispose();
        foreach (AlignedMemory? memory in _rows) memory?.Dispose();
    }

    private static float* Pointer(DeviceTensor tensor) => ((CpuTensor)tensor).Pointer;

    private static Layout LayoutOf(DeviceTensor tensor) => ((CpuTensor)tensor).Layout;

    /// <summary>All numbers as they lie.</summary>
    private static Span<float> Stored(DeviceTensor tensor) => ((CpuTensor)tensor).Stored;

    /// <summary>Numbers of a tensor as they lie.</summary>
    private static Span<float> Part(DeviceTensor tensor, int start, int length) => Stored(tensor).Slice(start, length);

    /// <summary>Runs pieces 0 .. count - 1 of a job, in parallel where there are several.</summary>
    internal void For<TJob>(int count, ref TJob job)
        where TJob : struct, IJob => _workers.Run(count, ref job);

    /// <summary>The same for work that is done once, where an allocation does not matter.</summary>
    internal void For(int count, Action<int> piece)
    {
        var job = new ActionJob(piece);
        For(count, ref job);
    }

    /// <summary>Memory that one operation works in; the next call may give the same.</summary>
    internal float* WorkingMemory(long floats) => AlignedMemory.AtLeast(floats, ref _workingMemory);

    /// <summary>Memory that one worker works in during a piece; the next call may give the same.</summary>
    internal float* Scratch(int worker, long floats) =>
        worker > 0 ? Workers.ScratchHere(floats) : AlignedMemory.AtLeast(floats, ref _scratch);

    /// <summary>
    /// Splits elementwise work into ranges of whole words of bits; small work stays on one thread.
    /// </summary>
    private void ForRanges<TRange>(long count, ref TRange range)
        where TRange : struct, IRange
    {
        var job = new RangeJob<TRange>(range, count);
        For(job.Pieces, ref job);
    }

    /// <summary>Splits work on channel blocks into some places of one block each.</summary>
    private void ForBlocks<TRange>(in Layout layout, ref TRange range)
        where TRange : struct, IBlockRange
    {
        var job = new BlockRangeJob<TRange>(range, layout);
        For(job.Pieces, ref job);
    }

    /// <summary>What forks count together.</summary>
    private sealed class Counters
    {
        public long TurnedNumbers;
    }

    private readonly struct ActionJob(Action<int> piece) : IJob
    {
        public void Run(int index, int worker) => piece(index);
    }

    /// <summary>Elementwise work on a range of the numbers as they lie.</summary>
    private interface IRange
    {
        /// <summary>Does the numbers start .. start + length - 1.</summary>
        void Run(int start, int length);
    }

    private struct RangeJob<TRange>(TRange range, long count) : IJob
        where TRange : struct, IRange
    {
        private const int Grain = 1 << 14;

        private TRange _range = range;

        public readonly int Pieces => Math.Max(1, checked((int)((count + Grain - 1) / Grain)));

        public void Run(int index, int worker) => _range.Run(index * Grain, (int)Math.Min(Grain, count - (long)index * Grain));
    }

    /// <summary>Work on some places of one block of channels.</summary>
    private interface IBlockRange
    {
        /// <summary>Does some places.</summary>
        /// <param name="block">The block in its image.</param>
        /// <param name="start">Where its first number lies.</param>
        /// <param name="places">How many vectors of sixteen.</param>
        void Run(int block, long start, int places);
    }

    private struct BlockRangeJob<TRange>(TRange range, Layout layout) : IJob
        where TRange : struct, IBlockRange
    {
        private const int Grain = 1 << 10;

        private TRange _range = range;

        public readonly int Pieces => layout.Images * layout.Blocks * PiecesOfBlock;

        private readonly int PiecesOfBlock => (layout.Area + Grain - 1) / Grain;

        public void Run(int index, int worker)
        {
            (int block, int piece) = Math.DivRem(index, PiecesOfBlock);
            int first = piece * Grain;
            _range.Run(block % layout.Blocks, block * layout.BlockFloats + (long)first * Layout.Lanes,
                Math.Min(Grain, layout.Area - first));
        }
    }
}
