namespace NetViz.Kernels;

/// <summary>
/// What a back-end takes of its memory, so that a pass is planned, or refused, before anything is allocated.
/// </summary>
public interface IMemoryDemand
{
    /// <summary>Bytes of the device's memory that tensors can have; null where they lie in the host's.</summary>
    long? DeviceMemoryBytes => null;

    /// <summary>Bytes that a tensor of this shape needs in the back-end's layout.</summary>
    long BytesOf(Shape shape);

    /// <summary>Bytes that a rectifier's bits need.</summary>
    long BytesOfBits(Shape shape) => (shape.Count + 7) / 8;

    /// <summary>Bytes that a max-pooling's switches need.</summary>
    long BytesOfSwitches(in PoolGeometry geometry) => geometry.Output.Count * (geometry.Window.FitsByte ? 1 : sizeof(int));

    /// <summary>Bytes of the memory that a piece of the given number of bytes takes.</summary>
    long BytesTaken(long bytes) => bytes;

    /// <summary>Bytes held that operations work in, one after another; grows where one needs more.</summary>
    long HeldWorkspaceBytes => 0;

    /// <summary>
    /// Bytes that a convolution works in, in either direction; null where the layer's own bound holds, whatever the shape.
    /// </summary>
    long? WorkspaceBytes(in ConvGeometry geometry, PreparedWeights weights) => null;

    /// <summary>The same for a fully connected layer.</summary>
    long? WorkspaceBytes(in FullyConnectedGeometry geometry, PreparedWeights weights) => null;
}
