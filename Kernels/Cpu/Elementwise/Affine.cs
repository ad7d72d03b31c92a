using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// On channel blocks where constants change with the channel alone; constants that follow other axes, row-major.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) =>
        new AffineWeights(new Constant(scale, scaleShape), new Constant(shift, shiftShape));

    /// <inheritdoc/>
    public void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var w = (AffineWeights)weights;
        Affine(input, w.Scale, w.Shift, output);
    }

    /// <inheritdoc/>
    public void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        var w = (AffineWeights)weights;
        Affine(outputSignal, w.Scale, w.NoShift, inputSignal);
    }

    /// <summary>y = scale x + shift.</summary>
    private void Affine(DeviceTensor x, Constant scale, Constant shift, DeviceTensor y)
    {
        if (scale.IsEmpty && shift.IsEmpty)
        {
            Reshape(x, y);
            return;
        }

        Layout layout = LayoutOf(x);
        if (layout.IsBlocked && scale.FollowsChannels && shift.FollowsChannels)
        {
            var range = new AffineRange(layout, Pointer(x), scale, shift, Pointer(y));
            ForBlocks(layout, ref range);
            return;
        }

        float* from = Rows(0, x), to = RowsFor(1, y);
        var runs = new RunJob(x.Shape, from, to, scale, isFactor: true);
        if (!scale.IsEmpty) For(runs.Pieces, ref runs);
        runs = new RunJob(x.Shape, scale.IsEmpty ? from : to, to, shift, isFactor: false);
        if (!shift.IsEmpty) For(runs.Pieces, ref runs);
        Commit(to, y);
    }

    private sealed class AffineWeights(Constant scale, Constant shift) : PreparedWeights
    {
        public Constant Scale { get; } = scale;

        public Constant Shift { get; } = shift;

        /// <summary>For the backward pass.</summary>
        public Constant NoShift { get; } = new(default, default);

        public override long Bytes => 0;
    }

    /// <summary>A constant that broadcasts.</summary>
    private sealed class Constant(ReadOnlyMemory<float> values, Shape shape)
    {
        public bool IsEmpty => values.IsEmpty;

        public ReadOnlySpan<float> Values => values.Span;

        public int Rank => shape.Rank;

        /// <summary>Whether it is a number for each channel of a tensor of rank 4, or one for all.</summary>
        public bool FollowsChannels => IsEmpty || values.Length == 1 || (Length(3) == values.Length && shape.Rank <= 4);

        /// <summary>The length of an axis counted from the last, which is the first.</summary>
        public int Length(int fromEnd) => fromEnd <= shape.Rank ? shape[^fromEnd] : 1;

        /// <summary>Sixteen channels' numbers; those past the last are 0.</summary>
        public void Read(int firstChannel, int channels, float neutral, float* lanes)
        {
            var to = new Span<float>(lanes, Layout.Lanes);
            to.Clear();
            if (values.Length > 1) Values.Slice(firstChannel, channels).CopyTo(to);
            else to.Fill(IsEmpty ? neutral : Values[0]);
        }
    }

    private readonly struct AffineRange(Layout layout, float* input, Constant scale, Constant shift, float* output) : IBlockRange
    {
        public void Run(int block, long start, int places)
        {
            float* a = stackalloc float[Layout.Lanes], b = stackalloc float[Layout.Lanes];
            scale.Read(block * Layout.Lanes, layout.ChannelsOf(block), 1f, a);

            // Adding -0 changes no number, not even -0.
            shift.Read(block * Layout.Lanes, layout.ChannelsOf(block), -0f, b);
            Vector256<float> a0 = Vector256.Load(a), a8 = Vector256.Load(a + 8);
            Vector256<float> b0 = Vector256.Load(b), b8 = Vector256.Load(b + 8);
            float* x = input + start, y = output + start;
            for (int i = 0; i < places; i++, x += Layout.Lanes, y += Layout.Lanes)
            {
                (Vector256.Load(x) * a0 + b0).Store(y);
                (Vector256.Load(x + 8) * a8 + b8).Store(y + 8);
            }
        }
    }

    /// <summary>
    /// Combines a tensor with a constant in runs: the longest stretch of the tensor's last axes along which the constant either
    /// does not change or lies in memory like the tensor itself.
    /// </summary>
    private readonly struct RunJob : IJob
    {
        private const int Grain = 1 << 12;

        private readonly Shape _tensor;
        private readonly float* _input;
        private readonly float* _output;
        private readonly Constant _constant;
        private readonly bool _isFactor;
        private readonly bool _changes;
        private readonly int _axes;
        private readonly int _run = 1;
        private readonly int _count;

        public RunJob(Shape tensor, float* input, float* output, Constant constant, bool isFactor)
        {
            (_tensor, _constant, _isFactor) = (tensor, constant, isFactor);
            _input = input;
            _output = output;
            bool along = constant.Rank > 0 && constant.Length(1) != 1;
            while (_axes < tensor.Rank && constant.Length(_axes + 1) == (along ? tensor[^(_axes + 1)] : 1))
                _run *= tensor[^++_axes];

            // Without a single such axis (a last axis of length 1 in the tensor too), each run is one element.
            _changes = along && _axes > 0;
            _count = (int)(tensor.Count / Math.Max(1, _run));
        }

        public int Pieces => (_count + Grain - 1) / Grain;

        public void Run(int index, int worker)
        {
            for (int i = index * Grain; i < Math.Min(_count, (index + 1) * Grain); i++)
            {
                Span<float> x = new(_input + (long)i * _run, _run), y = new(_output + (long)i * _run, _run);
                ReadOnlySpan<float> numbers = _constant.Values.Slice(At(i), _changes ? _run : 1);
                if (_isFactor && _changes) TensorPrimitives.Multiply(x, numbers, y);
                else if (_isFactor) TensorPrimitives.Multiply(x, numbers[0], y);
                else if (_changes) TensorPrimitives.Add(x, numbers, y);
                else TensorPrimitives.Add(x, numbers[0], y);
            }
        }

        /// <summary>The constant's element at the start of a run.</summary>
        private int At(int run)
        {
            int index = 0, stride = 1;
            for (int k = 1; k <= _constant.Rank; k++)
            {
                if (k > _axes)
                {
                    (run, int position) = Math.DivRem(run, _tensor[^k]);
                    if (_constant.Length(k) > 1) index += position * stride;
                }

                stride *= _constant.Length(k);
            }

            return index;
        }
    }
}
