using System.Numerics.Tensors;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Lays planes of the network's input over a photograph, each axis on its own.
/// With r input pixels to a photograph pixel: r &lt;= 1 interpolates linearly between the two nearest pixel centres
/// (the outermost ones reach to the edge); r &gt; 1 takes the mean over the pixel's extent.
/// All weights are positive and sum to 1, so no value leaves the range of its sources.
/// </summary>
internal sealed class Resampling
{
    private readonly Axis _x;
    private readonly Axis _y;
    private readonly int _inputWidth;
    private readonly int _inputHeight;

    public Resampling(in InputPlacement placement, int photoWidth, int photoHeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(photoWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(photoHeight, 1);
        if (!(placement.Width > 0 && placement.Height > 0 && placement.InputWidth > 0 && placement.InputHeight > 0)
            || !double.IsFinite(placement.Left + placement.Top + placement.Width + placement.Height))
            throw new ArgumentException($"{placement} covers no area.", nameof(placement));
        (_inputWidth, _inputHeight) = (placement.InputWidth, placement.InputHeight);
        _x = new Axis(_inputWidth, placement.Left, placement.Width, photoWidth);
        _y = new Axis(_inputHeight, placement.Top, placement.Height, photoHeight);
    }

    /// <summary>Fills row y [inputWidth] of the plane to resample.</summary>
    public delegate void ReadRow(int y, Span<float> row);

    /// <summary>The plane laid over the photograph, [photoHeight, photoWidth]; NaN outside.</summary>
    public float[] Resample(ReadRow read)
    {
        // Along x first, [inputHeight, photoWidth], then along y.
        var rows = new float[_inputHeight][];
        var input = new float[_inputWidth];
        for (var row = 0; row < _inputHeight; row++)
        {
            if (!_y.Uses(row))
                continue;
            read(row, input);
            var output = rows[row] = new float[_x.Length];
            for (var i = 0; i < output.Length; i++)
                output[i] = _x.Has(i) ? WeightedSum(input.AsSpan(_x.First(i)), _x.Weights(i)) : float.NaN;
        }

        var laid = new float[checked(_x.Length * _y.Length)];
        for (var j = 0; j < _y.Length; j++)
        {
            var output = laid.AsSpan(j * _x.Length, _x.Length);
            if (!_y.Has(j))
            {
                output.Fill(float.NaN);
                continue;
            }
            var weights = _y.Weights(j);
            for (var k = 0; k < weights.Length; k++)
                TensorPrimitives.MultiplyAdd(rows[_y.First(j) + k], weights[k], output, output);
        }
        return laid;
    }

    // In order, and not by vectors: pictures have the same bytes on every machine.
    private static float WeightedSum(ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
    {
        var sum = 0f;
        for (var k = 0; k < weights.Length; k++)
            sum += values[k] * weights[k];
        return sum;
    }

    /// <summary>For each photograph pixel along one axis: the first input pixel it draws on, and the weights.</summary>
    private sealed class Axis
    {
        private readonly int[] _first;
        private readonly float[][] _weights;
        private readonly bool[] _used;

        public Axis(int inputLength, double start, double extent, int photoLength)
        {
            (_first, _weights, _used) = (new int[photoLength], new float[photoLength][], new bool[inputLength]);
            var r = inputLength / extent;
            for (var i = 0; i < photoLength; i++)
            {
                var centre = (i + 0.5 - start) * r;
                (_first[i], _weights[i]) = centre < 0 || centre >= inputLength ? (0, [])
                    : r <= 1 ? Linear(centre, inputLength)
                    : Mean(centre - r / 2, centre + r / 2, inputLength);
                _used.AsSpan(_first[i], _weights[i].Length).Fill(true);
            }
        }

        public int Length => _first.Length;

        public bool Has(int i) => _weights[i].Length > 0;

        public bool Uses(int input) => _used[input];

        public int First(int i) => _first[i];

        public ReadOnlySpan<float> Weights(int i) => _weights[i];

        private static (int First, float[] Weights) Linear(double centre, int inputLength)
        {
            // Pixel k has its centre at k + 0.5.
            var position = Math.Clamp(centre - 0.5, 0, inputLength - 1);
            var left = (int)position;
            var toRight = (float)(position - left);
            return toRight == 0 ? (left, [1]) : (left, [1 - toRight, toRight]);
        }

        private static (int First, float[] Weights) Mean(double from, double to, int inputLength)
        {
            (from, to) = (Math.Max(from, 0), Math.Min(to, inputLength));
            var left = (int)from;
            var right = Math.Min((int)Math.Ceiling(to), inputLength);
            var weights = new float[right - left];
            for (var k = left; k < right; k++)
                weights[k - left] = (float)((Math.Min(k + 1, to) - Math.Max(k, from)) / (to - from));
            return (left, weights);
        }
    }
}
