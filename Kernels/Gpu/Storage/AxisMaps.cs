using ILGPU;

namespace NetViz.Kernels.Gpu;

// Maps along an axis: a thread an element of the result, which adds up its taps.
public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAxisMap(AxisSampling sampling) => new AxisMapWeights(_memory, sampling);

    /// <inheritdoc/>
    public void AxisMapForward(int axis, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        Map(axis, ((AxisMapWeights)weights).For(input.Shape[axis], isTransposed: false), input, output);

    /// <inheritdoc/>
    public void AxisMapBackward(int axis, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        Map(axis, ((AxisMapWeights)weights).For(inputSignal.Shape[axis], isTransposed: true), outputSignal, inputSignal);

    private void Map(int axis, GpuTaps taps, DeviceTensor source, DeviceTensor destination)
    {
        Shape shape = destination.Shape;
        Launch(shape.Count, new TapsKernel
        {
            Inner = (int)shape.Product(axis + 1, shape.Rank), Length = shape[axis], SourceLength = source.Shape[axis],
            Starts = taps.Starts, Sources = taps.Sources, Weights = taps.Weights, X = Floats(source), Y = Floats(destination),
        });
    }

    /// <summary>The maps on the device, one for each length and direction that was asked for.</summary>
    private sealed class AxisMapWeights(GpuMemory memory, AxisSampling sampling) : SampledWeights(sampling)
    {
        private readonly Dictionary<(int Length, bool IsTransposed), GpuTaps> _maps = [];
        private readonly Lock _lock = new();

        public override long Bytes
        {
            get
            {
                lock (_lock) return _maps.Values.Sum(map => map.Bytes);
            }
        }

        public GpuTaps For(int length, bool isTransposed)
        {
            lock (_lock)
            {
                if (_maps.TryGetValue((length, isTransposed), out GpuTaps? known)) return known;
                AxisTaps taps = Sampling.For(length);
                return _maps[(length, isTransposed)] = new GpuTaps(memory, isTransposed ? taps.Transposed : taps);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                lock (_lock)
                {
                    foreach (GpuTaps map in _maps.Values) map.Dispose();
                    _maps.Clear();
                }
            }

            base.Dispose(disposing);
        }
    }

    /// <summary>A map's three lists in one piece of memory.</summary>
    private sealed class GpuTaps : IDisposable
    {
        private readonly GpuBlock _block;
        private readonly int _length, _taps;

        public GpuTaps(GpuMemory memory, AxisTaps map)
        {
            (_length, _taps) = (map.Length, Math.Max(1, map.Sources.Length));
            _block = memory.Take((_length + 1 + 2L * _taps) * sizeof(int));
            memory.Staging.Upload(map.Starts, Starts);
            if (map.Sources.IsEmpty) return;
            memory.Staging.Upload(map.Sources, Sources);
            memory.Staging.Upload(map.Singles, Weights);
        }

        public ArrayView<int> Starts => _block.View<int>(_length + 1);

        public ArrayView<int> Sources => _block.View<int>(_length + 1 + _taps).SubView(_length + 1, _taps);

        public ArrayView<float> Weights => _block.View<float>(_length + 1 + 2 * _taps).SubView(_length + 1 + _taps, _taps);

        public long Bytes => _block.Bytes;

        public void Dispose() => _block.Dispose();
    }
}

/// <summary>y(a, i, b) = sum over the taps k of i of w(k) x(a, source(k), b).</summary>
internal struct TapsKernel : IThreadKernel
{
    public int Inner, Length, SourceLength;
    public ArrayView<int> Starts, Sources;
    public ArrayView<float> Weights, X, Y;

    public readonly void Run(int i)
    {
        int b = i % Inner, rest = i / Inner, at = rest % Length, first = rest / Length * SourceLength;
        float sum = 0f;
        for (int k = Starts[at]; k < Starts[at + 1]; k++) sum += Weights[k] * X[(first + Sources[k]) * Inner + b];
        Y[i] = sum;
    }
}
