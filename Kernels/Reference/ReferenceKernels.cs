using System.Numerics;

namespace NetViz.Kernels.Reference;

/// <summary>
/// The definition of every operation: plain loops over row-major arrays on one thread, sums accumulated in double. It
/// stays in the tree for good; every faster kernel is checked against it, and finite differences run on it in double.
/// </summary>
/// <typeparam name="T">The numbers: float, or double in proofs.</typeparam>
public sealed partial class ReferenceKernels<T> : ITrainingKernels
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    /// <remarks>It has no state of its own.</remarks>
    public IKernels Fork() => new ReferenceKernels<T>();

    /// <inheritdoc/>
    public string Name => typeof(T) == typeof(double) ? "reference64" : "reference";

    /// <inheritdoc/>
    public string Description => $"plain loops, {(typeof(T) == typeof(double) ? "float64" : "float32")}, one thread";

    /// <inheritdoc/>
    public int Threads => 1;

    /// <inheritdoc/>
    public bool RepeatsKept => false;

    /// <inheritdoc/>
    public double MeasurePeak() => Cpu.FmaPeak.Measure(threads: 1);

    /// <inheritdoc/>
    public unsafe long BytesOf(Shape shape) => shape.Count * sizeof(T);

    /// <inheritdoc/>
    public unsafe DeviceBuffer Allocate(long bytes) => new Buffer(checked((int)((bytes + sizeof(T) - 1) / sizeof(T))));

    /// <inheritdoc/>
    public DeviceTensor View(DeviceBuffer buffer, Shape shape) =>
        new ReferenceTensor<T>(((Buffer)buffer).Values.AsMemory(0, checked((int)shape.Count)), shape);

    /// <inheritdoc/>
    public ActiveBits AllocateBits(Shape shape) => new Bits(shape);

    /// <inheritdoc/>
    public Switches AllocateSwitches(in PoolGeometry geometry) => new PlainSwitches(geometry);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor destination) => Convert(source, Span(destination));

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor destination) => Convert(source, Span(destination));

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> destination) => Convert<T, float>(Span(source), destination);

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> destination) => Convert<T, double>(Span(source), destination);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> packed, ActiveBits bits)
    {
        bool[] active = Values(bits);
        for (int i = 0; i < active.Length; i++) active[i] = (packed[i / 8] >> (i % 8) & 1) != 0;
    }

    /// <inheritdoc/>
    public void Download(ActiveBits bits, Span<byte> packed)
    {
        bool[] active = Values(bits);
        packed.Clear();
        for (int i = 0; i < active.Length; i++) packed[i / 8] |= (byte)((active[i] ? 1 : 0) << (i % 8));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<int> source, Switches switches) => source.CopyTo(Values(switches));

    /// <inheritdoc/>
    public void Download(Switches switches, Span<int> destination) => Values(switches).CopyTo(destination);

    /// <inheritdoc/>
    public void Clear(DeviceTensor tensor) => Span(tensor).Clear();

    /// <inheritdoc/>
    public void AddTo(DeviceTensor source, DeviceTensor sum)
    {
        Span<T> from = Span(source), to = Span(sum);
        for (int i = 0; i < to.Length; i++) to[i] += from[i];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Span<T> Span(DeviceTensor tensor) => ((ReferenceTensor<T>)tensor).Values.Span;

    private static bool[] Values(ActiveBits bits) => ((Bits)bits).Active;

    private static int[] Values(Switches switches) => ((PlainSwitches)switches).Positions;

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> destination)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        if (source.Length != destination.Length)
            throw new ArgumentException($"{source.Length} numbers for {destination.Length} elements.");
        for (int i = 0; i < source.Length; i++) destination[i] = TTo.CreateChecked(source[i]);
    }

    private static T Rounded(double value) => T.CreateChecked(value);

    private static double Wide(T value) => double.CreateChecked(value);

    private sealed class Buffer(int count) : DeviceBuffer(count * (long)System.Runtime.InteropServices.Marshal.SizeOf<T>())
    {
        public T[] Values { get; } = new T[count];
    }

    private sealed class Bits(Shape shape) : ActiveBits(shape)
    {
        public bool[] Active { get; } = new bool[shape.Count];
    }

    private sealed class PlainSwitches(PoolGeometry geometry) : Switches(geometry)
    {
        public int[] Positions { get; } = new int[geometry.Output.Count];
    }
}

/// <summary>A tensor of the reference back-end: row-major numbers.</summary>
/// <typeparam name="T">The numbers.</typeparam>
/// <param name="values">The elements in row-major order.</param>
/// <param name="shape">The shape.</param>
internal sealed class ReferenceTensor<T>(Memory<T> values, Shape shape) : DeviceTensor(shape)
    where T : unmanaged
{
    /// <summary>The elements in row-major order.</summary>
    public Memory<T> Values { get; } = values;
}
