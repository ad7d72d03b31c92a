namespace NetViz.Kernels;

// What a back-end owns. The engine passes these around without looking inside: only Upload and Download of IKernels
// see plain row-major numbers, so a back-end may block channels, pad planes or keep everything on a card.

/// <summary>A piece of a back-end's memory that tensors are laid into, one after another, by the memory plan.</summary>
/// <param name="bytes">Its size.</param>
public abstract class DeviceBuffer(long bytes) : IDisposable
{
    /// <summary>Its size.</summary>
    public long Bytes { get; } = bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A tensor of activations or of a signal, in the back-end's own layout. A view: its buffer owns the memory.</summary>
/// <param name="shape">Its shape as the network sees it, whatever the layout.</param>
public abstract class DeviceTensor(Shape shape)
{
    /// <summary>Its shape as the network sees it.</summary>
    public Shape Shape { get; } = shape;
}

/// <summary>One bit for each output of a rectifier, kept by the forward pass.</summary>
/// <param name="shape">The rectifier's output shape.</param>
public abstract class ActiveBits(Shape shape) : IDisposable
{
    /// <summary>The rectifier's output shape.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>Bytes of the packed form that no back-end owns: one bit an element, row-major, lowest bit first.</summary>
    public int PackedBytes => checked((int)((Shape.Count + 7) / 8));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>
/// One small integer for each output of a max-pooling: where in its window the maximum stood, as kh * KW + kw, or
/// <see cref="None"/> where the whole window lies in the padding.
/// </summary>
/// <param name="geometry">The pooling.</param>
public abstract class Switches(PoolGeometry geometry) : IDisposable
{
    /// <summary>The switch of a window that has no position inside the plane; nothing travels through it.</summary>
    public const int None = -1;

    /// <summary>The shape and window of the max-pooling.</summary>
    public PoolGeometry Geometry { get; } = geometry;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A layer's parameters in the form that a back-end computes with, made once when a network is prepared.</summary>
public abstract class PreparedWeights : IDisposable
{
    /// <summary>Bytes held beyond the model file itself.</summary>
    public abstract long Bytes { get; }

    /// <summary>
    /// Gets how a convolution's forward pass is computed: <see cref="ConvAlgorithm.Winograd"/>, perhaps with plain sums for
    /// single images (<see cref="ForwardSums.ByImage"/>), or <see cref="ConvAlgorithm.Direct"/>, the sum as it is defined.
    /// </summary>
    public virtual ConvAlgorithm AlgorithmUp => ConvAlgorithm.Direct;

    /// <summary>
    /// Gets how a convolution's backward pass to the input is computed: <see cref="ConvAlgorithm.Winograd"/> or
    /// <see cref="ConvAlgorithm.Direct"/>. The two round differently.
    /// </summary>
    public virtual ConvAlgorithm AlgorithmDown => ConvAlgorithm.Direct;

    /// <summary>Reads the parameters again from where they were prepared from: training has changed them there.</summary>
    public virtual void Refresh()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
