using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The operations with SIMD on the processor's cores. Tensors are row-major; every element of a result is computed by one
/// thread in an order of summation that does not depend on the number of threads.
/// </summary>
public sealed unsafe partial class CpuKernels : IKernels
{
    private readonly ParallelOptions _parallel;
    private readonly ConvAlgorithm _algorithm;
    private AlignedMemory? _workingMemory;

    /// <summary>Starts the back-end.</summary>
    /// <param name="threads">Threads; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed.</param>
    public CpuKernels(int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto)
    {
        _algorithm = algorithm;
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = Threads };
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description =>
        $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, {InstructionSet}, "
        + $"{Threads} thread{(Threads == 1 ? "" : "s")}";

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public double MeasurePeak() => FmaPeak.Measure(Threads);

    /// <inheritdoc/>
    public long BytesOf(Shape shape) => shape.Count * sizeof(float);

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes) => new CpuBuffer(bytes);

    /// <inheritdoc/>
    public DeviceTensor View(DeviceBuffer buffer, Shape shape) => new CpuTensor(((CpuBuffer)buffer).Memory, shape);

    /// <inheritdoc/>
    public ActiveBits AllocateBits(Shape shape) => new CpuBits(shape);

    /// <inheritdoc/>
    public Switches AllocateSwitches(in PoolGeometry geometry) => new CpuSwitches(geometry);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor destination) =>
        source.CopyTo(Exactly(source.Length, destination));

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor destination) =>
        TensorPrimitives.ConvertTruncating(source, Exactly(source.Length, destination));

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> destination) => Exactly(destination.Length, source).CopyTo(destination);

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> destination) =>
        TensorPrimitives.ConvertTruncating<float, double>(Exactly(destination.Length, source), destination);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> packed, ActiveBits bits)
    {
        var bytes = new Span<byte>(Words(bits), bits.PackedBytes);
        packed.CopyTo(bytes);
        int used = (int)(bits.Shape.Count % 8);
        if (used != 0) bytes[^1] &= (byte)((1 << used) - 1);
    }

    /// <inheritdoc/>
    public void Download(ActiveBits bits, Span<byte> packed) => new Span<byte>(Words(bits), bits.PackedBytes).CopyTo(packed);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<int> source, Switches switches)
    {
        var to = (CpuSwitches)switches;
        for (int i = 0; i < source.Length; i++)
        {
            if (to.IsByte) ((byte*)to.Pointer)[i] = (byte)source[i];
            else ((int*)to.Pointer)[i] = source[i];
        }
    }

    /// <inheritdoc/>
    public void Download(Switches switches, Span<int> destination)
    {
        var from = (CpuSwitches)switches;
        for (int i = 0; i < destination.Length; i++)
        {
            if (!from.IsByte) destination[i] = ((int*)from.Pointer)[i];
            else destination[i] = ((byte*)from.Pointer)[i] is byte position and not byte.MaxValue ? position : Switches.None;
        }
    }

    /// <inheritdoc/>
    public void Clear(DeviceTensor tensor) => Span(tensor).Clear();

    /// <inheritdoc/>
    public void AddTo(DeviceTensor source, DeviceTensor sum) =>
        ForRanges(Span(sum).Length, (start, length) =>
            TensorPrimitives.Add(Part(sum, start, length), Part(source, start, length), Part(sum, start, length)));

    /// <inheritdoc/>
    public void Dispose() => _workingMemory?.Dispose();

    private static string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "AVX-512" : Fma.IsSupported ? "AVX2 and FMA" : "portable vectors";

    private static float* Pointer(DeviceTensor tensor) => ((CpuTensor)tensor).Pointer;

    private static Span<float> Span(DeviceTensor tensor) => ((CpuTensor)tensor).Span;

    private static Span<float> Part(DeviceTensor tensor, int start, int length) => Span(tensor).Slice(start, length);

    private static uint* Words(ActiveBits bits) => ((CpuBits)bits).Words;

    private static Span<float> Exactly(int count, DeviceTensor tensor) =>
        tensor.Shape.Count == count
            ? Span(tensor)
            : throw new ArgumentException($"{count} numbers for {tensor.Shape.Count} elements.");

    /// <summary>Runs jobs 0 .. count - 1, in parallel where there are several.</summary>
    internal void For(int count, Action<int> job)
    {
        if (count == 1 || Threads == 1)
        {
            for (int i = 0; i < count; i++) job(i);
        }
        else
        {
            Parallel.For(0, count, _parallel, job);
        }
    }

    /// <summary>Memory that one operation works in; the next call may give the same.</summary>
    internal float* WorkingMemory(long floats) => AlignedMemory.AtLeast(floats, ref _workingMemory);

    /// <summary>
    /// Splits elementwise work into ranges (start, length) of whole words of bits; small work stays on one thread.
    /// </summary>
    private void ForRanges(int count, Action<int, int> job)
    {
        const int Grain = 1 << 14;
        int ranges = (count + Grain - 1) / Grain;
        For(Math.Max(1, ranges), i => job(i * Grain, Math.Min(Grain, count - i * Grain)));
    }
}
