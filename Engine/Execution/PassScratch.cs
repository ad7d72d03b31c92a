using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>Memory that relevance, DeepLIFT and channel masks work in, one tensor a slot.</summary>
/// <param name="kernels">The back-end.</param>
internal sealed class PassScratch(IKernels kernels) : IDisposable
{
    private const int LowSlot = 6, HighSlot = 7;

    private readonly List<DeviceBuffer?> _buffers = [];
    private (RelevanceBox Box, Shape Shape, bool IsLast)? _bounds;

    /// <summary>Bytes held.</summary>
    public long Bytes => _buffers.Sum(buffer => buffer?.Bytes ?? 0);

    /// <summary>A tensor to work in; the next call for the slot gives the same memory.</summary>
    public DeviceTensor Tensor(int slot, Shape shape)
    {
        if (slot is LowSlot or HighSlot) _bounds = null;
        long bytes = kernels.BytesOf(shape);
        while (_buffers.Count <= slot) _buffers.Add(null);
        if (_buffers[slot] is not { } held || held.Bytes < bytes)
        {
            _buffers[slot]?.Dispose();
            _buffers[slot] = null;
            _buffers[slot] = kernels.Allocate(bytes);
        }

        return kernels.View(_buffers[slot]!, shape);
    }

    /// <summary>The bounds of the input for z-box, uploaded where they are not there from the last pass.</summary>
    /// <param name="box">The bounds, by channel.</param>
    /// <param name="shape">The input's shape.</param>
    /// <param name="isLast">Whether the channels are the last axis.</param>
    public (DeviceTensor Low, DeviceTensor High) Bounds(RelevanceBox box, Shape shape, bool isLast)
    {
        if (_bounds == (box, shape, isLast))
            return (kernels.View(_buffers[LowSlot]!, shape), kernels.View(_buffers[HighSlot]!, shape));
        DeviceTensor low = Tensor(LowSlot, shape), high = Tensor(HighSlot, shape);
        int channels = shape.Rank == 4 ? shape[isLast ? 3 : 1] : 1;
        long plane = isLast ? 1 : shape.Product(Math.Min(2, shape.Rank), shape.Rank);
        double[] lows = new double[shape.Count], highs = new double[shape.Count];
        for (int i = 0; i < lows.Length; i++)
            (lows[i], highs[i]) = box.At(channels == 1 ? 0 : (int)(i / plane % channels), channels);
        kernels.Upload(lows, low);
        kernels.Upload(highs, high);
        _bounds = (box, shape, isLast);
        return (low, high);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer? buffer in _buffers) buffer?.Dispose();
        _buffers.Clear();
        _bounds = null;
    }
}
