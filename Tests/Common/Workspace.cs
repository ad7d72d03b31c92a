using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>
/// Memory for one operation on one back-end. Every tensor begins full of NaN, so that an element which the operation does
/// not write shows, and where the layout is plain, a strip of NaN behind it shows what was written past its end.
/// </summary>
internal sealed class Workspace(IKernels kernels) : IDisposable
{
    private const int GuardCount = 64;

    private readonly List<(DeviceBuffer Buffer, Shape? Whole)> _buffers = [];

    /// <summary>A tensor full of NaN.</summary>
    public DeviceTensor Dirty(Shape shape)
    {
        var whole = new Shape(checked((int)shape.Count + GuardCount));
        bool isPlain = kernels.BytesOf(whole) == kernels.BytesOf(shape) + kernels.BytesOf(new Shape(GuardCount));
        DeviceBuffer buffer = kernels.Allocate(isPlain ? kernels.BytesOf(whole) : kernels.BytesOf(shape));
        _buffers.Add((buffer, isPlain ? whole : null));

        // As one vector, so that what a layout only pads with is NaN too.
        long bytes = isPlain ? kernels.BytesOf(whole) : kernels.BytesOf(shape);
        var all = new Shape(checked((int)(bytes / kernels.BytesOf(new Shape(1)))));
        DeviceTensor dirty = kernels.View(buffer, kernels.BytesOf(all) == buffer.Bytes ? all : isPlain ? whole : shape);
        var numbers = new float[dirty.Shape.Count];
        Array.Fill(numbers, float.NaN);
        kernels.Upload(numbers, dirty);
        return kernels.View(buffer, shape);
    }

    /// <summary>A tensor of these numbers.</summary>
    public DeviceTensor With(Shape shape, double[] values)
    {
        DeviceTensor tensor = Dirty(shape);
        kernels.Upload(values, tensor);
        return tensor;
    }

    /// <summary>A tensor's numbers.</summary>
    public double[] Read(DeviceTensor tensor)
    {
        var values = new double[tensor.Shape.Count];
        kernels.Download(tensor, values);
        return values;
    }

    /// <summary>Asserts that nothing was written behind any tensor.</summary>
    public void RequireGuards()
    {
        foreach ((DeviceBuffer buffer, Shape? whole) in _buffers)
        {
            if (whole is not Shape shape) continue;
            double[] guard = Read(kernels.View(buffer, shape))[^GuardCount..];
            Assert.That(Array.TrueForAll(guard, double.IsNaN), "numbers were written behind the tensor's end");
        }
    }

    public void Dispose() => _buffers.ForEach(entry => entry.Buffer.Dispose());
}
