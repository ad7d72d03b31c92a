using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>One 3x3 convolution on the device, with its operands; each call waits for its end.</summary>
internal sealed class GpuConv : IDisposable
{
    private readonly GpuKernels _kernels;
    private readonly ConvGeometry _geometry;
    private readonly PreparedWeights _weights;
    private readonly DeviceTensor _input;
    private readonly DeviceTensor _output;

    /// <summary>Prepares it.</summary>
    /// <param name="layer">Images, channels in, channels out and the plane's side, as in <c>8x64x64x224</c>.</param>
    /// <param name="options">How it is computed.</param>
    public GpuConv(string layer, GpuOptions options)
    {
        int[] p = [.. layer.Split('x').Select(int.Parse)];
        _kernels = GpuTarget.Open(options);
        _geometry = new ConvGeometry(p[0], p[1], p[3], p[3], p[2], 1,
            new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 });
        _weights = _kernels.PrepareConv(_geometry.C, 1, _geometry.Window, Operands.Random(9L * p[1] * p[2], 1),
            Operands.Random(p[2], 2));
        _input = Operands.Tensor(_kernels, _geometry.Input, 3);
        _output = Operands.Tensor(_kernels, _geometry.Output, 4);
    }

    /// <summary>The forward pass.</summary>
    public void Forward()
    {
        _kernels.ConvForward(_geometry, _input, _weights, _output);
        _kernels.Synchronize();
    }

    /// <summary>The backward pass.</summary>
    public void Backward()
    {
        _kernels.ConvBackward(_geometry, _output, _weights, _input);
        _kernels.Synchronize();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        _kernels.Dispose();
    }
}
