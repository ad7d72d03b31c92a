namespace NetViz.Kernels;

/// <summary>A back-end and its memory: tensors, bits and switches, made, filled and read.</summary>
public interface IMemoryKernels : IMemoryDemand, IDisposable
{
    /// <summary>The name by which the command line knows the back-end, for example <c>cpu</c>.</summary>
    string Name { get; }

    /// <summary>What it runs on, for people: instruction set and threads, or the card's name.</summary>
    string Description { get; }

    /// <summary>Threads of the host at work.</summary>
    int Threads { get; }

    /// <summary>
    /// Waits until the device has done all that it was given. Does nothing where operations end before they return.
    /// </summary>
    void Synchronize()
    {
    }

    /// <summary>Allocates memory for tensors. Its content is undefined.</summary>
    DeviceBuffer Allocate(long bytes);

    /// <summary>Lays a tensor at the start of a buffer of at least <see cref="IMemoryDemand.BytesOf"/> bytes.</summary>
    DeviceTensor View(DeviceBuffer buffer, Shape shape);

    /// <summary>Allocates a rectifier's bits.</summary>
    ActiveBits AllocateBits(Shape shape);

    /// <summary>Allocates a max-pooling's switches.</summary>
    Switches AllocateSwitches(in PoolGeometry geometry);

    /// <summary>Copies row-major numbers into a tensor.</summary>
    void Upload(ReadOnlySpan<float> source, DeviceTensor destination);

    /// <summary>The same from double; a back-end of float32 rounds.</summary>
    void Upload(ReadOnlySpan<double> source, DeviceTensor destination);

    /// <summary>Copies a tensor out, row-major.</summary>
    void Download(DeviceTensor source, Span<float> destination);

    /// <summary>The same to double.</summary>
    void Download(DeviceTensor source, Span<double> destination);

    /// <summary>Sets the bits from their packed form (see <see cref="ActiveBits.PackedBytes"/>).</summary>
    void Upload(ReadOnlySpan<byte> packed, ActiveBits bits);

    /// <summary>Writes the bits in their packed form; unused bits of the last byte are 0.</summary>
    void Download(ActiveBits bits, Span<byte> packed);

    /// <summary>Sets the switches, row-major over the pooling's output.</summary>
    void Upload(ReadOnlySpan<int> source, Switches switches);

    /// <summary>Writes the switches, row-major over the pooling's output.</summary>
    void Download(Switches switches, Span<int> destination);

    /// <summary>Sets every element to 0.</summary>
    void Clear(DeviceTensor tensor);

    /// <summary>sum += source, for signals that meet where the network branched.</summary>
    void AddTo(DeviceTensor source, DeviceTensor sum);
}
