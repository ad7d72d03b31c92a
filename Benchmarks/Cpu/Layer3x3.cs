using System.Globalization;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// One 3x3 convolution of stride 1 with pads of 1 and the numbers that a trained network would have: weights of variance
/// 2 / fan-in, inputs and signals that a ReLU has cut.
/// </summary>
internal sealed class Layer3x3 : IDisposable
{
    /// <summary>Places at which <see cref="Error"/> looks.</summary>
    public const int Sampled = 4096;

    private readonly CpuKernels _kernels;
    private readonly ConvGeometry _geometry;
    private readonly float[] _weight;
    private readonly float[] _bias;
    private readonly float[] _inputValues;
    private readonly float[] _signalValues;
    private readonly PreparedWeights _weights;
    private readonly DeviceTensor _input;
    private readonly DeviceTensor _output;
    private readonly DeviceTensor _outputSignal;
    private readonly DeviceTensor _inputSignal;

    /// <summary>Prepares it.</summary>
    /// <param name="layer">Channels in, channels out and the plane's side, as in <c>64x128x112</c>.</param>
    /// <param name="batch">Images.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="algorithm">How it is computed.</param>
    public Layer3x3(string layer, int batch, int threads, ConvAlgorithm algorithm)
    {
        int[] p = Numbers(layer);
        Algorithm = algorithm;
        _kernels = new CpuKernels(threads, algorithm);
        var window = new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };
        _geometry = new ConvGeometry(batch, p[0], p[2], p[2], p[1], 1, window);
        float scale = MathF.Sqrt(2f / (9 * p[0]));
        _weight = Array.ConvertAll(Operands.Random(9L * p[0] * p[1], 1), number => number * scale);
        _bias = Array.ConvertAll(Operands.Random(p[1], 2), number => number * 0.01f);
        _inputValues = Array.ConvertAll(Operands.Random(_geometry.Input.Count, 3), number => Math.Max(0, number));
        // The gradient's signal: as often negative as positive, 0 where the ReLU did not fire.
        float[] fired = Operands.Random(_geometry.Output.Count, 5);
        _signalValues = [.. Operands.Random(_geometry.Output.Count, 4).Zip(fired, (number, by) => by > 0 ? number : 0)];
        _weights = _kernels.PrepareConv(p[0], 1, window, _weight, _bias);
        _input = Uploaded(_geometry.Input, _inputValues);
        _outputSignal = Uploaded(_geometry.Output, _signalValues);
        _output = Operands.Empty(_kernels, _geometry.Output);
        _inputSignal = Operands.Empty(_kernels, _geometry.Input);
    }

    /// <summary>Refuses what names no layer.</summary>
    /// <param name="layer">Channels in, channels out and the plane's side.</param>
    /// <exception cref="NetVizException">It is something else.</exception>
    public static void Require(string layer) => Numbers(layer);

    private static int[] Numbers(string layer)
    {
        string[] parts = layer.Split('x');
        var numbers = new int[3];
        bool isLayer = parts.Length == 3;
        for (int i = 0; i < 3 && isLayer; i++)
            isLayer = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) && numbers[i] > 0;
        return isLayer ? numbers : throw new NetVizException($"layers: --layers {layer}",
            "channels in, channels out and the side of the plane are needed, as in 64x128x112");
    }

    /// <summary>How it is computed.</summary>
    public ConvAlgorithm Algorithm { get; }

    /// <summary>Multiplications and additions of the plain sum.</summary>
    public double Operations => _geometry.Operations;

    /// <summary>One pass.</summary>
    /// <param name="down">Down; else up.</param>
    public Action Pass(bool down) => down
        ? () => _kernels.ConvBackward(_geometry, _outputSignal, _weights, _inputSignal)
        : () => _kernels.ConvForward(_geometry, _input, _weights, _output);

    /// <summary>
    /// The relative error sqrt(sum (y - y64)^2 / sum y64^2) over places chosen at random, y64 the sum in float64.
    /// </summary>
    public double Error(bool down)
    {
        Pass(down)();
        DeviceTensor result = down ? _inputSignal : _output;
        var values = new float[result.Shape.Count];
        _kernels.Download(result, values);
        var random = new Random(6);
        double error = 0, size = 0;
        for (int i = 0; i < Sampled; i++)
        {
            int at = random.Next(values.Length);
            double exact = Exact(at, down);
            error += (values[at] - exact) * (values[at] - exact);
            size += exact * exact;
        }

        return Math.Sqrt(error / size);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        _kernels.Dispose();
    }

    private DeviceTensor Uploaded(Shape shape, float[] values)
    {
        DeviceTensor tensor = Operands.Empty(_kernels, shape);
        _kernels.Upload(values, tensor);
        return tensor;
    }

    /// <summary>
    /// y(o, p) = b(o) + sum over c, k of x(c, p + k - 1) w(o, c, k); r(c, p) = sum over o, k of R(o, p + 1 - k) w(o, c, k).
    /// </summary>
    private double Exact(int at, bool down)
    {
        (int c, int o, int side) = (_geometry.C, _geometry.O, _geometry.H);
        int area = side * side, sign = down ? -1 : 1;
        (int from, int to) = down ? (o, c) : (c, o);
        float[] source = down ? _signalValues : _inputValues;
        (int plane, int place) = Math.DivRem(at, area);
        (int image, int channel) = Math.DivRem(plane, to);
        (int row, int column) = Math.DivRem(place, side);
        double sum = down ? 0 : _bias[channel];
        for (int other = 0; other < from; other++)
        {
            int weight = 9 * (down ? other * c + channel : channel * c + other), start = (image * from + other) * area;
            for (int k = 0; k < 9; k++)
            {
                (int y, int x) = (row + sign * (k / 3 - 1), column + sign * (k % 3 - 1));
                if ((uint)y < (uint)side && (uint)x < (uint)side)
                    sum += (double)source[start + y * side + x] * _weight[weight + k];
            }
        }

        return sum;
    }
}
